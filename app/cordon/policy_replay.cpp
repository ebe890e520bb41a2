#include <charconv>
#include <map>
#include <print>

#include "app/cordon/evidence_log.h"
#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "cordon/analysis/replay.h"
#include "cordon/base/file.h"
#include "cordon/enforcement/question.h"
#include "cordon/enforcement/settings.h"
#include "cordon/enforcement/snapshot.h"

namespace cordon::app {

namespace {

struct Outcome {
  analysis::Replay replay;
  std::map<std::string, std::size_t> skipped;  // records that could not be asked again: why, and how many
};

// === from a file ===

Result<Outcome> replay_file(const Arguments& arguments, const std::string& candidate, const std::string& requests) {
  const auto policies = read_policies(candidate);
  if (!policies) return std::unexpected(policies.error());
  const auto schema = read_schema(arguments, candidate);
  if (!schema) return std::unexpected(schema.error());
  const auto* known = *schema ? &(*schema)->schema : nullptr;
  const auto entities = read_entities(arguments, known);
  if (!entities) return std::unexpected(entities.error());
  const auto text = read_file(requests, kMostPolicyText);
  if (!text) return std::unexpected(text.error());
  const auto recorded = analysis::read_recorded(*text, requests, known);
  if (!recorded) return std::unexpected(recorded.error());
  analysis::Replayer replayer(*policies, *entities, profile_of(arguments));
  for (const auto& each : *recorded) {
    if (auto played = replayer.play(each); !played) return std::unexpected(played.error());
  }
  return Outcome{replayer.report(), {}};
}

// === from the evidence log: the request is made again as the enforcement point made it ===

// Pseudonyms stand as "p:<20 hexadecimal digits>", which is no identifier of TS 29.571: each becomes an identifier of
// that kind with digits of its own. In path and claims alike, so equal subscribers stay equal.
std::string identified(std::string text, std::string_view kind) {
  constexpr std::size_t kDigits = 20;
  constexpr std::uint64_t kFifteenDigits = 1'000'000'000'000'000;
  for (auto at = text.find("p:"); at != text.npos; at = text.find("p:", at + 1)) {
    const auto digits = std::string_view(text).substr(at + 2, kDigits);
    std::uint64_t number = 0;
    const auto read =
        std::from_chars(digits.data(), digits.data() + std::min<std::size_t>(digits.size(), 16), number, 16);
    const bool pseudonym = digits.size() == kDigits && read.ptr == digits.data() + 16 &&
                           digits.find_first_not_of("0123456789abcdef") == digits.npos;
    if (pseudonym) text.replace(at, 2 + kDigits, std::format("{}{:015}", kind, number % kFifteenDigits));
  }
  return text;
}

wire::sbi::BodyFacts facts_of(const evidence::Record& record, std::string_view kind) {
  wire::sbi::BodyFacts facts;
  facts.kind = wire::sbi::body_kind_named(record.body).value_or(wire::sbi::BodyKind::none);
  for (const auto& claim : record.claims) {
    const auto equals = claim.find('=');
    if (equals != claim.npos)
      facts.asserted.emplace_back(claim.substr(0, equals), identified(claim.substr(equals + 1), kind));
  }
  return facts;
}

enforcement::Sender sender_of(const evidence::Record& record, const identity::ExpectedNf& nf) {
  enforcement::Sender sender;
  sender.nf = &nf;
  sender.address = record.peer;
  sender.certificate = record.certificate;
  const auto space = std::min(record.tls.find(' '), record.tls.size());
  sender.tls.version = record.tls.substr(0, space);
  sender.tls.group = record.tls.substr(std::min(space + 1, record.tls.size()));
  return sender;
}

const identity::ExpectedNf* nf_of(const identity::Inventory& inventory, const std::string& instance) {
  const auto id = NfInstanceId::parse(instance);
  return id ? inventory.find(*id) : nullptr;
}

// Whether policy decided this record, rather than a check before policy.
bool decided_by_policy(const evidence::Record& record) {
  return record.kind == "decision" && (!record.policies.empty() || record.rule == "no-permit");
}

// Nothing when it was played; else why it could not be.
std::string play(analysis::Replayer& replayer, const enforcement::Protection& protection,
                 const evidence::Record& record) {
  if (!decided_by_policy(record)) return "decided before policy";
  const auto* caller = nf_of(protection.inventory, record.caller);
  const auto* producer = nf_of(protection.inventory, record.producer);
  if (!caller || !producer) return "of an NF that the inventory does not know";
  std::string_view kind = "imsi-";
  auto classified = wire::sbi::classify(record.method, identified(record.resource, kind));
  if (!classified) {
    kind = "msisdn-";
    classified = wire::sbi::classify(record.method, identified(record.resource, kind));
  }
  if (!classified) return "not an operation any more: " + classified.error().message;
  auto question = enforcement::make_question(protection.entities, sender_of(record, *caller), *producer, *classified,
                                             facts_of(record, kind));
  replayer.play({.origin = std::format("record {}", record.sequence),
                 .caller = record.caller_type,
                 .request = std::move(question.request),
                 .entities = {},
                 .allowed = record.decision == "permit",
                 .reasons = record.policies},
                question.entities);
  return "";
}

Result<Outcome> replay_log(const Arguments& arguments, const std::string& candidate) {
  const auto config = arguments.option("--config").value_or("cordon.yaml");
  const auto settings = enforcement::load_settings(config);
  if (!settings) return std::unexpected(settings.error());
  const auto policy = read_file(candidate, kMostPolicyText);
  if (!policy) return std::unexpected(policy.error());
  const auto inventory = read_file(settings->inventory);
  if (!inventory) return std::unexpected(inventory.error());
  enforcement::Snapshot snapshot;
  snapshot.policy_file = candidate;
  snapshot.policy = *policy;
  snapshot.inventory_file = settings->inventory.string();
  snapshot.inventory = *inventory;
  const auto protection = enforcement::compile(snapshot);
  if (!protection) return std::unexpected(protection.error());
  analysis::Replayer replayer((*protection)->policies, (*protection)->entities, profile_of(arguments));
  Outcome outcome;
  const auto place = log_place(*settings);
  if (!place) return std::unexpected(place.error());
  const auto read = each_record(*place, [&](const evidence::Record& record) {
    if (const auto why = play(replayer, **protection, record); !why.empty()) ++outcome.skipped[why];
  });
  if (!read) return std::unexpected(read.error());
  outcome.replay = replayer.report();
  return outcome;
}

// === shown ===

wire::JsonArray names(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

wire::Json to_json(const Outcome& outcome) {
  wire::JsonArray changes;
  for (const auto& change : outcome.replay.changes) {
    wire::Json one{wire::JsonObject{}};
    one.set("now", change.allowed_now ? "allow" : "deny").set("caller", change.caller).set("action", change.action);
    one.set("before", names(change.before)).set("after", names(change.after));
    changes.push_back(one.set("count", std::uint64_t{change.count}).set("examples", names(change.examples)));
  }
  wire::JsonArray unused;
  for (const auto& [id, line] : outcome.replay.unused) unused.push_back(id);
  wire::Json skipped{wire::JsonObject{}};
  for (const auto& [why, count] : outcome.skipped) skipped.set(why, std::uint64_t{count});
  wire::Json json{wire::JsonObject{}};
  json.set("requests", std::uint64_t{outcome.replay.requests}).set("skipped", skipped);
  json.set("newlyAllowed", std::uint64_t{outcome.replay.newly_allowed});
  json.set("newlyRefused", std::uint64_t{outcome.replay.newly_refused});
  json.set("erring", std::uint64_t{outcome.replay.erring});
  json.set("changes", std::move(changes)).set("unused", std::move(unused));
  return json;
}

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text += (text.empty() ? "" : ", ") + id;
  return text.empty() ? "no permit" : text;
}

void print(const Outcome& outcome) {
  const auto& replay = outcome.replay;
  std::vector<std::vector<Cell>> rows{
      {{"now"}, {"caller"}, {"operation"}, {"before"}, {"after"}, {"count"}, {"e.g."}}};
  for (const auto& change : replay.changes) {
    rows.push_back({{change.allowed_now ? "allowed" : "refused", change.allowed_now ? Tint::bad : Tint::plain},
                    {change.caller},
                    {change.action},
                    {joined(change.before)},
                    {joined(change.after)},
                    {std::to_string(change.count)},
                    {change.examples.front()}});
  }
  if (!replay.changes.empty()) print_table(rows);
  std::println("{} requests: {} newly allowed, {} newly refused, {} as before; {} with a policy that failed",
               replay.requests, replay.newly_allowed, replay.newly_refused,
               replay.requests - replay.newly_allowed - replay.newly_refused, replay.erring);
  for (const auto& [why, count] : outcome.skipped) std::println("not played: {} records {}", count, why);
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json", "--reference"},
                                                  .options = {"--schema", "--entities", "--requests", "--config"},
                                                  .most_words = 1});
  if (!arguments) return report("policy replay", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().empty()) {
    return report("policy replay", {ErrorKind::invalid_input, "say which: cordon policy replay CANDIDATE"}, json);
  }
  const auto& candidate = arguments->words()[0];
  const auto requests = arguments->option("--requests");
  const auto outcome = requests ? replay_file(*arguments, candidate, *requests) : replay_log(*arguments, candidate);
  if (!outcome) return report("policy replay", outcome.error(), json);
  if (json) {
    print_json(to_json(*outcome));
  } else {
    print(*outcome);
  }
  return outcome->replay.changes.empty() ? kOk : kFailed;
}

}  // namespace

const Command kPolicyReplayCommand{
    .name = "replay",
    .summary = "recorded decisions through a candidate",
    .help =
        "usage: cordon policy replay CANDIDATE [--config FILE] [--json]\n"
        "       cordon policy replay CANDIDATE --requests FILE.jsonl [--schema FILE] [--entities FILE] [--json]\n\n"
        "Asks the policies of CANDIDATE what was really asked, and groups every answer that changes. The requests "
        "come\n"
        "from the evidence log, made again from each record with today's inventory (subscribers are pseudonyms in "
        "it:\n"
        "equal ones stay equal, patterns over them do not match), or from a file of JSON lines: a request's "
        "principal,\n"
        "action, resource, context, with decision and, where known, reason. Exit status 1 when an answer changes.\n\n"
        "  --config FILE    default cordon.yaml\n"
        "  --requests FILE  instead of the evidence log\n"
        "  --schema FILE, --entities FILE  for --requests\n"
        "  --reference      as Cedar answers: policies that fail are skipped\n"
        "  --json           one object\n\n"
        "example: cordon policy replay candidate.cedar --config /etc/cordon/cordon.yaml",
    .run = run};

}  // namespace cordon::app
