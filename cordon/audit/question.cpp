#include "cordon/audit/question.h"

#include <algorithm>
#include <format>

namespace cordon::audit {

namespace {

constexpr std::size_t kMostText = 256;  // bytes of one condition

struct Condition {
  std::string_view name;  // as a person writes it
  std::string Filter::* value;
  std::string_view term;  // as records are indexed; empty: they are not
  const std::string& (*field)(const evidence::Record& record);
};

template <std::string evidence::Record::* Member>
const std::string& member(const evidence::Record& record) {
  return record.*Member;
}

// As records are indexed: the best name there is.
const std::string& caller_of(const evidence::Record& record) {
  if (!record.caller_name.empty()) return record.caller_name;
  return record.caller.empty() ? record.peer : record.caller;
}

using evidence::Record;
constexpr Condition kConditions[] = {
    {"caller", &Filter::caller, "caller", caller_of},
    {"producer", &Filter::producer, "producer", member<&Record::producer_type>},
    {"rule", &Filter::rule, "rule", member<&Record::rule>},
    {"action", &Filter::action, "action", member<&Record::action>},
    {"decision", &Filter::decision, "decision", member<&Record::decision>},
    {"kind", &Filter::kind, "kind", member<&Record::kind>},
    {"trace", &Filter::trace, "", member<&Record::trace>},
};

// Only refusals and what is no decision carry a term: nearly everything is a permitted decision.
bool indexed(const Condition& condition, const std::string& value) {
  if (value.empty() || condition.term.empty()) return false;
  if (condition.term == "decision") return value == "refuse";
  return condition.term != "kind" || value != "decision";
}

std::unexpected<Error> refuse(std::string what) { return fail(ErrorKind::invalid_input, std::move(what)); }

}  // namespace

Result<void> check_form(const Filter& filter) {
  bool asked = filter.record || filter.since || filter.until || !filter.subject.empty();
  for (const auto& condition : kConditions) {
    const auto& value = filter.*condition.value;
    if (value.size() > kMostText)
      return refuse(std::format("--{} is longer than {} bytes", condition.name, kMostText));
    asked = asked || !value.empty();
  }
  if (filter.subject.size() > kMostText) return refuse("--subject is no subscriber identifier: it is too long");
  if (!asked) return refuse("say what you ask for: --record, --subject, --caller, --rule, --since...");
  if (filter.since && filter.until && *filter.since >= *filter.until) return refuse("--since must be before --until");
  if (!filter.decision.empty() && filter.decision != "permit" && filter.decision != "refuse") {
    return refuse(std::format("--decision is permit or refuse, not '{}'", filter.decision.substr(0, 40)));
  }
  return {};
}

std::string text_of(const Filter& filter, std::string_view subject_pseudonym) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    text += std::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  };
  if (filter.record) add("record", std::to_string(*filter.record));
  if (!filter.subject.empty()) add("subject", subject_pseudonym);
  for (const auto& condition : kConditions) {
    if (!(filter.*condition.value).empty()) add(condition.name, filter.*condition.value);
  }
  if (filter.since) add("since", format_time(*filter.since));
  if (filter.until) add("until", format_time(*filter.until));
  return text;
}

std::string text_of(const vault::Groups& groups) {
  std::string text;
  const std::pair<bool, std::string_view> names[] = {
      {groups.header, "header"}, {groups.analyst, "analyst"}, {groups.personal, "personal"}};
  for (const auto& [wanted, name] : names) {
    if (wanted) text += std::format("{}{}", text.empty() ? "" : ", ", name);
  }
  return text;
}

bool matches(const Filter& filter, const evidence::Record& record) {
  const auto holds = [&](const Condition& condition) {
    const auto& value = filter.*condition.value;
    return value.empty() || value == condition.field(record);
  };
  return std::ranges::all_of(kConditions, holds) && (!filter.record || record.sequence == *filter.record) &&
         (!filter.since || record.time >= *filter.since) && (!filter.until || record.time < *filter.until);
}

bool carries(BytesView entry, const std::vector<vault::Pseudonym>& pseudonyms) {
  const auto sealed = vault::parse_entry(entry);
  return sealed && std::ranges::any_of(sealed->personal, [&](const auto& personal) {
           return std::ranges::contains(pseudonyms, personal.pseudonym);
         });
}

std::vector<Clause> clauses_of(const Filter& filter, const vault::Vault& vault,
                               const std::vector<vault::Pseudonym>& pseudonyms) {
  std::vector<Clause> clauses;
  if (!filter.subject.empty()) {
    Clause clause{pseudonyms.empty() ? std::string("subject") : text_of(pseudonyms.front()), {}};
    for (const auto& pseudonym : pseudonyms) clause.any.push_back(key_of(pseudonym));
    clauses.push_back(std::move(clause));
  }
  for (const auto& condition : kConditions) {
    const auto& value = filter.*condition.value;
    if (!indexed(condition, value)) continue;
    Clause clause{std::format("{}:{}", condition.term, value), {}};
    for (std::uint32_t epoch = 1; epoch <= vault.epoch(); ++epoch) {
      clause.any.push_back(key_of(vault.term(epoch, clause.what)));
    }
    clauses.push_back(std::move(clause));
  }
  return clauses;
}

std::string text_of(const vault::Pseudonym& pseudonym) { return "p:" + to_hex(pseudonym); }

}  // namespace cordon::audit
