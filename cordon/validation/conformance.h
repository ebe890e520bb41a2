// Whether a value is of the type that the schema declares. The error says where in the value it is not.
#pragma once

#include "cordon/base/result.h"
#include "cordon/policy/value.h"
#include "cordon/schema/schema.h"

namespace cordon::validation {

Result<void> conforms(const policy::Value& value, const schema::Type& type, const schema::Schema& schema);
Result<void> conforms(const policy::Record& record, const schema::Attributes& attributes,
                      const schema::Schema& schema);

// An entity of an enumerated type is one of those listed, an action one that is declared.
Result<void> check_identity(const policy::EntityUid& uid, const schema::Schema& schema);

}  // namespace cordon::validation
