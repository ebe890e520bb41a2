#include <print>

#include "app/cordon/log_audit.h"
#include "app/cordon/output.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/vault/release.h"

namespace cordon::app {

namespace {

struct Pair {
  std::filesystem::path file;  // private; beside it with .pub what the operator gets
  std::string fingerprint;
};

Result<Pair> new_pair(const std::string& name, const std::filesystem::path& folder) {
  if (auto good = audit::check_auditor_name(name); !good) return std::unexpected(good.error());
  const auto file = folder / (name + ".key");
  if (std::filesystem::exists(file)) {
    return fail(ErrorKind::invalid_input,
                std::format("{} is there already: a key is not overwritten", file.string()));
  }
  if (auto made = vault::make_auditor_key(file); !made) return std::unexpected(made.error());
  const auto key = vault::read_auditor_public_key(file.string() + ".pub");
  if (!key) return std::unexpected(key.error());
  return Pair{file, audit::fingerprint(*key)};
}

int make_new(const Arguments& arguments, bool json) {
  const auto& name = arguments.words()[1];
  const auto made = new_pair(name, arguments.option("--out").value_or("."));
  if (!made) return report("log auditor", made.error(), json);
  const auto& file = made->file.string();
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("auditor", name).set("key", made->fingerprint).set("private", file);
    print_json(out.set("public", file + ".pub"));
  } else {
    std::println("{}: keep it secret", file);
    std::println("{}.pub: give it to the operator; fingerprint {}", file, made->fingerprint);
  }
  return kOk;
}

Result<audit::Auditor> auditor_of(const Arguments& arguments) {
  audit::Auditor auditor{arguments.words()[1], "", {}};
  if (auto good = audit::check_auditor_name(auditor.name); !good) return std::unexpected(good.error());
  const auto file = arguments.option("--key");
  const auto purposes = arguments.option("--purpose");
  if (!file || !purposes) {
    return fail(ErrorKind::invalid_input, "say with which key and for what: --key FILE --purpose P[,P...]");
  }
  const auto key = vault::read_auditor_public_key(*file);
  if (!key) return std::unexpected(key.error());
  auditor.key = audit::fingerprint(*key);
  const auto rules = access_rules(arguments);
  if (!rules) return std::unexpected(rules.error());
  for (const auto purpose : split(*purposes, ',')) {
    if (!rules->declares_purpose(purpose)) {
      return fail(ErrorKind::invalid_input,
                  std::format("'{}' is no declared purpose: see the policy's schema", printable(purpose)));
    }
    auditor.purposes.emplace_back(purpose);
  }
  return auditor;
}

evidence::Record change_record(std::string reason, const std::string& key) {
  evidence::Record record;
  record.time = system_clock().now();
  record.kind = "policy";
  record.certificate = key;
  record.reason = std::move(reason);
  return record;
}

// Who may ask is evidence too: the list changes only once the log has the change.
Result<void> change(const AuditPlace& place, const audit::Auditors& auditors, const evidence::Record& record) {
  const auto kept = keep_through(place.socket)(record);
  if (!kept) return std::unexpected(within("nothing was changed, for it could not be recorded", kept.error()));
  return write_file(place.auditors, audit::text_of(auditors));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

int enrol(const Arguments& arguments, bool json) {
  const auto place = audit_place(arguments);
  if (!place) return report("log auditor", place.error(), json);
  const auto auditor = auditor_of(arguments);
  if (!auditor) return report("log auditor", auditor.error(), json);
  auto auditors = read_auditors(*place);
  if (!auditors) return report("log auditor", auditors.error(), json);
  (*auditors)[auditor->name] = *auditor;
  const auto record = change_record(
      std::format("auditor {} is enrolled for {}", auditor->name, joined(auditor->purposes)), auditor->key);
  if (auto done = change(*place, *auditors, record); !done) return report("log auditor", done.error(), json);
  if (json) {
    print_json(wire::Json(wire::JsonObject{}).set("auditor", auditor->name).set("key", auditor->key));
  } else {
    std::println("{} is enrolled with key {} in {}", auditor->name, auditor->key, place->auditors.string());
  }
  return kOk;
}

int remove(const Arguments& arguments, bool json) {
  const auto& name = arguments.words()[1];
  const auto place = audit_place(arguments);
  if (!place) return report("log auditor", place.error(), json);
  auto auditors = read_auditors(*place);
  if (!auditors) return report("log auditor", auditors.error(), json);
  const auto known = auditors->find(name);
  if (known == auditors->end()) {
    return report("log auditor", {ErrorKind::not_found, "nobody of that name is enrolled"}, json);
  }
  const auto record = change_record(std::format("auditor {} is enrolled no more", name), known->second.key);
  auditors->erase(known);
  if (const auto done = change(*place, *auditors, record); !done) return report("log auditor", done.error(), json);
  if (json) {
    print_json(wire::Json(wire::JsonObject{}).set("auditor", name).set("enrolled", false));
  } else {
    std::println("{} may ask no more; what was released already stays readable", name);
  }
  return kOk;
}

int list(const Arguments& arguments, bool json) {
  const auto place = audit_place(arguments);
  if (!place) return report("log auditor", place.error(), json);
  const auto auditors = read_auditors(*place);
  if (!auditors) return report("log auditor", auditors.error(), json);
  if (json) {
    if (auto parsed = wire::parse_json(audit::text_of(*auditors))) print_json(*parsed);
    return kOk;
  }
  std::vector<std::vector<Cell>> rows{{{"auditor"}, {"key"}, {"purposes"}}};
  for (const auto& [name, auditor] : *auditors) {
    rows.push_back({{name}, {auditor.key.substr(0, 16)}, {joined(auditor.purposes)}});
  }
  print_table(rows);
  return kOk;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json"},
                                                  .options = {"--out", "--key", "--purpose", "--auditors", "--policy",
                                                              "--schema", "--config", "--evidence", "--vault"},
                                                  .most_words = 2});
  if (!arguments) return report("log auditor", arguments.error());
  const bool json = arguments->has("--json");
  const auto what = arguments->words().empty() ? std::string() : arguments->words()[0];
  if (what == "list") return list(*arguments, json);
  if (arguments->words().size() == 2 && what == "new") return make_new(*arguments, json);
  if (arguments->words().size() == 2 && what == "enrol") return enrol(*arguments, json);
  if (arguments->words().size() == 2 && what == "remove") return remove(*arguments, json);
  return report("log auditor",
                {ErrorKind::invalid_input, "say what to do: cordon log auditor new|enrol|remove NAME, or list"},
                json);
}

}  // namespace

const Command kLogAuditorCommand{
    .name = "auditor",
    .summary = "key pairs and enrolment of auditors",
    .help =
        "usage: cordon log auditor new NAME [--out DIR] [--json]\n"
        "       cordon log auditor enrol NAME --key PUBLIC --purpose P[,P...] [--auditors FILE | --config FILE] "
        "[--json]\n"
        "       cordon log auditor remove NAME\n"
        "       cordon log auditor list [--json]\n\n"
        "new makes NAME.key (X25519MLKEM768, the auditor's secret) and NAME.key.pub. enrol lets the auditor ask with "
        "that\n"
        "key for these purposes; enrolling again replaces key and purposes. What they then may read is for the "
        "policy.\n"
        "Both enrol and remove are recorded in the log first, through the running writer.\n\n"
        "  --auditors FILE  default auditors.json beside the evidence\n"
        "  --policy FILE    rules whose schema declares the purposes (default: the built-in ones)\n\n"
        "example: cordon log auditor new alice\n"
        "         cordon log auditor enrol alice --key alice.key.pub --purpose fraud-investigation",
    .run = run};

}  // namespace cordon::app
