#include "app/cordon/log_keys.h"

#include <print>

#include "app/cordon/log_commands.h"
#include "app/cordon/output.h"
#include "cordon/vault/backup.h"
#include "cordon/vault/epochs.h"

namespace cordon::app {

namespace {

constexpr std::string_view kName = "log keys";

std::unexpected<Error> wrong(std::string what) { return fail(ErrorKind::invalid_input, std::move(what)); }

int say(bool json, std::string_view member, wire::Json value, std::string_view sentence) {
  if (json) {
    print_json(wire::Json(wire::JsonObject{}).set(member, std::move(value)));
  } else {
    std::println("{}", sentence);
  }
  return kOk;
}

Result<std::string> name_of(const Arguments& arguments, std::size_t place) {
  if (arguments.words().size() > place) return arguments.words()[place];
  return wrong("say which custodian: cordon log keys custodian add NAME");
}

// --- what there is

struct Status {
  std::vector<vault::EpochKeys> epochs;
  std::vector<std::uint64_t> subjects;  // of each epoch
  std::vector<std::string> custodians;
  std::vector<vault::Backup> backups;
  std::size_t erased = 0;
};

Result<Status> read_status(const vault::KeyFolder& keys) {
  auto epochs = vault::read_epochs(keys);
  if (!epochs) return std::unexpected(epochs.error());
  auto custodians = vault::custodian_names(keys);
  if (!custodians) return std::unexpected(custodians.error());
  auto backups = vault::backups(keys);
  if (!backups) return std::unexpected(backups.error());
  const auto erased = vault::read_erased(keys);
  if (!erased) return std::unexpected(erased.error());
  Status out{std::move(*epochs), {}, std::move(*custodians), std::move(*backups), erased->rows.size()};
  for (const auto& epoch : out.epochs) {
    std::uint64_t count = 0;
    const auto scanned =
        vault::scan_rows(vault::table_path(keys, epoch.id), epoch.id, 0,
                         [&](std::uint64_t, BytesView row) { count += vault::is_destroyed(row) ? 0U : 1U; });
    if (!scanned) return std::unexpected(scanned.error());
    out.subjects.push_back(count);
  }
  return out;
}

wire::Json status_json(const Status& status) {
  wire::JsonArray epochs;
  for (std::size_t i = 0; i < status.epochs.size(); ++i) {
    const auto& epoch = status.epochs[i];
    wire::Json one{wire::JsonObject{}};
    one.set("epoch", std::uint64_t{epoch.id}).set("opened", epoch.opened).set("subjects", status.subjects[i]);
    if (!epoch.closed.empty()) one.set("closed", epoch.closed).set("shares", std::uint64_t{epoch.shares.size()});
    epochs.push_back(std::move(one));
  }
  wire::JsonArray custodians(status.custodians.begin(), status.custodians.end());
  wire::JsonArray backups;
  for (const auto& backup : status.backups) {
    backups.push_back(
        wire::Json(wire::JsonObject{}).set("folder", backup.folder.string()).set("pending", backup.pending));
  }
  wire::Json out{wire::JsonObject{}};
  out.set("epochs", std::move(epochs)).set("custodians", std::move(custodians)).set("backups", std::move(backups));
  return out.set("erased", std::uint64_t{status.erased});
}

void print_status(const Status& status) {
  std::vector<std::vector<Cell>> rows{{{"epoch"}, {"opened"}, {"closed"}, {"subjects"}, {"pseudonym key"}}};
  for (std::size_t i = 0; i < status.epochs.size(); ++i) {
    const auto& epoch = status.epochs[i];
    const bool running = epoch.closed.empty();
    rows.push_back(
        {{std::to_string(epoch.id)},
         {epoch.opened.substr(0, 19)},
         {running ? "running" : epoch.closed.substr(0, 19), running ? Tint::good : Tint::plain},
         {std::to_string(status.subjects[i])},
         {running ? "root key" : std::format("{} of {} custodians", vault::kCustodiansNeeded, epoch.shares.size())}});
  }
  print_table(rows);
  std::string names;
  for (const auto& name : status.custodians) names += (names.empty() ? "" : ", ") + name;
  std::println("custodians: {}", names.empty() ? "none; an epoch can only end when there are two" : names);
  std::println("keys erased: {}", status.erased);
  for (const auto& backup : status.backups) {
    std::println(
        "backup {}{}", backup.folder.string(),
        backup.pending ? tinted(Tint::bad, ": still has keys that were erased; run cordon log keys cleanse") : "");
  }
}

int show_status(const Arguments& arguments, bool json) {
  const auto open = open_keys(arguments);
  if (!open) return report(kName, open.error(), json);
  const auto status = read_status(*open->keys);
  if (!status) return report(kName, status.error(), json);
  if (json) {
    print_json(status_json(*status));
  } else {
    print_status(*status);
  }
  return kOk;
}

// --- changes

int init(const Arguments& arguments, bool json) {
  const auto place = audit_place(arguments);
  if (!place) return report(kName, place.error(), json);
  const auto made = vault::KeyFolder::create(place->vault, place->root, system_clock());
  if (!made) return report(kName, made.error(), json);
  return say(
      json, "vault", place->vault.string(),
      std::format("{}: a vault with one epoch; add two custodians before the first rotation", place->vault.string()));
}

int rotate(const Arguments& arguments, bool json) {
  const auto open = open_keys(arguments);
  if (!open) return report(kName, open.error(), json);
  const auto custodians = vault::custodian_names(*open->keys);
  const auto epochs = vault::read_epochs(*open->keys);
  if (!custodians) return report(kName, custodians.error(), json);
  if (!epochs) return report(kName, epochs.error(), json);
  const auto closing = epochs->back().id;
  if (custodians->size() >= vault::kCustodiansNeeded) {  // else rotate_epoch() says what is missing
    const auto kept =
        keep(open->place, key_record("rotation", "vault-epoch", arguments.option("--reason").value_or(""),
                                     {std::format("epoch {} ends", closing)}));
    if (!kept) return report(kName, kept.error(), json);
  }
  const auto next = vault::rotate_epoch(*open->keys, system_clock());
  if (!next) return report(kName, next.error(), json);
  return say(json, "epoch", std::uint64_t{*next},
             std::format("epoch {} runs; {} needs two custodians now", *next, closing));
}

int cleanse(const Arguments& arguments, bool json) {
  const auto open = open_keys(arguments);
  if (!open) return report(kName, open.error(), json);
  const auto registered = vault::backups(*open->keys);
  if (!registered) return report(kName, registered.error(), json);
  std::vector<std::string> folders;
  for (const auto& backup : *registered) {
    if (backup.pending) folders.push_back(backup.folder.string());
  }
  if (!folders.empty()) {  // else nothing changes
    const auto record =
        key_record("other", "cleanse-backups", arguments.option("--reason").value_or(""), std::move(folders));
    if (const auto kept = keep(open->place, record); !kept) return report(kName, kept.error(), json);
  }
  const auto pending = vault::retry_backups(*open->keys);
  if (!pending) return report(kName, pending.error(), json);
  if (json) {
    print_json(wire::Json(wire::JsonObject{}).set("pending", wire::JsonArray(pending->begin(), pending->end())));
  } else {
    for (const auto& one : *pending) std::println("{}", one);
    if (pending->empty()) std::println("every backup has forgotten what the vault forgot");
  }
  return pending->empty() ? kOk : kFailed;
}

int unregister(const Arguments& arguments, bool json) {
  if (arguments.words().size() < 2)
    return report(kName, wrong("say which folder: cordon log keys backup-gone FOLDER").error(), json);
  const auto open = open_keys(arguments);
  if (!open) return report(kName, open.error(), json);
  const auto& folder = arguments.words()[1];
  const auto record =
      key_record("other", "backup-gone", "a backup of the vault was destroyed, says whoever ran this", {folder});
  if (const auto kept = keep(open->place, record); !kept) return report(kName, kept.error(), json);
  if (const auto done = vault::unregister_backup(*open->keys, folder); !done)
    return report(kName, done.error(), json);
  return say(json, "backup", folder, std::format("{} is no longer counted on", folder));
}

// --- custodians

// Who may unlock closed epochs is evidence too: kept before it changes.
Result<void> record_change(const Arguments& arguments, const OpenKeys& open, std::string_view rule,
                           std::vector<std::string> details) {
  const auto kept =
      keep(open.place, key_record("credential", rule, arguments.option("--reason").value_or(""), std::move(details)));
  if (!kept) return std::unexpected(kept.error());
  return {};
}

int add(const Arguments& arguments, bool json) {
  const auto name = name_of(arguments, 2);
  if (!name) return report(kName, name.error(), json);
  const auto open = open_keys(arguments);
  if (!open) return report(kName, open.error(), json);
  const auto passphrase = read_new_passphrase(arguments, std::format("new passphrase of custodian {}", *name));
  if (!passphrase) return report(kName, passphrase.error(), json);
  if (auto fit = vault::check_new_custodian(*open->keys, *name, passphrase->text()); !fit)
    return report(kName, fit.error(), json);
  if (auto kept = record_change(arguments, *open, "custodian-added", {*name}); !kept)
    return report(kName, kept.error(), json);
  const auto added = vault::add_custodian(*open->keys, *name, passphrase->text());
  if (!added) return report(kName, added.error(), json);
  return say(json, "custodian", *name, std::format("{} is a custodian from the next rotation on", *name));
}

int remove(const Arguments& arguments, bool json) {
  const auto name = name_of(arguments, 2);
  if (!name) return report(kName, name.error(), json);
  const auto open = open_keys(arguments);
  if (!open) return report(kName, open.error(), json);
  if (auto fit = vault::check_leaving_custodian(*open->keys, *name); !fit) return report(kName, fit.error(), json);
  if (auto kept = record_change(arguments, *open, "custodian-removed", {*name}); !kept)
    return report(kName, kept.error(), json);
  const auto removed = vault::remove_custodian(*open->keys, *name);
  if (!removed) return report(kName, removed.error(), json);
  return say(json, "custodian", *name,
             std::format("{} is no custodian any more; deal the shares of closed epochs anew with cordon log keys "
                         "custodian reshare",
                         *name));
}

int reshare(const Arguments& arguments, bool json) {
  const auto open = open_keys(arguments);
  if (!open) return report(kName, open.error(), json);
  const auto approvals = read_approvals(arguments);
  if (!approvals) return report(kName, approvals.error(), json);
  // Nobody's wrong passphrase becomes a record of a change.
  if (auto quorum = vault::Quorum::unlock(*open->keys, *approvals); !quorum)
    return report(kName, quorum.error(), json);
  std::vector<std::string> details;
  for (const auto& approval : *approvals) details.push_back("approved by " + approval.name);
  if (auto kept = record_change(arguments, *open, "shares-dealt-anew", std::move(details)); !kept)
    return report(kName, kept.error(), json);
  const auto done = vault::share_anew(*open->keys, *approvals);
  if (!done) return report(kName, done.error(), json);
  return say(json, "reshared", true, "the shares of all closed epochs are dealt anew; old ones are worth nothing");
}

int list(const Arguments& arguments, bool json) {
  const auto open = open_keys(arguments);
  if (!open) return report(kName, open.error(), json);
  const auto names = vault::custodian_names(*open->keys);
  if (!names) return report(kName, names.error(), json);
  if (json) {
    print_json(wire::Json(wire::JsonObject{}).set("custodians", wire::JsonArray(names->begin(), names->end())));
  } else {
    for (const auto& name : *names) std::println("{}", name);
  }
  return kOk;
}

int custodian(const Arguments& arguments, bool json) {
  const auto what = arguments.words().size() > 1 ? arguments.words()[1] : std::string();
  if (what == "add") return add(arguments, json);
  if (what == "remove") return remove(arguments, json);
  if (what == "reshare") return reshare(arguments, json);
  if (what == "list") return list(arguments, json);
  return report(kName, wrong("say what to do: cordon log keys custodian add|remove|list|reshare").error(), json);
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"},
              .options = {"--config", "--evidence", "--vault", "--passphrase-file", "--approve", "--reason"},
              .most_words = 3});
  if (!arguments) return report(kName, arguments.error());
  const bool json = arguments->has("--json");
  const auto what = arguments->words().empty() ? std::string() : arguments->words()[0];
  if (what == "init") return init(*arguments, json);
  if (what == "status") return show_status(*arguments, json);
  if (what == "rotate") return rotate(*arguments, json);
  if (what == "cleanse") return cleanse(*arguments, json);
  if (what == "backup-gone") return unregister(*arguments, json);
  if (what == "custodian") return custodian(*arguments, json);
  return report(kName,
                wrong("say what to do: init, status, rotate, custodian, cleanse or backup-gone (see --help)").error(),
                json);
}

}  // namespace

