#include "cordon/vault/backup.h"

#include <algorithm>

#include "cordon/vault/document.h"

namespace cordon::vault {

namespace {

constexpr std::string_view kDocument = "backups";

struct Registered {
  std::filesystem::path folder;
  std::uint64_t destructions = 0;  // of the vault, when it was last reached
};

Result<std::vector<Registered>> read_registered(const KeyFolder& keys) {
  const auto json = keys.read_document(kDocument);
  if (!json && json.error().kind == ErrorKind::not_found) return std::vector<Registered>{};
  if (!json) return std::unexpected(json.error());
  std::vector<Registered> out;
  for (const auto& one : document::array(*json, "backups")) {
    const auto destructions = document::number(one, "destructions");
    if (!destructions) return std::unexpected(within("backups", destructions.error()));
    out.push_back({document::text(one, "folder"), *destructions});
  }
  return out;
}

Result<void> write_registered(KeyFolder& keys, const std::vector<Registered>& registered) {
  wire::JsonArray array;
  for (const auto& one : registered) {
    wire::Json json{wire::JsonObject{}};
    json.set("folder", one.folder.string()).set("destructions", one.destructions);
    array.push_back(std::move(json));
  }
  return keys.write_document(kDocument, wire::Json(wire::JsonObject{}).set("backups", std::move(array)));
}

Result<void> copy_secret(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  const auto size = std::filesystem::file_size(from, error);
  if (error) return fail_errno("stat " + from.string(), error.value());
  const auto content = read_file(from, std::max<std::size_t>(size, 1));
  if (!content) return std::unexpected(content.error());
  return replace_secret_file(to, *content);
}

bool is_table(const std::string& name) { return name.starts_with("subjects-") && !name.ends_with(".new"); }

// Its list of backups too: whoever restores one goes on making all of them forget.
std::vector<std::string> files_of(const std::filesystem::path& folder) {
  static constexpr std::array<std::string_view, 5> kOthers{"epochs", "custodians", "holds", "erased", kDocument};
  std::vector<std::string> out;
  std::error_code ignored;  // a folder that cannot be listed has no files: the copy then fails at root.json
  for (const auto& file : std::filesystem::directory_iterator(folder, ignored)) {
    const auto name = file.path().filename().string();
    if (is_table(name) || std::ranges::contains(kOthers, name)) out.push_back(name);
  }
  std::ranges::sort(out);
  out.emplace_back("root.json");  // last: a folder without it is no vault
  return out;
}

Result<void> copy_vault(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (auto made = make_folder(to, 0700); !made) return made;
  for (const auto& name : files_of(from)) {
    if (auto copied = copy_secret(from / name, to / name); !copied) return copied;
  }
  return sync_folder(to);
}

Result<void> empty_or_new(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error) || std::filesystem::is_empty(folder, error)) return {};
  return fail(ErrorKind::invalid_input, std::format("{} is not empty: name a new folder", folder.string()));
}

// The backup's rows that were erased go, and its closed epochs lose the pseudonym keys it may still have.
Result<void> cleanse(KeyFolder& keys, const Registered& backup, const Erased& erased) {
  if (!std::filesystem::exists(backup.folder / "root.json")) return fail(ErrorKind::unavailable, "not there");
  const auto copy = KeyFolder::with(backup.folder, crypto::Secret::of(keys.kek()));
  if (!copy) return std::unexpected(copy.error());
  if (const auto same = read_epochs(**copy); !same) return std::unexpected(same.error());  // another vault's
  const auto epochs = read_epochs(keys);
  if (!epochs) return std::unexpected(epochs.error());
  if (auto written = write_epochs(**copy, *epochs); !written) return written;
  if (const auto destroyed = destroy_erased(**copy, erased); !destroyed) return std::unexpected(destroyed.error());
  return write_erased(**copy, erased);
}

}  // namespace

Result<void> backup_to(KeyFolder& keys, const std::filesystem::path& folder) {
  if (auto good = empty_or_new(folder); !good) return good;
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  auto registered = read_registered(keys);
  const auto erased = read_erased(keys);
  if (!registered) return std::unexpected(registered.error());
  if (!erased) return std::unexpected(erased.error());
  // Registered before it is written: a copy nobody knows of would keep keys for ever.
  const auto place = std::filesystem::absolute(folder).lexically_normal();
  std::erase_if(*registered, [&](const Registered& one) { return one.folder == place; });
  registered->push_back({place, erased->destructions});
  if (auto written = write_registered(keys, *registered); !written) return written;
  return copy_vault(keys.path(), place);
}

