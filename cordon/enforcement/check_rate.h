// The step after a permit: do the policies that determined it say how often, and is that used up?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cordon/enforcement/case.h"
#include "cordon/enforcement/rate.h"

namespace cordon::enforcement {

// determining: the policies that hold. rates null: rates are not kept here. Notes the obligation in the record.
std::optional<Verdict> check_rate(Case& c, Rates* rates, const std::vector<std::string>& determining);

}  // namespace cordon::enforcement
