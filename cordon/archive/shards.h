// The life of a log beyond one tree: closing it, going on in a next shard, and changing its keys, each told by a
// signed statement that strangers can follow (statement.h). In a log's folder:
//   public/closed       the last thing a log says: its size and root, the next shard's origin and keys
//   public/opened       the first thing a shard says: of which log it is the continuation, from which root on
//   public/shards/N/    the public part of the N-th shard, closed: a plain tlog-tiles log of its own
//   public/rotation/N   the N-th change of keys, signed with the old and the new ones
//   next/, keys/next/   a change that was interrupted; settle() completes it
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cordon/archive/log_keys.h"
#include "cordon/archive/verify.h"
#include "cordon/journal/folder.h"

namespace cordon::archive {

inline constexpr std::string_view kClosedFile = "closed";
inline constexpr std::string_view kOpenedFile = "opened";
std::string shard_folder(std::size_t number);  // "shards/1"

// The log's keys under that origin (journal::log_signer).
using SignerOf = std::function<Result<transparency::LogSigner>(const std::string& origin)>;

// Before a writer starts: whether it may write here. invalid_input: the log is closed, or a change was interrupted.
Result<void> writable(const journal::LogFolder& log);
// The origin of the shard that is open: `first` while there was only one.
Result<std::string> origin_of(const journal::LogFolder& log, std::string first);
// "op-a" -> "op-a/2" -> "op-a/3"
std::string next_origin(std::string_view origin, std::size_t closed_shards);

// Both need a log whose writer is stopped, and take its lock. Everything durable must be published (published: the
// size that is durable in the journal; see journal::Journal::size()).
struct Shards {
  std::size_t closed = 0;
  std::string origin;  // of the open one
};
Result<Shards> begin_shard(const journal::LogFolder& log, const SignerOf& signer_of, std::uint64_t durable,
                           const Clock& clock);
struct KeysChanged {
  std::size_t number = 0;
  std::vector<transparency::VerifierKey> keys;
};
Result<KeysChanged> rotate_keys(const journal::LogFolder& log, const SignerOf& signer_of, const Clock& clock);
// Completes what was begun; false when there was nothing to do.
Result<bool> settle(const journal::LogFolder& log, const SignerOf& signer_of, const Clock& clock);
Result<bool> settle_keys(const journal::LogFolder& log, const SignerOf& signer_of, const Clock& clock);  // its part

struct Shard {
  std::size_t number = 0;  // from 1; the open one is the last
  std::string folder;      // "shards/1"; empty: the open one
  transparency::Checkpoint checkpoint;
  bool closed = false;
};
Result<std::vector<Shard>> list_shards(const transparency::ReadResource& read);

struct ShardsReport {
  std::vector<VerifyReport> shards;
  std::vector<Fault> faults;  // of all, with the shard's folder before the file, and of the seams between them
  std::uint64_t fault_count = 0;
  std::uint64_t entries = 0;
  bool ok() const { return fault_count == 0; }
};
// All shards and the seams: each closed statement is the closed log's, and the next one goes on exactly there. Trust
// in the first shard's keys leads to the others through the statements. folder: the public part, where that is one:
// then nothing but the log's files may lie there.
Result<ShardsReport> verify_shards(const transparency::ReadResource& read, const VerifyOptions& options,
                                   const std::optional<std::filesystem::path>& folder = {});

}  // namespace cordon::archive
