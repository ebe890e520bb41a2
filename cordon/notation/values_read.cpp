// Explicit forms: every value says itself what it is.
#include <format>
#include <string>
#include <vector>

#include "cordon/base/text.h"
#include "cordon/notation/escape.h"
#include "cordon/notation/limits.h"
#include "cordon/notation/values.h"
#include "cordon/policy/function.h"

namespace cordon::notation {

namespace {

using policy::Record;
using policy::Value;

Result<Value> set(const Spot& spot) {
  std::vector<Value> members;
  members.reserve(spot.json().array().size());
  for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
    auto member = value_from_json(spot.within(i));
    if (!member) return member;
    members.push_back(std::move(*member));
  }
  return Value::set(std::move(members));
}

Result<Value> record(const Spot& spot) {
  Record made;
  for (const wire::JsonMember& member : spot.json().object()) {
    auto value = value_from_json(spot.within(member.name, member.value));
    if (!value) return value;
    made.insert_or_assign(member.name, std::move(*value));
  }
  return Value(std::move(made));
}

Result<Value> extension(const Spot& spot) {
  if (auto fits = numbers_fit(spot); !fits) return std::unexpected(fits.error());
  const Spot inner = spot.within("__extn", *spot.json().find("__extn"));
  const auto call = call_of(inner.json());
  const auto function = function_of(inner, call->name);
  if (!function) return std::unexpected(function.error());
  std::vector<Value> arguments;
  for (const Spot& place : arguments_of(inner, *call)) {
    auto argument = value_from_json(place);
    if (!argument) return argument;
    arguments.push_back(std::move(*argument));
  }
  return evaluated(inner, *function, arguments);
}

Result<Value> object(const Spot& spot) {
  switch (escape_of(spot.json())) {
    case EscapeKind::entity:
      return escaped_uid(spot).transform([](policy::EntityUid uid) { return Value(std::move(uid)); });
    case EscapeKind::extension:
      return extension(spot);
    case EscapeKind::expression:
      return expression_escape(spot);
    case EscapeKind::none:
      break;
  }
  return record(spot);
}

}  // namespace

Result<Value> value_from_json(const Spot& spot) {
  const wire::Json& json = spot.json();
  if (json.is_bool()) return Value(json.boolean());
  if (json.is_string()) return Value(json.text());
  if (json.is_number()) return spot.integer().transform([](std::int64_t number) { return Value(number); });
  if (json.is_null()) return spot.wrong("null is not a Cedar value; leave the member out");
  if (spot.depth() > kDeepestData) return spot.wrong(std::format("nested deeper than {} levels", kDeepestData));
  return json.is_array() ? set(spot) : object(spot);
}

Result<Value> evaluated(const Spot& spot, policy::Function function, const std::vector<Value>& arguments) {
  std::vector<const Value*> borrowed;
  for (const Value& argument : arguments) borrowed.push_back(&argument);
  auto value = policy::call(function, borrowed);
  if (value) return std::move(*value);
  return spot.wrong(policy::message(value.error(), function, borrowed));
}

}  // namespace cordon::notation
