#include "cordon/audit/rules.h"

#include <algorithm>
#include <format>

#include "cordon/base/text.h"
#include "cordon/validation/validate.h"
#include "cordon/wire/json.h"

namespace cordon::audit {

namespace {

constexpr char kPolicy[] =
#include "audit/default_policy.inc"
    ;
constexpr char kSchema[] =
#include "audit/default_schema.inc"
    ;

constexpr std::size_t kMostAuditors = 1000;
constexpr std::size_t kMostCase = 200;  // bytes of a case reference
constexpr std::string_view kPurposeType = "Cordon::Purpose";

}  // namespace

std::string_view default_access_policy() { return {kPolicy, sizeof kPolicy - 1}; }
std::string_view default_access_schema() { return {kSchema, sizeof kSchema - 1}; }

Result<AccessRules> read_rules(std::string_view policies, std::string_view policy_file, std::string_view schema,
                               std::string_view schema_file) {
  auto set = policy::PolicySet::parse(policies, policy_file);
  if (!set) return std::unexpected(set.error());
  auto words = schema::Schema::parse(schema, schema_file);
  if (!words) return std::unexpected(words.error());
  const auto* purposes = words->entity_type(kPurposeType);
  if (purposes == nullptr || purposes->enumerated.empty()) {
    return fail(ErrorKind::invalid_input,
                std::format("{}: declares no purposes (entity {} enum [...])", schema_file, kPurposeType));
  }
  const auto findings = validation::validate(*set, *words);
  if (!findings.valid()) return fail(ErrorKind::invalid_input, to_string(findings.errors.front()));
  return AccessRules{std::move(*set), std::move(*words)};
}

std::vector<std::string> AccessRules::purposes() const {
  const auto& names = schema.entity_type(kPurposeType)->enumerated;  // read_rules made sure of it
  return {names.begin(), names.end()};
}

bool AccessRules::declares_purpose(std::string_view purpose) const {
  return std::ranges::contains(purposes(), purpose);
}

// === auditors

Result<void> check_auditor_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (!name.empty() && name.size() <= 64 && name.front() != '.' && std::ranges::all_of(name, good)) return {};
  return fail(ErrorKind::invalid_input,
              std::format("'{}' is no name of an auditor: 1 to 64 of a-z, 0-9, '.', '_', '-'", printable(name)));
}

namespace {

Result<Auditor> read_auditor(const wire::Json& json) {
  const auto text = [&](std::string_view member) {
    const auto* value = json.find(member);
    return value == nullptr ? std::string() : std::string(value->text());
  };
  Auditor auditor{text("name"), text("key"), {}};
  if (auto good = check_auditor_name(auditor.name); !good) return std::unexpected(good.error());
  const auto key = from_hex(auditor.key);
  if (!key || key->size() != 32) {
    return fail(ErrorKind::invalid_input,
                std::format("auditor {}: 'key' is no SHA-256 in hexadecimal", auditor.name));
  }
  if (const auto* purposes = json.find("purposes")) {
    for (const auto& purpose : purposes->array()) auditor.purposes.emplace_back(purpose.text());
  }
  return auditor;
}

}  // namespace

Result<Auditors> parse_auditors(std::string_view text, std::string_view file) {
  const auto json = wire::parse_json(text);
  if (!json) return std::unexpected(within(file, json.error()));
  const auto* list = json->find("auditors");
  if (list == nullptr || !list->is_array() || list->array().size() > kMostAuditors) {
    return fail(ErrorKind::invalid_input,
                std::format("{}: wants a list 'auditors' of at most {}", file, kMostAuditors));
  }
  Auditors auditors;
  for (const auto& each : list->array()) {
    auto auditor = read_auditor(each);
    if (!auditor) return std::unexpected(within(file, auditor.error()));
    const auto name = auditor->name;
    if (!auditors.emplace(name, std::move(*auditor)).second) {
      return fail(ErrorKind::invalid_input, std::format("{}: auditor {} stands twice", file, name));
    }
  }
  return auditors;
}

std::string text_of(const Auditors& auditors) {
  wire::JsonArray list;
  for (const auto& [name, auditor] : auditors) {
    wire::JsonArray purposes(auditor.purposes.begin(), auditor.purposes.end());
    list.push_back(
        wire::Json(wire::JsonObject{}).set("name", name).set("key", auditor.key).set("purposes", purposes));
  }
  return wire::Json(wire::JsonObject{}).set("auditors", std::move(list)).pretty() + "\n";
}

// === deciding

