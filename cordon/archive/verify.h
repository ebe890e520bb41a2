// Whether a log is what its checkpoint says: every entry, every tile, every level, the root, the signatures, and what
// changed since an earlier checkpoint. Names the place of every fault.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cordon/archive/log_reader.h"
#include "cordon/transparency/witness_policy.h"

namespace cordon::archive {

struct Fault {
  std::string file;                    // in the log's public part
  std::optional<std::uint64_t> index;  // of the entry, or of the first one concerned
  std::string what;
  std::string text() const;  // "tile/entries/003: entry 801: ..."
};

inline constexpr std::size_t kMostFaults = 1000;

struct VerifyOptions {
  std::optional<transparency::TrustPolicy> trust;  // nothing: the log's own keys, and no quorum
  std::optional<transparency::Note> from;          // an older checkpoint: this log must continue it
  std::uint64_t first = 0;                         // entries below are not looked at (an incremental backup)
  bool folder_files = true;                        // when the log is a folder: nothing but the log's files lies there
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

struct VerifyReport {
  transparency::Checkpoint checkpoint;
  std::uint64_t entries = 0;   // hashed and compared
  std::uint64_t minimum = 0;   // entries below were pruned, as the log's signed retention declares
  std::uint64_t ahead = 0;     // files beyond the checkpoint: a live writer makes them first
  bool keys_from_log = false;  // nobody vouched for the keys
  transparency::WitnessedBy witnessed;
  std::vector<Fault> faults;  // the first kMostFaults
  std::uint64_t fault_count = 0;
  bool ok() const { return fault_count == 0; }
};

// An error only when nothing could be verified at all.
Result<VerifyReport> verify_log(const LogReader& log, const VerifyOptions& options = {});

// One entry: its bundle, its proof, the checkpoint's signatures.
Result<VerifyReport> verify_record(const LogReader& log, std::uint64_t index, const VerifyOptions& options = {});

}  // namespace cordon::archive
