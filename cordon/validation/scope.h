// What a policy's scope says of a request environment.
#pragma once

#include <optional>
#include <span>

#include "cordon/validation/environment.h"
#include "cordon/validation/report.h"
#include "cordon/validation/type.h"

namespace cordon::validation {

// How a scope's condition is typed. A condition that names what the schema does not know fails, but the rest of the
// policy is checked all the same.
struct Fit {
  Kind kind = Kind::yes;  // yes, no or boolean
  bool sound = true;
};

Fit fits(const policy::Scope& scope, const Type& variable, Types& types);

// The environments in which the condition on the action is not False.
struct Selection {
  std::span<const Environment> environments;
  bool sound = true;
  std::optional<Problem> problem = {};  // arises in every environment whose principal fits
};

Selection select(const policy::Policy& policy, Types& types, Environments& environments);

// Whether the schema has an action that the scope allows to be asked about; if not, that is reported.
void check_application(const policy::Policy& policy, Types& types, Environments& environments, Report& report);

}  // namespace cordon::validation