namespace {

policy::Value purpose_value(const std::string& purpose) {
  return policy::EntityUid{std::string(kPurposeType), purpose};
}

policy::Entity entity_of(const AccessRules& rules, const Auditor& auditor) {
  std::vector<policy::Value> purposes;
  for (const auto& purpose : auditor.purposes) {
    if (rules.declares_purpose(purpose)) purposes.push_back(purpose_value(purpose));
  }
  return {.uid = {"Cordon::Auditor", auditor.name},
          .attributes = {{"key", auditor.key}, {"purposes", policy::Value::set(std::move(purposes))}},
          .parents = {}};
}

policy::Request request_of(const Question& question, const Facts& facts, std::string_view group) {
  return {.principal = {"Cordon::Auditor", question.auditor},
          .action = {"Cordon::Action", std::format("read-{}", group)},
          .resource = {"Cordon::Log", facts.log},
          .context = {{"purpose", purpose_value(question.purpose)},
                      {"case", question.case_reference},
                      {"records", static_cast<std::int64_t>(facts.records)},
                      {"oldestDays", facts.oldest_days},
                      {"subjectNamed", !question.filter.subject.empty()},
                      {"recordNamed", question.filter.record.has_value()}}};
}

Ruling refusal(std::string reason) { return {.permit = false, .policies = {}, .reason = std::move(reason)}; }

// What a rule says for itself: its annotation @because.
std::string because(const policy::PolicySet& policies, const std::string& id) {
  const auto* policy = policies.find(id);
  if (policy == nullptr) return {};
  for (const auto& [name, value] : policy->annotations) {
    if (name == "because") return std::format(" ({})", value);
  }
  return {};
}

Ruling decide_group(const AccessRules& rules, const policy::Entities& entities, const Question& question,
                    const Facts& facts, std::string_view group) {
  const auto request = request_of(question, facts, group);
  if (auto valid = validation::validate(request, rules.schema); !valid) return refusal(valid.error().message);
  const auto decision = rules.policies.decide(request, entities);
  Ruling ruling{decision.allow, decision.determining, {}};
  if (decision.allow) return ruling;
  if (!decision.errors.empty()) {
    ruling.reason = std::format("policy {} fails: {}", decision.errors[0].policy, decision.errors[0].message);
  } else if (!decision.determining.empty()) {
    ruling.reason =
        std::format("{} forbids it{}", decision.determining[0], because(rules.policies, decision.determining[0]));
  } else {
    const auto near = rules.policies.near_misses(request, entities, 1);
    ruling.reason = near.empty() ? std::string("no policy permits it")
                                 : std::format("{} does not hold: {}", near[0].policy, near[0].because);
  }
  const auto of = facts.records == 0 ? "" : std::format(" of {} records", facts.records);  // 0: not searched yet
  ruling.reason = std::format("{}{} for {}: {}", group, of, question.purpose, ruling.reason);
  return ruling;
}

// What no policy is asked about.
std::optional<std::string> unfit(const AccessRules& rules, const Auditors& auditors, const Question& question,
                                 const Facts& facts) {
  if (question.purpose.empty()) return "no purpose was stated";
  if (!rules.declares_purpose(question.purpose)) {
    return std::format("'{}' is no declared purpose", printable(question.purpose, 40));
  }
  if (question.case_reference.size() > kMostCase) return "the case reference is too long";
  if (!question.groups.header && !question.groups.analyst && !question.groups.personal) {
    return "no group of fields is asked for";
  }
  const auto known = auditors.find(question.auditor);
  if (known == auditors.end()) return std::format("auditor {} is not enrolled", printable(question.auditor, 64));
  if (known->second.key != facts.key)
    return std::format("auditor {} was enrolled with another key", question.auditor);
  return std::nullopt;
}

}  // namespace

Ruling decide(const AccessRules& rules, const Auditors& auditors, const Question& question, const Facts& facts) {
  if (auto why = unfit(rules, auditors, question, facts)) return refusal(std::move(*why));
  policy::Entities entities;
  if (auto added = entities.add(entity_of(rules, auditors.find(question.auditor)->second)); !added) {
    return refusal(added.error().message);
  }
  const std::pair<bool, std::string_view> groups[] = {{question.groups.header, "header"},
                                                      {question.groups.analyst, "analyst"},
                                                      {question.groups.personal, "personal"}};
  Ruling all{.permit = true, .policies = {}, .reason = {}};
  for (const auto& [wanted, name] : groups) {
    if (!wanted) continue;
    auto one = decide_group(rules, entities, question, facts, name);
    if (!one.permit) return one;
    for (auto& id : one.policies) {
      if (!std::ranges::contains(all.policies, id)) all.policies.push_back(std::move(id));
    }
  }
  all.reason = std::format("{} of {} records for {}, case {}", text_of(question.groups), facts.records,
                           question.purpose, question.case_reference);
  return all;
}

}  // namespace cordon::audit
