// How a log stands: for `cordon log status`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cordon/archive/retention.h"
#include "cordon/archive/shards.h"

namespace cordon::archive {

struct LogStatus {
  transparency::Checkpoint checkpoint;
  std::optional<WallTime> signed_at;  // as the log's ML-DSA-44 signature says
  transparency::WitnessedBy witnessed;
  bool quorum_demanded = false;
  std::optional<Error> signatures;     // why they do not hold
  std::vector<std::string> cosigners;  // names beside the log's own, held or not
  std::uint64_t oldest = 0;            // entry that is still there
  std::optional<Retention> retention;
  std::vector<Shard> shards;
  std::size_t key_changes = 0;
  // Of a log in a folder:
  std::optional<std::uint64_t> free_bytes;
  std::optional<std::uint64_t> waiting_bytes;  // in the write-ahead files: not all of it may be published yet
  bool writable = true;
};

Result<LogStatus> status_of(const LogReader& log, const std::optional<transparency::TrustPolicy>& trust);

}  // namespace cordon::archive
