// Text that shows one thing and says another: control characters that turn the direction of writing, and names that
// mix alphabets whose letters look alike. Warnings only.
#pragma once

#include "cordon/policy/ast.h"
#include "cordon/validation/report.h"

namespace cordon::validation {

void warn_of_text(const policy::Policy& policy, Report& report);

}  // namespace cordon::validation
