// The escapes of Cedar's JSON values: objects that stand for something no JSON value is.
#pragma once

#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/notation/spot.h"
#include "cordon/policy/ast.h"
#include "cordon/policy/value.h"

namespace cordon::notation {

enum class EscapeKind : std::uint8_t { none, entity, extension, expression };

// {"fn": name, "arg": value} or {"fn": name, "args": [values]}; nothing else in the object matters.
struct Call {
  std::string_view name;
  const wire::Json* argument = nullptr;        // of "arg"
  const wire::JsonArray* arguments = nullptr;  // of "args"
};

// What an object with one of the reserved members is. An object that merely looks like an escape is a record, as in
// the reference: {"__entity": {"type": "Nf"}} has no id.
EscapeKind escape_of(const wire::Json& json);

// {"fn", "arg"}: nothing when the object is no call.
std::optional<Call> call_of(const wire::Json& json);

Result<policy::Function> function_of(const Spot& spot, std::string_view name);

// Where the arguments of a call stand.
std::vector<Spot> arguments_of(const Spot& call, const Call& parts);

// {"type", "id"}, {"__entity": {"type", "id"}}: where an entity must stand.
Result<policy::EntityUid> uid_from_json(const Spot& spot);

// Numbers are 64-bit integers also in the members of an escape that mean nothing.
Result<void> numbers_fit(const Spot& spot);

// {"__entity": ...} when escape_of says so.
Result<policy::EntityUid> escaped_uid(const Spot& spot);

std::unexpected<Error> expression_escape(const Spot& spot);

}  // namespace cordon::notation
