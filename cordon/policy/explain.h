// A decision in sentences, for people.
#pragma once

#include <string>

#include "cordon/policy/policy.h"

namespace cordon::policy {

// Several lines: the request, the answer and the rules behind it, or what came nearest to permitting it.
std::string describe(const PolicySet& policies, const Request& request, const Entities& entities,
                     const Decision& decision);

}  // namespace cordon::policy
