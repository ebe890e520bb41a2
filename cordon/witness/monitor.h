// Compares what several places show of one log: the log itself, its witnesses, mirrors, and what was seen before. Two
// checkpoints that cannot both be of one append-only log are a proof against it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cordon/transparency/tile.h"
#include "cordon/witness/equivocation.h"

namespace cordon::witness {

struct Place {
  std::string name;                       // "log", "witness w1", "seen before"
  std::string checkpoint = "checkpoint";  // its path there; a witness's is <origin hash>/checkpoint
  transparency::ReadResource read;
  bool tiles = true;  // a log or mirror: has the whole tree, not only a checkpoint
};

// The log's or mirror's place (see resources.h), and the monitoring place of each witness of the policy with a URL.
Result<Place> log_place(std::string name, const std::string& where);
Result<std::vector<Place>> witness_places(const transparency::TrustPolicy& policy, std::string_view origin);

struct Seen {
  std::string place;
  std::optional<transparency::Note> note;  // of the log, with a signature of it that holds
  transparency::Checkpoint checkpoint;
  std::vector<std::string> witnesses;  // of the policy, whose cosignature on it holds
  std::optional<Error> error;          // not_found: nothing there yet; else unreachable, or no note of this log
};

struct Comparison {
  std::vector<Seen> seen;
  std::vector<Equivocation> proofs;
  std::vector<std::string> undecided;        // pairs that could not be compared, and why
  std::optional<transparency::Note> newest;  // the largest: what to remember until next time
};
Comparison compare_places(const std::vector<Place>& places, const KnownLog& log,
                          const transparency::TrustPolicy& policy);

// The same with what was seen last time, kept in a file, as one place more; the newest is kept for next time unless
// there is a proof. Nobody who shows an older history today gets away with it.
Result<Comparison> monitor(std::vector<Place> places, const KnownLog& log, const transparency::TrustPolicy& policy,
                           const std::filesystem::path& memory);

// Writes each proof into the folder, named by its content, and says where.
Result<std::vector<std::string>> write_proofs(const Comparison& comparison, const std::filesystem::path& folder);

}  // namespace cordon::witness