const Command kLogKeysCommand{
    .name = "keys",
    .summary = "the vault: status, epochs, custodians, backups",
    .help =
        "usage: cordon log keys init | status [--json]\n"
        "       cordon log keys rotate [--reason TEXT]\n"
        "       cordon log keys custodian add NAME [--passphrase-file FILE] [--reason TEXT]\n"
        "       cordon log keys custodian remove NAME | list\n"
        "       cordon log keys custodian reshare --approve NAME=FILE,NAME=FILE\n"
        "       cordon log keys cleanse | backup-gone FOLDER\n\n"
        "rotate ends the running epoch: new pseudonyms and keys from now on. The old epoch's pseudonym key is then "
        "left\n"
        "only in shares of custodians, two of whom must agree to use it. cleanse makes backups forget what was "
        "erased\n"
        "while they could not be reached; backup-gone declares one destroyed. Every change leaves a record first, "
        "through\n"
        "the running writer ('cordon up'); what is wrong is refused without one.\n\n"
        "  --passphrase-file FILE  its first line; '-' is standard input, /dev/fd/3 a descriptor; else the terminal "
        "asks\n"
        "  --approve NAME=FILE,... custodians who agree, each with the file of the passphrase (NAME alone: asked "
        "for)\n"
        "  --reason TEXT           stands in the record of the change\n"
        "  --config FILE           default cordon.yaml\n"
        "  --evidence DIR          a log without its configuration\n"
        "  --vault DIR             a vault elsewhere; its key file is DIR/../vault-key\n"
        "  --json                  one object\n\n"
        "Exit status 0 when done, 1 when a backup is still pending, 2 for anything else.\n\n"
        "example: cordon log keys custodian add alice",
    .run = run};

}  // namespace cordon::app