Result<std::vector<Backup>> backups(const KeyFolder& keys) {
  const auto registered = read_registered(keys);
  const auto erased = read_erased(keys);
  if (!registered) return std::unexpected(registered.error());
  if (!erased) return std::unexpected(erased.error());
  std::vector<Backup> out;
  for (const auto& one : *registered) out.push_back({one.folder, one.destructions < erased->destructions});
  return out;
}

Result<std::vector<std::string>> cleanse_backups(KeyFolder& keys) {
  auto registered = read_registered(keys);
  const auto erased = read_erased(keys);
  if (!registered) return std::unexpected(registered.error());
  if (!erased) return std::unexpected(erased.error());
  std::vector<std::string> pending;
  bool reached = false;
  for (auto& one : *registered) {
    if (one.destructions >= erased->destructions) continue;
    if (const auto done = cleanse(keys, one, *erased); !done) {
      pending.push_back(std::format("{}: {}", one.folder.string(), done.error().message));
      continue;
    }
    one.destructions = erased->destructions;
    reached = true;
  }
  if (!reached) return pending;
  if (auto written = write_registered(keys, *registered); !written) return std::unexpected(written.error());
  return pending;
}

Result<std::vector<std::string>> retry_backups(KeyFolder& keys) {
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  return cleanse_backups(keys);
}

Result<void> unregister_backup(KeyFolder& keys, const std::filesystem::path& folder) {
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  auto registered = read_registered(keys);
  if (!registered) return std::unexpected(registered.error());
  const auto place = std::filesystem::absolute(folder).lexically_normal();
  if (std::erase_if(*registered, [&](const Registered& one) { return one.folder == place; }) == 0) {
    return fail(ErrorKind::not_found, std::format("{} is no registered backup", place.string()));
  }
  return write_registered(keys, *registered);
}

Result<void> destruction_happened(KeyFolder& keys) {
  auto erased = read_erased(keys);
  if (!erased) return std::unexpected(erased.error());
  ++erased->destructions;
  if (auto written = write_erased(keys, *erased); !written) return written;
  if (const auto pending = cleanse_backups(keys); !pending) return std::unexpected(pending.error());
  return {};
}

namespace {

// The backup knows the others as they were when it was made. Those beside it that are gone were replaced by it.
Result<void> register_again(KeyFolder& keys, const std::filesystem::path& backup, std::uint64_t destructions) {
  auto registered = read_registered(keys);
  if (!registered) return std::unexpected(registered.error());
  const auto place = std::filesystem::absolute(backup).lexically_normal();
  std::erase_if(*registered, [&](const Registered& one) {
    return one.folder == place ||
           (one.folder.parent_path() == place.parent_path() && !std::filesystem::exists(one.folder));
  });
  registered->push_back({place, destructions});
  return write_registered(keys, *registered);
}

// All but root.json, which comes last: the rows go before the copy is a vault.
Result<void> copy_locked(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (auto made = make_folder(to, 0700); !made) return made;
  for (const auto& name : files_of(from)) {
    if (name == "root.json") continue;
    if (auto copied = copy_secret(from / name, to / name); !copied) return copied;
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> restore_vault(const std::filesystem::path& backup,
                                               const std::filesystem::path& folder, const RootKey& root,
                                               std::span<const ErasedRow> erased_since) {
  if (auto good = empty_or_new(folder); !good) return std::unexpected(good.error());
  const auto source = KeyFolder::open(backup, root);
  if (!source) return std::unexpected(source.error());
  auto erased = read_erased(**source);
  if (!erased) return std::unexpected(erased.error());
  const auto known = erased->destructions;
  for (const auto& row : erased_since) {
    if (std::ranges::contains(erased->rows, row)) continue;
    erased->rows.push_back(row);
    erased->destructions = known + 1;
  }
  if (auto copied = copy_locked(backup, folder); !copied) return std::unexpected(copied.error());
  const auto target = KeyFolder::with(folder, crypto::Secret::of((*source)->kek()));
  if (!target) return std::unexpected(target.error());
  if (auto done = destroy_erased(**target, *erased); !done) return std::unexpected(done.error());
  if (auto written = write_erased(**target, *erased); !written) return std::unexpected(written.error());
  if (auto listed = register_again(**target, backup, known); !listed) return std::unexpected(listed.error());
  if (auto whole = copy_secret(backup / "root.json", folder / "root.json"); !whole) {
    return std::unexpected(whole.error());
  }
  return cleanse_backups(**target);
}

}  // namespace cordon::vault
