#include <charconv>
#include <print>

#include "app/cordon/log_audit.h"
#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/audit/timeline.h"
#include "cordon/vault/release.h"

namespace cordon::app {

namespace {

struct About {
  std::optional<std::uint64_t> incident;
  audit::Filter filter;
};

// "17" an incident; "imsi-...", "rule:...", "trace:..." and so on; else a caller's name.
About about(const std::string& word) {
  About found;
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
  if (parsed.ec == std::errc{} && parsed.ptr == word.data() + word.size()) {
    found.incident = number;
    return found;
  }
  const std::pair<std::string_view, std::string audit::Filter::*> prefixes[] = {
      {"caller:", &audit::Filter::caller}, {"producer:", &audit::Filter::producer}, {"rule:", &audit::Filter::rule},
      {"action:", &audit::Filter::action}, {"trace:", &audit::Filter::trace},       {"kind:", &audit::Filter::kind}};
  for (const auto& [prefix, member] : prefixes) {
    if (!word.starts_with(prefix)) continue;
    found.filter.*member = word.substr(prefix.size());
    return found;
  }
  for (const std::string_view prefix : {"imsi-", "nai-", "msisdn-", "suci-", "gci-", "gli-", "imei-", "imeisv-"}) {
    if (word.starts_with(prefix)) found.filter.subject = word;
  }
  if (found.filter.subject.empty()) found.filter.caller = word;
  return found;
}

Result<std::chrono::nanoseconds> quiet_of(const Arguments& arguments) {
  const auto word = arguments.option("--quiet");
  if (!word) return audit::kQuiet;
  unsigned seconds = 0;
  const auto parsed = std::from_chars(word->data(), word->data() + word->size(), seconds);
  if (parsed.ec != std::errc{} || parsed.ptr != word->data() + word->size()) {
    return fail(ErrorKind::invalid_input, std::format("--quiet wants a number of seconds, not '{}'", *word));
  }
  return std::chrono::seconds(seconds);
}

// What happened to a subscriber is an access like any other; who asks shows it by holding the private key.
Result<audit::Finding> authorised(const Arguments& arguments, const AuditPlace& place, const OpenEvidence& evidence,
                                  const audit::Filter& filter) {
  const auto key_file = arguments.option("--key");
  if (!key_file) {
    return fail(ErrorKind::permission,
                "what happened to a subscriber is told for a purpose only: give --purpose, "
                "--case, --auditor and --key with that auditor's private key");
  }
  const auto key = vault::read_auditor_key(*key_file);
  if (!key) return std::unexpected(key.error());
  const auto rules = access_rules(arguments);
  if (!rules) return std::unexpected(rules.error());
  const auto auditors = read_auditors(place);
  if (!auditors) return std::unexpected(auditors.error());
  auto earlier = earlier_pseudonyms(arguments, place, filter.subject);
  if (!earlier) return std::unexpected(earlier.error());
  const audit::Question question{.auditor = arguments.option("--auditor").value_or(""),
                                 .purpose = arguments.option("--purpose").value_or(""),
                                 .case_reference = arguments.option("--case").value_or(""),
                                 .filter = filter};
  const auto keep = keep_through(place.socket);
  Progress progress("entries");
  const audit::AccessContext context{.sources = {evidence.log, evidence.index, *evidence.vault, progress.report()},
                                     .rules = *rules,
                                     .auditors = *auditors,
                                     .keep = keep,
                                     .clock = system_clock(),
                                     .earlier = std::move(*earlier)};
  auto granted = audit::authorise(context, question, key->public_key());
  if (!granted) return std::unexpected(granted.error());
  if (granted->ruling.permit) return std::move(granted->finding);
  return fail(ErrorKind::permission,
              std::format("refused: {}; the refusal is record {}", granted->ruling.reason, granted->record));
}

Result<audit::Timeline> timeline(const Arguments& arguments) {
  auto asked = about(arguments.words()[0]);
  const auto quiet = quiet_of(arguments);
  if (!quiet) return std::unexpected(quiet.error());
  for (const auto& [option, value] : {std::pair{"--since", &asked.filter.since}, {"--until", &asked.filter.until}}) {
    const auto word = arguments.option(option);
    if (!word) continue;
    const auto time = read_time(option, *word);
    if (!time) return std::unexpected(time.error());
    *value = *time;
  }
  const auto place = audit_place(arguments);
  if (!place) return std::unexpected(place.error());
  const auto evidence = open_evidence(*place);
  if (!evidence) return std::unexpected(evidence.error());
  Progress progress("entries");
  const audit::Sources sources{evidence->log, evidence->index, *evidence->vault, progress.report()};
  if (asked.incident) return audit::timeline_of_incident(sources, *asked.incident, *quiet);
  if (asked.filter.subject.empty()) return audit::timeline_of(sources, asked.filter, *quiet);
  auto finding = authorised(arguments, *place, *evidence, asked.filter);
  if (!finding) return std::unexpected(finding.error());
  auto told = audit::timeline_of(sources, std::move(*finding), *quiet);
  if (told && evidence->vault->epoch() > 1 && !arguments.option("--approve")) {
    told->how += "; closed epochs were not looked into: that takes two custodians (--approve)";
  }
  return told;
}

wire::Json to_json(const audit::Timeline& timeline) {
  wire::JsonArray episodes;
  for (const auto& episode : timeline.episodes) {
    wire::JsonArray moments;
    for (const auto& moment : episode.moments)
      moments.push_back(record_json(moment.record).set("ofLog", moment.of_log));
    wire::Json each{wire::JsonObject{}};
    each.set("begin", format_time(episode.begin())).set("end", format_time(episode.end()));
    each.set("refusals", std::uint64_t{episode.refusals()}).set("records", std::move(moments));
    episodes.push_back(std::move(each));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("log", timeline.checkpoint.origin).set("size", timeline.checkpoint.size);
  json.set("completeness", std::string(name_of(timeline.completeness))).set("how", timeline.how);
  return json.set("episodes", std::move(episodes));
}

std::vector<Cell> row_of(const audit::Moment& moment) {
  const auto& record = moment.record;
  const auto& who = !record.caller_name.empty() ? record.caller_name : record.peer;
  const auto tint = moment.of_log ? Tint::bold : moment.refused() ? Tint::bad : Tint::plain;
  return {{std::to_string(record.sequence)},
          {format_time(record.time).substr(11, 12)},
          {record.decision.empty() ? record.kind : record.decision, tint},
          {who},
          {record.action.empty() ? record.method : record.action},
          {record.rule, tint},
          {record.reason.substr(0, 80), tint}};
}

void print(const audit::Timeline& timeline) {
  for (const auto& episode : timeline.episodes) {
    std::println(
        "{} to {}: {} records, {}", format_time(episode.begin()), format_time(episode.end()).substr(11),
        episode.moments.size(),
        tinted(episode.refusals() > 0 ? Tint::bad : Tint::plain, std::format("{} refused", episode.refusals())));
    std::vector<std::vector<Cell>> rows{
        {{"record"}, {"time (UTC)"}, {"what"}, {"who"}, {"operation"}, {"rule"}, {"reason"}}};
    for (const auto& moment : episode.moments) rows.push_back(row_of(moment));
    print_table(rows);
    std::println("");
  }
  if (timeline.episodes.empty()) {
    std::println(
        "no record of it: a caller is named as in the inventory (amf1), others as rule:ID, producer:TYPE...");
  }
  std::println("completeness {}: {}; up to the checkpoint of {} records of {}", name_of(timeline.completeness),
               timeline.how, timeline.checkpoint.size, timeline.checkpoint.origin);
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"},
              .options = {"--since", "--until", "--quiet", "--purpose", "--case", "--auditor", "--key", "--approve",
                          "--policy", "--schema", "--auditors", "--config", "--evidence", "--vault"},
              .most_words = 1});
  if (!arguments) return report("log timeline", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().empty()) {
    return report("log timeline", {ErrorKind::invalid_input, "say about what: cordon log timeline ENTITY|INCIDENT"},
                  json);
  }
  const auto told = timeline(*arguments);
  if (!told) return report("log timeline", told.error(), json);
  if (json) {
    print_json(to_json(*told));
  } else {
    print(*told);
  }
  return told->completeness == audit::Completeness::incomplete ? kFailed : kOk;
}

}  // namespace

