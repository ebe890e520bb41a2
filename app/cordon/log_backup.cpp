#include <print>
#include <ranges>

#include "app/cordon/log_audit.h"
#include "app/cordon/log_backup.h"
#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/archive/backup.h"
#include "cordon/base/file.h"
#include "cordon/vault/backup.h"
#include "cordon/vault/key_folder.h"

namespace cordon::app {

namespace {

// A registered copy, vault/N in the backup: what the vault destroys later is destroyed in it too. Copies of earlier
// runs go once the new one is complete.
Result<void> back_up_vault(const AuditPlace& place, const std::filesystem::path& into) {
  const auto keys = vault::KeyFolder::open(place.vault, place.root);
  if (!keys) return std::unexpected(keys.error());
  const auto earlier = vault_copies(into);
  const auto number = earlier.empty() ? 1 : earlier.rbegin()->first + 1;
  if (auto made = make_folder(into, 0700); !made) return made;
  if (auto copied = vault::backup_to(**keys, into / std::to_string(number)); !copied) return copied;
  std::error_code error;
  for (const auto& folder : std::views::values(earlier)) {
    std::filesystem::remove_all(folder, error);
    if (error) return fail_errno("remove " + folder.string(), error.value());
    if (auto forgotten = vault::unregister_backup(**keys, folder); !forgotten) {
      if (forgotten.error().kind != ErrorKind::not_found) return forgotten;
    }
  }
  return {};
}

Result<archive::Copied> back_up(const Arguments& arguments, const std::string& to) {
  const auto source = local_log(arguments);
  if (!source) return std::unexpected(source.error());
  archive::BackupOptions options{.verify = {.trust = source->trust}, .keys = arguments.has("--keys"), .vault = {}};
  Progress progress("records");
  options.verify.progress = progress.report();
  if (arguments.has("--with-vault")) {
    const auto place = audit_place(arguments);
    if (!place) return std::unexpected(place.error());
    options.vault = [place = *place](const std::filesystem::path& into) { return back_up_vault(place, into); };
  }
  return archive::backup(source->folder(), to, options);
}

int run_backup(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json", "--keys", "--with-vault"},
                               .options = {"--config", "--evidence", "--trust", "--to", "--vault"}});
  if (!arguments) return report("log backup", arguments.error());
  const bool json = arguments->has("--json");
  const auto to = arguments->option("--to");
  if (!to) return report("log backup", {ErrorKind::invalid_input, "say where to: cordon log backup --to DIR"}, json);
  const auto copied = back_up(*arguments, *to);
  if (!copied) return report_copy("log backup", copied.error(), json);
  if (json) {
    print_json(copied_json(*copied));
  } else {
    std::println("{}: {} records, {} of them new and verified; {} files, {}", *to, copied->verified.checkpoint.size,
                 copied->verified.entries, copied->files, bytes_text(copied->bytes));
  }
  return kOk;
}

}  // namespace

std::map<std::uint64_t, std::filesystem::path> vault_copies(const std::filesystem::path& folder) {
  std::map<std::uint64_t, std::filesystem::path> out;
  std::error_code error;  // a folder that cannot be listed has none
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (const auto number = to_number(at->path().filename().string(), "")) out.emplace(*number, at->path());
  }
  return out;
}

int report_copy(std::string_view command, const Error& error, bool json) {
  const int status = report(command, error, json);
  return error.kind == ErrorKind::corrupt ? kFailed : status;
}

wire::Json copied_json(const archive::Copied& copied) {
  wire::Json out{wire::JsonObject{}};
  out.set("origin", copied.verified.checkpoint.origin).set("size", copied.verified.checkpoint.size);
  out.set("from", copied.from).set("files", copied.files).set("bytes", copied.bytes);
  return out.set("verified", copied.verified.entries);
}

const Command kLogBackupCommand{
    .name = "backup",
    .summary = "copy the log up to its checkpoint, verified on the way",
    .help =
        "usage: cordon log backup --to DIR [--keys] [--with-vault] [--evidence DIR] [--trust POLICY] [--json]\n\n"
        "Also while the log is being written. The first run copies everything, later ones what is new; an "
        "interrupted\n"
        "one is simply run again. A log that does not verify, was rolled back or forked leaves the backup as it "
        "was:\n"
        "exit status 1, with the place.\n\n"
        "  --to DIR      the backup; a plain log, readable by 'cordon log verify --evidence DIR'\n"
        "  --keys        the log's signing keys too (mode 0600)\n"
        "  --with-vault  the keys of the records too, as a registered copy that forgets what the vault forgets\n"
        "  --vault DIR   a vault without its configuration\n\n"
        "example: cordon log backup --to /backup/evidence --trust auditors.policy",
    .run = run_backup};

}  // namespace cordon::app
