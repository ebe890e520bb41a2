// Backups of a log: a copy of the public part up to a checkpoint, verified while it is made, incremental, of a log
// that goes on being written. And back again.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "cordon/archive/copy_log.h"
#include "cordon/journal/folder.h"

namespace cordon::archive {

struct BackupOptions {
  VerifyOptions verify;  // trust and progress
  bool keys = false;     // the log's signing keys too (0600): whoever has the backup can then write as the log
  // Copies the vault's folder, which only its own room knows how to do consistently; nothing: no vault in the backup.
  std::function<Result<void>(const std::filesystem::path& into)> vault;
};
inline constexpr std::string_view kVaultFolder = "vault";

// corrupt: the log does not verify; the backup then stands where it stood before.
Result<Copied> backup(const journal::LogFolder& log, const std::filesystem::path& into, const BackupOptions& options);

struct RestoreOptions {
  VerifyOptions verify;
  std::vector<transparency::Note> seen;  // checkpoints of this log that witnesses or mirrors hold: the newest known
  std::function<Result<void>(const std::filesystem::path& from)> vault;
};
struct Restored {
  Copied copied;
  bool keys = false;     // they were in the backup
  bool vouched = false;  // somebody's checkpoint showed that the copy is not older than what was seen
};
// Refuses a folder that already holds a log, a copy that does not verify, and one older than what others have seen:
// going on from it would give indices out twice, which is a fork. Says which entries are missing.
Result<Restored> restore(const std::filesystem::path& from, const journal::LogFolder& log,
                         const RestoreOptions& options);

}  // namespace cordon::archive
