// Whether the schema knows the entity types, actions and enumerated entities that a policy names.
#pragma once

#include <string_view>

#include "cordon/policy/ast.h"
#include "cordon/schema/schema.h"
#include "cordon/validation/report.h"

namespace cordon::validation {

enum class Suggestions : bool { none, wanted };

// `text` is what the places of the policy point into.
void check_names(const policy::Policy& policy, std::string_view text, const schema::Schema& schema,
                 Suggestions suggestions, Report& report);

// The types of the entities that a link binds. `begin` is where its template is.
void check_link(const policy::Link& link, std::uint32_t begin, const schema::Schema& schema, Report& report);

}  // namespace cordon::validation
