// The access evaluation of OpenID AuthZEN 1.0 in Cedar's terms, and its answer.
#pragma once

#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/wire/json.h"

namespace cordon::administrator {

struct AccessRequest {
  policy::Request request;
  std::vector<policy::Entity> entities;  // subject and resource, where the request gives properties for them
};

// {"subject": {"type", "id", "properties"?}, "action": {"name"}, "resource": {"type", "id", "properties"?},
// "context"?}. The action is Action::"<name>". Properties are Cedar values in JSON; what they say of an entity that
// is `known` is refused: the inventory's word is the only one.
Result<AccessRequest> read_access_request(std::string_view body, const policy::Entities& known);

// {"decision": true, "context": {...}}: which policies decided, and for a refusal whether a rule forbids it
// ("forbidden") or none permits it ("not-permitted"), with the nearest permits.
wire::Json access_answer(const policy::PolicySet& policies, const AccessRequest& asked,
                         const policy::Entities& entities, const policy::Decision& decision);

}  // namespace cordon::administrator