const Command kLogTimelineCommand{
    .name = "timeline",
    .summary = "what happened around an NF, a rule, a subscriber or an incident",
    .help =
        "usage: cordon log timeline ENTITY [--since TIME] [--until TIME] [--quiet SECONDS] [--json]\n"
        "       cordon log timeline INCIDENT [--quiet SECONDS] [--json]\n"
        "       cordon log timeline SUBSCRIBER --purpose P --case C --auditor NAME --key PRIVATE [--json]\n\n"
        "ENTITY is a caller's name, or rule:ID, producer:TYPE, action:NAME, trace:ID, kind:KIND. INCIDENT is a "
        "record's\n"
        "number: everything linked with it, and what shares its trace. A SUBSCRIBER (imsi-...) is told of for a "
        "purpose\n"
        "only; the policy decides, and the access is recorded. Gaps and repairs of the log stand between the "
        "records.\n"
        "The last line says whether it is all, and up to which checkpoint. Exit status 0; 1 when something is "
        "missing.\n\n"
        "  --quiet SECONDS  a silence this long begins a new episode (default 60)\n"
        "  --approve LIST   two custodians NAME=FILE,NAME=FILE, to look into closed epochs too\n"
        "  --config FILE    default cordon.yaml; or --evidence DIR [--vault DIR]\n\n"
        "example: cordon log timeline amf1 --since 2026-11-21T02:00:00Z",
    .run = run};

}  // namespace cordon::app
