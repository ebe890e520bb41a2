#include <print>

#include "app/cordon/log_audit.h"
#include "app/cordon/log_backup.h"
#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/archive/backup.h"
#include "cordon/archive/retention.h"
#include "cordon/base/text.h"
#include "cordon/evidence/sealing.h"
#include "cordon/vault/backup.h"
#include "cordon/vault/key_folder.h"

namespace cordon::app {

namespace {

using std::filesystem::path;

struct Done {
  archive::Restored log;
  bool vault = false;
  std::size_t erased = 0;            // keys that tombstones in the log name
  std::vector<std::string> pending;  // backups that still have keys erased since
};

// --- what was erased since: the log says so

constexpr std::string_view kErased = "erased ";

Result<void> read_tombstone(const vault::Vault& keys, std::uint64_t index, BytesView entry,
                            std::vector<vault::ErasedRow>& rows) {
  const auto record = evidence::unseal(entry, keys, {.header = false, .analyst = true, .personal = false});
  if (!record) {
    return fail(ErrorKind::corrupt,
                std::format("record {} says what was erased, and this vault cannot read it: what it names would come "
                            "back; take a newer copy of the vault ({})",
                            index, record.error().message));
  }
  for (const auto& detail : record->details) {
    if (!detail.starts_with(kErased)) continue;
    auto row = vault::parse_erased_row(std::string_view(detail).substr(kErased.size()));
    if (!row) return std::unexpected(within(std::format("record {}", index), row.error()));
    rows.push_back(*row);
  }
  return {};
}

// What was pruned named keys of records that were pruned too.
Result<std::uint64_t> first_kept(const archive::LogReader& log) {
  const auto& origin = log.checkpoint().origin;
  const auto chain = archive::key_chain(log.resources(), origin, std::nullopt);
  if (!chain) return std::unexpected(chain.error());
  const auto retention = archive::read_retention(log.resources(), origin, *chain, log.size());
  if (!retention) return std::unexpected(retention.error());
  return *retention ? (*retention)->minimum : 0;
}

Result<void> read_shard(const path& folder, const vault::Vault& keys, std::vector<vault::ErasedRow>& rows) {
  const auto log = archive::LogReader::open_folder(folder);
  if (!log) return std::unexpected(log.error());
  const auto from = first_kept(*log);
  if (!from) return std::unexpected(from.error());
  Result<void> good;
  const auto read = log->each(*from, log->size(), [&](std::uint64_t index, BytesView entry) {
    const auto sealed = vault::parse_entry(entry);
    if (sealed && sealed->kind == vault::EntryKind::erasure) good = read_tombstone(keys, index, entry, rows);
    return good.has_value();
  });
  return good ? read : good;
}

Result<std::vector<vault::ErasedRow>> tombstones(const path& evidence, const vault::Vault& keys) {
  const auto folder = archive::public_part(evidence);
  const auto shards = archive::list_shards(archive::read_folder(folder));
  if (!shards) return std::unexpected(shards.error());
  std::vector<vault::ErasedRow> rows;
  for (const auto& shard : *shards) {
    if (auto read = read_shard(folder / shard.folder, keys, rows); !read) return std::unexpected(read.error());
  }
  return rows;
}

// --- the vault

struct VaultCopy {
  LogPlace place;
  path copy;
  std::unique_ptr<vault::Vault> keys;
};

// Everything that can be wrong with it is found before the log is put back.
Result<VaultCopy> vault_copy(const Arguments& arguments, const path& from) {
  auto place = log_place(arguments);
  if (!place) return std::unexpected(place.error());
  const auto copies = vault_copies(from / archive::kVaultFolder);
  if (copies.empty()) {
    return fail(ErrorKind::not_found,
                std::format("{} holds no vault: it was made without --with-vault; restore the log alone, and the "
                            "vault from where it is",
                            from.string()));
  }
  std::error_code error;
  if (std::filesystem::exists(place->vault, error) && !std::filesystem::is_empty(place->vault, error)) {
    return fail(ErrorKind::invalid_input,
                std::format("{} is there: a vault is only restored where none is; move it away first",
                            place->vault.string()));
  }
  const auto& newest = copies.rbegin()->second;
  auto keys = vault::Vault::open(newest, place->root, system_clock());
  if (!keys) return std::unexpected(within("the vault in the backup (it must be writable)", keys.error()));
  return VaultCopy{std::move(*place), newest, std::move(*keys)};
}

Result<void> put_back_vault(const VaultCopy& from, Done& done) {
  const auto rows = tombstones(from.place.evidence, *from.keys);
  if (!rows) return std::unexpected(rows.error());
  auto pending = vault::restore_vault(from.copy, from.place.vault, from.place.root, *rows);
  if (!pending) return std::unexpected(pending.error());
  done.vault = true, done.erased = rows->size(), done.pending = std::move(*pending);
  return {};
}

// --- both

Result<std::vector<transparency::Note>> seen_checkpoints(const Arguments& arguments) {
  std::vector<transparency::Note> out;
  const auto files = arguments.option("--seen");
  if (!files) return out;
  for (const auto file : split(*files, ',')) {
    auto note = read_note(std::string(file));
    if (!note) return std::unexpected(note.error());
    out.push_back(std::move(*note));
  }
  return out;
}

Result<Done> put_back(const Arguments& arguments, const std::string& from) {
  const auto source = local_log(arguments);
  if (!source) return std::unexpected(source.error());
  auto seen = seen_checkpoints(arguments);
  if (!seen) return std::unexpected(seen.error());
  Progress progress("records");
  archive::RestoreOptions options{.verify = {.trust = source->trust}, .seen = std::move(*seen), .vault = {}};
  options.verify.progress = progress.report();
  Done done;
  Result<VaultCopy> copy = fail(ErrorKind::not_found, "not asked for");
  if (arguments.has("--with-vault")) {
    copy = vault_copy(arguments, from);
    if (!copy) return std::unexpected(copy.error());
    options.vault = [&](const path&) { return put_back_vault(*copy, done); };
  }
  auto restored = archive::restore(from, source->folder(), options);
  if (!restored) return std::unexpected(restored.error());
  done.log = std::move(*restored);
  return done;
}

wire::Json to_json(const Done& done) {
  auto out = copied_json(done.log.copied).set("keys", done.log.keys).set("vouched", done.log.vouched);
  out.set("vault", done.vault).set("erased", std::uint64_t{done.erased});
  return out.set("pending", wire::JsonArray(done.pending.begin(), done.pending.end()));
}

void print(const Done& done) {
  std::println("{} records are back and verified", done.log.copied.verified.checkpoint.size);
  if (done.vault) {
    std::println("the vault is back, without the {} keys that the log says were erased", done.erased);
  } else {
    std::println("the keys of the records are not: --with-vault restores them where the backup has them");
  }
  if (!done.log.keys) std::println("the backup holds no signing keys: put them into the log's keys/ folder");
  if (!done.log.vouched) {
    std::println(
        "nobody showed that this is the newest copy: before writing, compare with a witness or mirror (--seen), "
        "or begin a new shard with 'cordon log rotate --shard'");
  }
}

int run(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json", "--with-vault"},
                               .options = {"--config", "--evidence", "--trust", "--from", "--seen", "--vault"}});
  if (!arguments) return report("log restore", arguments.error());
  const bool json = arguments->has("--json");
  const auto from = arguments->option("--from");
  if (!from)
    return report("log restore", {ErrorKind::invalid_input, "say from where: cordon log restore --from DIR"}, json);
  const auto done = put_back(*arguments, *from);
  if (!done) return report_copy("log restore", done.error(), json);
  if (json) {
    print_json(to_json(*done));
  } else {
    print(*done);
  }
  for (const auto& place : done->pending) {
    report("log restore",
           {ErrorKind::unavailable, std::format("a backup still has keys that were erased: {}; then run "
                                                "cordon log keys cleanse",
                                                place)});
  }
  return kOk;
}

}  // namespace

const Command kLogRestoreCommand{
    .name = "restore",
    .summary = "put a backup in the place of a lost log",
    .help =
        "usage: cordon log restore --from DIR [--with-vault] [--evidence DIR] [--seen CHECKPOINT,...]\n"
        "                          [--trust POLICY] [--json]\n\n"
        "Only where no log is. Everything is verified while it is copied. A backup older than a checkpoint that "
        "others\n"
        "hold is refused: going on from it would give the same indices to other records, which is a fork. The "
        "missing\n"
        "records are named. Exit status 1 when the backup is refused.\n\n"
        "  --from DIR    a backup, or any mirror in the layout of one\n"
        "  --with-vault  the keys of the records too, without those the restored log says were erased; needs the "
        "root\n"
        "                key (key file, passphrase or token), which is in no backup\n"
        "  --vault DIR   where the vault goes, without a configuration\n"
        "  --seen FILE   the newest checkpoints of witnesses and mirrors\n\n"
        "example: cordon log restore --from /backup/evidence --with-vault --seen witness-1.checkpoint",
    .run = run};

}  // namespace cordon::app
