// Cedar's written forms beside policy text: the JSON of policies, policy sets, entities and contexts, and formatted
// text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"
#include "cordon/wire/json.h"

namespace cordon::notation {

// === policies ===

std::string to_text(const policy::Policy& policy);          // canonical Cedar text, ends with `;`
std::string to_text(const policy::Expression& expression);  // with the brackets it needs and no others

// EST; a template keeps its slots. Null, which no reader takes for a policy, when no reader would follow it: nested
// deeper than 480 levels, or of millions of nodes.
wire::Json to_json(const policy::Policy& policy);
// With the text that the policy was parsed from, @name is told from @name("").
wire::Json to_json(const policy::Policy& policy, std::string_view text);
wire::Json to_json(const policy::PolicySet& policies);  // {staticPolicies, templates, templateLinks}; null as above

// EST to a tree; places are all zero. Errors name the member: "conditions[0].body.==.left: ...".
Result<policy::Policy> policy_from_json(const wire::Json& json);
// {staticPolicies, templates, templateLinks}; policies stand as EST or as text. They become one text with ids and
// links, which is what PolicySet::parse reads: its errors name lines of that text.
Result<policy::PolicySet> policy_set_from_json(std::string_view text, std::string_view file);

// Keeps comments and meaning. Errors name file:line:column.
struct Style {
  std::size_t width = 80;  // columns a line should not pass
  std::size_t indent = 2;  // columns a level
};
Result<std::string> format(std::string_view text, std::string_view file, const Style& style = {});

// === data ===
// With a schema, values may be written in implicit form ("1.2.3.4" where an ipaddr is declared) and everything is
// checked against it; without one, only explicit forms (__entity, __extn). Integers are exact 64-bit ones.

Result<std::vector<policy::Entity>> entities_from_json(std::string_view text, std::string_view file,
                                                       const schema::Schema* schema = nullptr);
// A context, and the context of a request, are read in explicit forms alone when no action says what is declared.
Result<policy::Record> context_from_json(const wire::Json& json, const schema::Schema* schema = nullptr,
                                         const policy::EntityUid* action = nullptr);
Result<policy::EntityUid> uid_from_json(const wire::Json& json);  // {"type","id"}, also within {"__entity": ...}
Result<policy::Request> request_from_json(const wire::Json& json, const schema::Schema* schema = nullptr);

// Explicit forms. A record that would be read back as an escape becomes null, which no reader takes for a value.
wire::Json to_json(const policy::Value& value);
wire::Json to_json(const policy::EntityUid& uid);
wire::Json to_json(const policy::Entity& entity);
wire::Json to_json(const policy::Request& request);  // {principal, action, resource, context}

}  // namespace cordon::notation
