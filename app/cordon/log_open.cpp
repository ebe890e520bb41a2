#include <print>

#include "app/cordon/log_audit.h"
#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/audit/release_file.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/vault/release.h"

namespace cordon::app {

namespace {

constexpr std::size_t kMostReleased = std::size_t{1} << 30;

struct Opened {
  audit::ReleaseFile file;
  audit::ReleaseVerdict verdict;
  std::vector<evidence::Record> records;
};

Result<crypto::KemPrivateKey> read_key(const Arguments& arguments) {
  const auto file = arguments.option("--key");
  if (!file)
    return fail(ErrorKind::invalid_input, "say which key opens it: --key FILE with the auditor's private key");
  return vault::read_auditor_key(*file);
}

Result<Opened> open(const Arguments& arguments) {
  const auto key = read_key(arguments);
  if (!key) return std::unexpected(key.error());
  const auto trust = trust_option(arguments);
  if (!trust) return std::unexpected(trust.error());
  const auto text = read_file(arguments.words()[0], kMostReleased);
  if (!text) return std::unexpected(text.error());
  auto file = audit::parse_release_file(as_bytes(*text));
  if (!file) return std::unexpected(file.error());
  auto verdict = audit::verify_release(*file, *trust);
  if (!verdict) return std::unexpected(verdict.error());
  auto records = audit::open_release(*file, *key);
  if (!records && records.error().kind == ErrorKind::permission) {
    return fail(ErrorKind::permission,
                std::format("{}: {}; it was released to {}, whose private key opens it", arguments.words()[0],
                            records.error().message, printable(file->auditor)));
  }
  if (!records) return std::unexpected(records.error());
  return Opened{std::move(*file), std::move(*verdict), std::move(*records)};
}

std::string trust_text(const audit::ReleaseVerdict& verdict) {
  if (!verdict.witnessed) return "signatures not checked: name whom you trust with --trust POLICY";
  return std::format("signed by the log, {} witnesses{}", verdict.witnessed->witnesses.size(),
                     verdict.witnessed->quorum ? "" : ", which is NOT the quorum");
}

wire::Json to_json(const Opened& opened) {
  wire::JsonArray records, missing, withheld;
  for (const auto& record : opened.records) records.push_back(record_json(record));
  for (const auto& each : opened.verdict.missing) missing.emplace_back(each);
  for (const auto& each : opened.file.withheld) {
    withheld.push_back(wire::Json(wire::JsonObject{}).set("record", each.index).set("why", each.why));
  }
  const auto& file = opened.file;
  wire::Json json{wire::JsonObject{}};
  json.set("auditor", file.auditor).set("purpose", file.purpose).set("case", file.case_reference);
  json.set("question", file.question).set("groups", file.groups).set("time", file.time);
  json.set("accessRecord", file.access_record).set("log", opened.verdict.checkpoint.origin);
  json.set("size", opened.verdict.checkpoint.size).set("signatures", trust_text(opened.verdict));
  json.set("completeness", std::string(name_of(opened.verdict.completeness))).set("missing", std::move(missing));
  json.set("withheld", std::move(withheld)).set("records", std::move(records));
  return json;
}

std::string subject_text(const evidence::Subject& subject) {
  if (subject.erased) return subject.pseudonym + " (erased)";
  return subject.identifier.empty() ? subject.pseudonym : subject.identifier;
}

void print_record(const evidence::Record& record) {
  const bool refused = record.decision == "refuse";
  std::println("record {}  {}  {}  {}", record.sequence, format_time(record.time),
               tinted(refused ? Tint::bad : Tint::plain, record.decision.empty() ? record.kind : record.decision),
               record.rule);
  const std::pair<std::string_view, std::string> lines[] = {
      {"caller", record.caller_name.empty() ? record.caller : record.caller_name},
      {"asked", std::format("{} {}", record.method, record.resource)},
      {"reason", record.reason}};
  for (const auto& [name, text] : lines) {
    if (!text.empty() && text != " ") std::println("  {:<8} {}", name, text);
  }
  for (const auto& subject : record.subjects) std::println("  {:<8} {}", "subject", subject_text(subject));
  for (const auto& detail : record.details) std::println("  {:<8} {}", "detail", detail);
}

void print(const Opened& opened) {
  const auto& file = opened.file;
  std::println("{} for {}, case {}: {} ({})", file.auditor, file.purpose, file.case_reference, file.question,
               file.groups);
  const auto& checkpoint = opened.verdict.checkpoint;
  std::println("log {} of {} records; {}", checkpoint.origin, checkpoint.size, trust_text(opened.verdict));
  for (const auto& record : opened.records) print_record(record);
  std::println("{} records, every proof holds; completeness {}; the access is record {}", opened.records.size(),
               name_of(opened.verdict.completeness), file.access_record);
  for (const auto& each : opened.verdict.missing) std::println("  {}", tinted(Tint::bad, "missing: " + each));
  for (const auto& each : file.withheld) std::println("  not released: record {}: {}", each.index, each.why);
}

int run(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"}, .options = {"--key", "--trust"}, .most_words = 1});
  if (!arguments) return report("log open", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().empty()) {
    return report("log open", {ErrorKind::invalid_input, "say which file: cordon log open FILE --key KEY"}, json);
  }
  const auto opened = open(*arguments);
  if (!opened) {
    const auto status = report("log open", opened.error(), json);
    return opened.error().kind == ErrorKind::corrupt ? kFailed : status;
  }
  if (json) {
    print_json(to_json(*opened));
  } else {
    print(*opened);
  }
  return opened->verdict.completeness == audit::Completeness::incomplete ? kFailed : kOk;
}

}  // namespace

const Command kLogOpenCommand{
    .name = "open",
    .summary = "open released records, as the auditor",
    .help =
        "usage: cordon log open FILE --key PRIVATE [--trust POLICY] [--json]\n\n"
        "Verifies that every record in FILE is in the log under one checkpoint, and that the index names no record "
        "that\n"
        "is not here; then opens the records with the auditor's private key. Needs neither the log nor a network.\n"
        "A subscriber that was forgotten reads \"erased\". Exit status 0 when all holds, 1 when a proof fails or\n"
        "something is missing, 2 for anything else (a key that is not the auditor's).\n\n"
        "  --key FILE      the auditor's private key ('cordon log auditor new')\n"
        "  --trust POLICY  the log's and its witnesses' keys (C2SP tlog-policy); without it signatures are not "
        "checked\n"
        "  --json          one object\n\n"
        "example: cordon log open F-2207.released --key alice.key --trust operators.policy",
    .run = run};

}  // namespace cordon::app
