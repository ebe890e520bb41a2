// The entities a bundle brings along: Cedar's JSON of entities in its explicit forms, as the engine has written it
// after it checked them against the schema. The enforcement point knows no schema, so it reads no other form.
#pragma once

#include <string_view>

#include "cordon/base/result.h"
#include "cordon/policy/entities.h"

namespace cordon::enforcement {

// Adds them to what the inventory gave. An entity that is there already is refused unless it is the same: a bundle
// must not change what the inventory says of an NF. Empty text: nothing to add.
Result<void> add_static_entities(policy::Entities& entities, std::string_view json);

}  // namespace cordon::enforcement
