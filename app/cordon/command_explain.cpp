#include <algorithm>
#include <charconv>
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/evidence_log.h"
#include "app/cordon/output.h"
#include "cordon/administrator/read_policy.h"
#include "cordon/enforcement/settings.h"
#include "cordon/policy/policy.h"

namespace cordon::app {

namespace {

// The policy that decided, when the file still holds it.
struct Source {
  std::optional<policy::PolicySet> set;
  std::string note;  // why there is none
};

Source source_of(const std::optional<std::filesystem::path>& file, const evidence::Record& record) {
  if (!file) return {std::nullopt, "give --config to see the policy's own text"};
  const auto text = administrator::policy_text(*file);
  if (!text) return {std::nullopt, text.error().message};
  auto set = policy::PolicySet::parse(*text, file->string());
  if (!set) return {std::nullopt, set.error().message};
  if (set->digest() != record.policy_set)
    return {std::nullopt, "the policy file has changed since: its text is not shown"};
  return {std::move(*set), ""};
}

void line(std::string_view name, std::string_view text) {
  if (!text.empty()) std::println("  {:<9} {}", name, text);
}

void print_policy(const policy::PolicySet& set, const std::string& id) {
  const auto* policy = set.find(id);
  if (!policy) return;
  line("where", std::format("{}:{}", policy->place.file, policy->place.line));
  for (const auto& [name, value] : policy->annotations) {
    if (name != "id") line("@" + name, value);
  }
  std::size_t start = 0;
  for (int shown = 0; start < policy->text.size() && shown < 12; ++shown) {
    const auto end = std::min(policy->text.find('\n', start), policy->text.size());
    const auto row = policy->text.substr(start, end - start);
    if (!row.starts_with('@')) std::println("            {}", tinted(Tint::dim, row));
    start = end + 1;
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void print_record(const evidence::Record& record, const Source& source) {
  const bool permit = record.decision == "permit";
  std::println(
      "record {}  {}  {}", record.sequence, format_time(record.time),
      tinted(permit ? Tint::good : Tint::bad, permit ? "PERMITTED" : std::format("REFUSED with {}", record.status)));
  line("decision", record.decision);
  line("caller", record.caller.empty()
                     ? "not identified"
                     : std::format("{} ({}) {}", record.caller_name, record.caller_type, record.caller));
  line("from",
       record.peer + (record.certificate.empty() ? "" : ", certificate " + record.certificate.substr(0, 16) + "..."));
  line("asked", std::format("{} {}", record.method, record.resource));
  line("of", record.producer.empty() ? "" : std::format("{} {}", record.producer_type, record.producer));
  line("which is", record.action);
  line("rule", record.rule);
  line("reason", record.reason);
  if (record.policies.size() > 1) line("all rules", joined(record.policies));
  for (const auto& detail : record.details) line("", "- " + detail);
  line("policies", record.policy_set.substr(0, 16));
  if (source.set) {
    print_policy(*source.set, record.rule);
  } else if (!record.policies.empty()) {
    line("note", source.note);
  }
}

Result<std::uint64_t> number_of(const std::vector<std::string>& words) {
  std::uint64_t number = 0;
  if (words.empty())
    return fail(ErrorKind::invalid_input, "say which record: cordon explain 12 (refusals name theirs)");
  const auto& word = words[0];
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != word.data() + word.size()) {
    return fail(ErrorKind::invalid_input, std::format("'{}' is no record number", word));
  }
  return number;
}

int explain(const Arguments& arguments, bool json) {
  const auto number = number_of(arguments.words());
  if (!number) return report("explain", number.error(), json);
  const auto place = log_place(arguments);
  if (!place) return report("explain", place.error(), json);
  const auto record = find_record(*place, *number);
  if (!record) return report("explain", record.error(), json);
  const auto source = source_of(place->policy, *record);
  if (!json) return print_record(*record, source), kOk;
  wire::Json out{wire::JsonObject{}};
  out.set("record", record_json(*record));
  const auto* policy = source.set ? source.set->find(record->rule) : nullptr;
  if (policy) {
    wire::Json rule{wire::JsonObject{}};
    rule.set("id", policy->id)
        .set("file", policy->place.file)
        .set("line", static_cast<std::uint64_t>(policy->place.line))
        .set("text", policy->text);
    out.set("policy", rule);
  }
  print_json(out);
  return kOk;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"}, .options = {"--config", "--evidence", "--vault"}, .most_words = 1});
  if (!arguments) return report("explain", arguments.error());
  return explain(*arguments, arguments->has("--json"));
}

}  // namespace

const Command kExplainCommand{
    .name = "explain",
    .summary = "why a request was permitted or refused",
    .help =
        "usage: cordon explain RECORD [--config FILE | --evidence DIR [--vault DIR]] [--json]\n\n"
        "Shows one decision: who asked what of whom, which rule decided and why, and for a refusal without a rule\n"
        "the permits that came nearest and the clause that failed. Subscriber identifiers appear as pseudonyms.\n\n"
        "  --config FILE   default cordon.yaml\n"
        "  --evidence DIR  a log without its configuration; its keys lie beside it, or under --vault\n"
        "  --json          one object\n\n"
        "example: cordon explain 12 --config /etc/cordon/cordon.yaml",
    .run = run};

}  // namespace cordon::app
