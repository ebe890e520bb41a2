#include "cordon/administrator/check_policy.h"

#include "cordon/administrator/default_schema.h"
#include "cordon/enforcement/rate.h"
#include "cordon/notation/notation.h"
#include "cordon/validation/validate.h"

namespace cordon::administrator {

namespace {

Result<schema::Schema> read_schema(const std::optional<NamedText>& given) {
  if (!given) return schema::Schema::parse(default_schema(), "the built-in schema");
  if (given->name.ends_with(".json")) return schema::Schema::parse_json(given->text, given->name);
  return schema::Schema::parse(given->text, given->name);
}

std::string words(const validation::Finding& finding) {
  auto out = std::format("{}:{}:{}: policy {}: {}", finding.place.file, finding.place.line, finding.place.column,
                         finding.policy, finding.message);
  if (!finding.hint.empty()) out += "; " + finding.hint;
  return out;
}

// Each file by itself, so that places are those of the file.
Result<void> validate_each(const std::vector<NamedText>& policies, CheckedPolicy& checked) {
  for (const auto& [name, text] : policies) {
    const auto set = policy::PolicySet::parse(text, name);
    if (!set) return std::unexpected(set.error());
    if (auto readable = enforcement::check_rates(*set); !readable) return readable;
    const auto findings = validation::validate(*set, checked.schema);
    for (const auto& warning : findings.warnings) checked.warnings.push_back(words(warning));
    if (findings.valid()) continue;
    const auto more = findings.errors.size() - 1;
    return fail(
        ErrorKind::invalid_input,
        words(findings.errors.front()) + (more > 0 ? std::format(" (and {} more errors)", more) : std::string()));
  }
  return {};
}

Result<std::string> explicit_entities(const NamedText& given, const schema::Schema& schema) {
  const auto entities = notation::entities_from_json(given.text, given.name, &schema);
  if (!entities) return std::unexpected(entities.error());
  wire::JsonArray out;
  for (const auto& entity : *entities) {
    if (auto fits = validation::validate(entity, schema); !fits)
      return std::unexpected(within(given.name, fits.error()));
    out.push_back(notation::to_json(entity));
  }
  return wire::Json(std::move(out)).dump();
}

}  // namespace

std::string joined(const std::vector<NamedText>& policies) {
  std::string out;
  for (const auto& [name, text] : policies) {
    if (!out.empty() && !out.ends_with('\n')) out += '\n';
    out += text;
  }
  return out;
}

Result<CheckedPolicy> check_policy(const PolicyTexts& texts) {
  auto schema = read_schema(texts.schema);
  if (!schema) return std::unexpected(schema.error());
  CheckedPolicy checked{.text = joined(texts.policies),
                        .policy_set_hash = {},
                        .entities = {},
                        .schema = std::move(*schema),
                        .warnings = {}};
  if (auto valid = validate_each(texts.policies, checked); !valid) return std::unexpected(valid.error());
  // Together they are one set: an @id may not be there twice.
  const auto set =
      policy::PolicySet::parse(checked.text, texts.policies.size() == 1 ? texts.policies[0].name : "policies");
  if (!set) return std::unexpected(set.error());
  checked.policy_set_hash = set->digest();
  if (texts.entities) {
    auto entities = explicit_entities(*texts.entities, checked.schema);
    if (!entities) return std::unexpected(entities.error());
    checked.entities = std::move(*entities);
  }
  return checked;
}

Result<void> check_fit(const enforcement::Protection& protection, const schema::Schema& schema) {
  for (const auto& nf : protection.inventory.nfs()) {
    const auto* entity = protection.entities.find({"Nf", nf.instance.text()});
    if (entity == nullptr) continue;
    if (auto fits = validation::validate(*entity, schema); !fits) {
      return fail(ErrorKind::invalid_input,
                  std::format("the inventory's {} ({}) is not what the schema says of it: {}", nf.name, nf.type,
                              fits.error().message));
    }
  }
  for (const auto& [uid, action] : schema.actions()) {
    for (const auto& group : action.parents) {
      if (protection.entities.in(uid, group)) continue;
      return fail(ErrorKind::invalid_input,
                  std::format("the schema puts {} into {}, and the enforcement point does not: a rule for that group "
                              "would never hold; use the groups of the built-in schema",
                              uid.text(), group.text()));
    }
  }
  return {};
}

}  // namespace cordon::administrator
