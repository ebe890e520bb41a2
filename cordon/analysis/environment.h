// Request environments: which type of principal may ask which action of which type of resource (Cedar's own word).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"

namespace cordon::analysis {

struct Environment {
  std::string principal;  // entity type
  policy::EntityUid action;
  std::string resource;  // entity type
  auto operator<=>(const Environment&) const = default;
  std::string text() const;  // "SBI::Nf asks nudm-sdm:GetAmData of SBI::Service"
};

std::vector<Environment> environments(const schema::Schema& schema);

// Whether an entity of `type` can be, or can be in, an entity of type `ancestor` other than itself.
bool may_be_beneath(const schema::Schema& schema, std::string_view type, std::string_view ancestor);

// Whether the policy's scope can hold in the environment for some entities.
bool may_apply(const policy::Policy& policy, const Environment& environment, const schema::Schema& schema);

// Whether a clause looks at the action, so that environments that differ in it only are not alike.
bool mentions_action(const policy::Policy& policy);

}  // namespace cordon::analysis
