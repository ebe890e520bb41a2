// Sets of policies as the oracle takes them when policies are text.
#pragma once

#include <string_view>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"

namespace cordon::conformance {

// {"staticPolicies": "text of all", "templates": {id: text}, "templateLinks": [{templateId, newId, values}]}
Result<policy::PolicySet> read_set(std::string_view json);

}  // namespace cordon::conformance
