#include "cordon/archive/backup.h"

#include "cordon/base/file.h"
#include "cordon/journal/batch.h"

namespace cordon::archive {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kKeyFiles[] = {"ed25519.pem", "mldsa44.pem"};

Result<bool> copy_keys(const fs::path& from, const fs::path& into) {
  if (!fs::exists(from / kKeyFiles[0])) return false;
  if (auto made = make_folder(into, 0700); !made) return std::unexpected(made.error());
  for (const auto name : kKeyFiles) {
    if (auto copied = copy_file_durably(from / name, into / name, 0600); !copied) {
      return std::unexpected(copied.error());
    }
  }
  return true;
}

Result<Copied> verified(Result<Copied> copied, std::string_view what) {
  if (!copied || copied->verified.ok()) return copied;
  return fail(ErrorKind::corrupt,
              std::format("{} does not verify, nothing was put in force: {} ({} faults in all)", what,
                          copied->verified.faults.front().text(), copied->verified.fault_count));
}

// One checkpoint that others hold: the copy must be its continuation.
Result<void> not_older(const LogReader& copy, const transparency::Note& seen, const VerifyOptions& options) {
  const auto known = transparency::parse_checkpoint(seen.text);
  if (!known) return std::unexpected(within("the checkpoint seen elsewhere", known.error()));
  if (known->origin == copy.checkpoint().origin && known->size > copy.size()) {
    return fail(
        ErrorKind::corrupt,
        std::format("the copy is older than what others have seen: it holds {} entries of {}, so entries {} to "
                    "{} are missing; restore a newer copy, or begin a new shard",
                    copy.size(), known->size, copy.size(), known->size - 1));
  }
  auto checked = options;
  checked.from = seen, checked.first = copy.size(), checked.folder_files = false;
  const auto report = verify_log(copy, checked);
  if (!report) return std::unexpected(report.error());
  if (report->ok()) return {};
  return fail(ErrorKind::corrupt, "the copy and the checkpoint seen elsewhere: " + report->faults.front().text());
}

Result<void> must_be_empty(const journal::LogFolder& log) {
  std::error_code error;
  for (const auto& part : {log.open_part() / "checkpoint", log.wal()}) {
    if (!fs::exists(part, error) || (fs::is_directory(part, error) && fs::is_empty(part, error))) continue;
    return fail(ErrorKind::invalid_input,
                std::format("{} is there: a log is only restored where none is; move it away first", part.string()));
  }
  return {};
}

// The writer goes on behind the copy: an empty journal file says from which index on. Without it a journal whose
// files are gone could not be told from a restored log.
Result<void> begin_journal(const journal::LogFolder& log, std::uint64_t size) {
  if (auto made = make_folder(log.wal(), 0700); !made) return made;
  const auto file = log.root / journal::Segment{size}.name();
  if (auto written = write_file(file, ""); !written) return written;
  return sync_folder(log.wal());
}

}  // namespace

Result<Copied> backup(const journal::LogFolder& log, const fs::path& into, const BackupOptions& options) {
  const journal::LogFolder target{into};
  if (options.keys) {
    if (auto keys = copy_keys(log.keys(), target.keys()); !keys) return std::unexpected(keys.error());
  }
  auto copied = verified(copy_log(log.open_part(), target.open_part(), options.verify), log.root.string());
  if (!copied || !options.vault) return copied;
  // After the log: every key an entry of the copy needs was in the vault before the entry was acknowledged.
  if (auto done = options.vault(into / kVaultFolder); !done) return std::unexpected(within("vault", done.error()));
  return copied;
}

Result<Restored> restore(const fs::path& from, const journal::LogFolder& log, const RestoreOptions& options) {
  const journal::LogFolder source{from};
  if (auto empty = must_be_empty(log); !empty) return std::unexpected(empty.error());
  const auto copy = LogReader::open_folder(source.open_part());
  if (!copy) return std::unexpected(within(from.string(), copy.error()));
  for (const auto& seen : options.seen) {
    if (auto newest = not_older(*copy, seen, options.verify); !newest) return std::unexpected(newest.error());
  }
  auto copied = verified(copy_log(source.open_part(), log.open_part(), options.verify), from.string());
  if (!copied) return std::unexpected(copied.error());
  const auto keys = copy_keys(source.keys(), log.keys());
  if (!keys) return std::unexpected(keys.error());
  if (auto begun = begin_journal(log, copied->verified.checkpoint.size); !begun)
    return std::unexpected(begun.error());
  if (options.vault && fs::exists(from / kVaultFolder)) {
    if (auto done = options.vault(from / kVaultFolder); !done) return std::unexpected(within("vault", done.error()));
  }
  return Restored{.copied = std::move(*copied), .keys = *keys, .vouched = !options.seen.empty()};
}

}  // namespace cordon::archive
