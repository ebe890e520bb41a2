// Who may read evidence, for what: policies in Cedar over a declared schema, and the auditors that were enrolled.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/audit/question.h"
#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"

namespace cordon::audit {

struct AccessRules {
  policy::PolicySet policies;
  schema::Schema schema;
  bool declares_purpose(std::string_view purpose) const;
  std::vector<std::string> purposes() const;
};
// Strictly valid for the schema, or an error with the first finding.
Result<AccessRules> read_rules(std::string_view policies, std::string_view policy_file, std::string_view schema,
                               std::string_view schema_file);
std::string_view default_access_policy();  // policies/audit.cedar
std::string_view default_access_schema();  // policies/audit.cedarschema

struct Auditor {
  std::string name;
  std::string key;                    // SHA-256 of the public key, hexadecimal
  std::vector<std::string> purposes;  // that the auditor may state
  bool operator==(const Auditor&) const = default;
};
using Auditors = std::map<std::string, Auditor, std::less<>>;
// {"auditors": [{"name", "key", "purposes": [...]}]}; at most 1,000.
Result<Auditors> parse_auditors(std::string_view text, std::string_view file);
std::string text_of(const Auditors& auditors);
Result<void> check_auditor_name(std::string_view name);  // 1 to 64 of a-z 0-9 . _ -

// What the engine knows of a question beside its words.
struct Facts {
  std::string log;  // origin
  std::string key;  // fingerprint of the key that keys would be wrapped to
  std::uint64_t records = 0;
  std::int64_t oldest_days = 0;
};

struct Ruling {
  bool permit = false;
  std::vector<std::string> policies;  // determining
  std::string reason;                 // a sentence
};
// Every group wanted must be permitted. Fails closed: an auditor not enrolled, another key, an undeclared purpose or
// a policy that errs is a refusal.
Ruling decide(const AccessRules& rules, const Auditors& auditors, const Question& question, const Facts& facts);

}  // namespace cordon::audit
