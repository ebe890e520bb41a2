// Cedar values read from JSON.
#pragma once

#include <vector>

#include "cordon/base/result.h"
#include "cordon/notation/spot.h"
#include "cordon/policy/ast.h"
#include "cordon/policy/value.h"
#include "cordon/schema/schema.h"

namespace cordon::notation {

// Explicit forms only.
Result<policy::Value> value_from_json(const Spot& spot);

// What the schema declares for this place: implicit forms are understood, and another type is refused. Entities of
// enumerated types and actions must be among those that the schema names.
Result<policy::Value> value_from_json(const Spot& spot, const schema::Type& type, const schema::Schema& schema);
Result<policy::Record> record_from_json(const Spot& spot, const schema::Attributes& attributes,
                                        const schema::Schema& schema);

// Whether the schema knows this entity: members of enumerated types and actions are all declared.
Result<void> declared(const Spot& spot, const policy::EntityUid& uid, const schema::Schema& schema);

// What the function computes.
Result<policy::Value> evaluated(const Spot& spot, policy::Function function,
                                const std::vector<policy::Value>& arguments);

}  // namespace cordon::notation
