// Chosen entries of a log with everything it takes to believe them, in one file that needs nobody: entries, proofs,
// one checkpoint with its cosignatures, changes of keys, and optionally released keys and COSE receipts. CBOR:
//   [1, content (byte string), note (text; empty: unsigned)]
//   content = {1: checkpoint note, 2: [[index, entry, [hash...], receipt or null]...], 3: [statement of changed
//   keys...],
//              4: what it is about (text), 5: time (text), 6: released keys file (byte string) or null}
// The entries are proven by the checkpoint; the note (statement.h, purpose "export") says who put them together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/archive/log_keys.h"
#include "cordon/archive/log_reader.h"
#include "cordon/base/clock.h"

namespace cordon::archive {

inline constexpr std::size_t kMostExportBytes = std::size_t{1} << 30;
inline constexpr std::size_t kMostExported = 1'000'000;  // entries

struct ExportedEntry {
  std::uint64_t index = 0;
  std::string entry;
  std::vector<transparency::Hash> inclusion;
  std::optional<Bytes> receipt;  // a COSE receipt (RFC 9942)
};

struct Export {
  transparency::Note checkpoint;
  std::vector<ExportedEntry> entries;      // by index
  std::vector<SignedStatement> rotations;  // so that one who knows older keys can follow
  std::string about;
  WallTime time{};  // whole microseconds
  std::optional<Bytes> released;
};

struct SignedExport {
  Export content;
  std::string content_bytes;  // what the note is about
  std::optional<transparency::Note> note;
};

struct ExportRequest {
  std::vector<std::uint64_t> indices;  // any order; twice is once
  std::string about;
  std::optional<Bytes> released;
  // Makes a COSE receipt of an entry; nothing: none.
  std::function<Result<Bytes>(const LogReader& log, const ExportedEntry& entry)> receipt;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};
Result<Export> collect(const LogReader& log, const ExportRequest& request, const Clock& clock);

// signer: nothing for somebody who only reads the log.
Result<std::string> write_export(const Export& content, const transparency::LogSigner* signer);
Result<SignedExport> parse_export(std::string_view file);

struct ExportVerdict {
  transparency::Checkpoint checkpoint;
  std::uint64_t entries = 0;
  transparency::WitnessedBy witnessed;
  bool is_signed = false;  // by the log's keys
};
// corrupt: something does not hold, which is named. Offline: needs the trust policy alone.
Result<ExportVerdict> verify_export(const SignedExport& file, const transparency::TrustPolicy& trust);

}  // namespace cordon::archive
