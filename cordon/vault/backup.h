// Copies of a vault that stay under its control: each is registered, and what the vault destroys is destroyed in them
// too. One that cannot be reached then stays pending until it was.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cordon/vault/erasure.h"

namespace cordon::vault {

struct Backup {
  std::filesystem::path folder;
  bool pending = false;  // something was destroyed since it was last reached
};

// Copies the vault into a new or empty folder (0700) and registers it. The root key itself (key file, token) is not
// in it.
Result<void> backup_to(KeyFolder& keys, const std::filesystem::path& folder);
Result<std::vector<Backup>> backups(const KeyFolder& keys);

// Makes every registered backup forget what the vault forgot since. Returns those that could not be reached: "FOLDER:
// why". The lock is the caller's.
Result<std::vector<std::string>> cleanse_backups(KeyFolder& keys);
Result<std::vector<std::string>> retry_backups(KeyFolder& keys);  // the same, taking the lock

// A backup somebody vouches is destroyed.
Result<void> unregister_backup(KeyFolder& keys, const std::filesystem::path& folder);

// Counts a destruction other than an erasure (a closed epoch's key) and cleanses. The lock is the caller's.
Result<void> destruction_happened(KeyFolder& keys);

// A vault from a backup, in a folder that holds none, without the rows erased since: those the backup knows and those
// the caller read from the log's tombstones. The backup stays registered, and so do the others it knew of: they
// forget these rows too. Returns those that could not be reached, as cleanse_backups() does.
Result<std::vector<std::string>> restore_vault(const std::filesystem::path& backup,
                                               const std::filesystem::path& folder, const RootKey& root,
                                               std::span<const ErasedRow> erased_since);

}  // namespace cordon::vault
