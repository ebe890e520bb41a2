// Values where a schema says what stands there, so that it need not be said again.
#include <algorithm>
#include <array>
#include <format>
#include <span>

#include "cordon/base/text.h"
#include "cordon/notation/escape.h"
#include "cordon/notation/limits.h"
#include "cordon/notation/values.h"
#include "cordon/policy/function.h"

namespace cordon::notation {

namespace {

using policy::Function;
using policy::Record;
using policy::Value;
using schema::Type;
using schema::TypeKind;

// The types that take part in extension functions, by the names that Value::kind() gives.
struct Kind {
  std::string_view name;
  TypeKind type;
  Function constructor;  // of extension types
};
constexpr std::array<Kind, 4> kExtensions = {{{"decimal", TypeKind::decimal, Function::decimal},
                                              {"ipaddr", TypeKind::ipaddr, Function::ip},
                                              {"datetime", TypeKind::datetime, Function::datetime},
                                              {"duration", TypeKind::duration, Function::duration}}};

std::string_view kind_name(TypeKind kind) {
  constexpr std::array<std::string_view, 10> kNames = {"Bool",   "Long",    "String", "Entity",   "Set",
                                                       "Record", "decimal", "ipaddr", "datetime", "duration"};
  constexpr std::array<TypeKind, 10> kKinds = {
      TypeKind::boolean, TypeKind::integer, TypeKind::string, TypeKind::entity,   TypeKind::set,
      TypeKind::record,  TypeKind::decimal, TypeKind::ipaddr, TypeKind::datetime, TypeKind::duration};
  return kNames[static_cast<std::size_t>(std::ranges::find(kKinds, kind) - kKinds.begin())];
}

std::unexpected<Error> mismatch(const Spot& spot, std::string_view expected, const Value& found) {
  return spot.wrong(std::format("expected {}, found {}", expected, found.kind()));
}

// {"fn", "arg"} without its escape, or with it.
std::optional<Spot> call_at(const Spot& spot) {
  if (const auto escape = spot.find("__extn"); escape && call_of(escape->json())) return escape;
  if (call_of(spot.json())) return spot;
  return std::nullopt;
}

Result<Value> extension_value(const Spot& spot, const Kind& kind);

// An argument of a call: its own type may be an extension type, again in implicit form.
Result<Value> argument(const Spot& spot, std::string_view kind) {
  if (auto fits = numbers_fit(spot); !fits) return std::unexpected(fits.error());
  const auto extension = std::ranges::find(kExtensions, kind, &Kind::name);
  return extension == kExtensions.end() ? value_from_json(spot) : extension_value(spot, *extension);
}

Result<Value> called(const Spot& spot) {
  const auto call = call_of(spot.json());
  const auto function = function_of(spot, call->name);
  if (!function) return std::unexpected(function.error());
  const auto kinds = policy::parameters(*function);
  const auto places = arguments_of(spot, *call);
  if (places.size() != kinds.size()) {
    return spot.wrong(std::format("\"{}\" takes {} arguments, not {}", call->name, kinds.size(), places.size()));
  }
  std::vector<Value> arguments;
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto read = argument(places[i], kinds[i]);
    if (!read) return read;
    arguments.push_back(std::move(*read));
  }
  return evaluated(spot, *function, arguments);
}

// A call, or the argument of the constructor alone.
Result<Value> extension_value(const Spot& spot, const Kind& kind) {
  if (spot.depth() > kDeepestData) return spot.wrong("nested too deep");
  if (const wire::Json* escape = spot.json().find("__expr"); escape != nullptr && escape->is_string()) {
    return expression_escape(spot);
  }
  const auto call = call_at(spot);
  auto value = call ? called(*call) : value_from_json(spot).and_then([&](Value text) {
    return evaluated(spot, kind.constructor, {std::move(text)});
  });
  if (value && value->kind() != kind.name) return mismatch(spot, kind.name, *value);
  return value;
}

Result<Value> entity(const Spot& spot, const Type& type, const schema::Schema& schema) {
  auto uid = uid_from_json(spot);
  if (!uid) return std::unexpected(uid.error());
  if (uid->type != type.entity)
    return spot.wrong(std::format("expected an entity of type {}, found {}", type.entity, uid->text()));
  if (auto known = declared(spot, *uid, schema); !known) return std::unexpected(known.error());
  return Value(std::move(*uid));
}

Result<Value> set(const Spot& spot, const Type& type, const schema::Schema& schema) {
  if (!spot.json().is_array()) return spot.expected("an array, for " + type.text());
  std::vector<Value> members;
  for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
    auto member = value_from_json(spot.within(i), *type.element, schema);
    if (!member) return member;
    members.push_back(std::move(*member));
  }
  return Value::set(std::move(members));
}

}  // namespace

Result<Value> value_from_json(const Spot& spot, const Type& type, const schema::Schema& schema) {
  if (spot.json().is_null()) return spot.wrong("null is not a Cedar value; leave the member out");
  if (spot.depth() > kDeepestData) return spot.wrong("nested too deep");
  if (type.kind == TypeKind::entity) return entity(spot, type, schema);
  if (type.kind == TypeKind::set) return set(spot, type, schema);
  if (type.kind == TypeKind::record) {
    return record_from_json(spot, *type.attributes, schema).transform([](Record record) {
      return Value(std::move(record));
    });
  }
  const auto extension = std::ranges::find(kExtensions, type.kind, &Kind::type);
  auto value = extension == kExtensions.end() ? value_from_json(spot) : extension_value(spot, *extension);
  if (value && value->kind() != kind_name(type.kind)) return mismatch(spot, kind_name(type.kind), *value);
  return value;
}

Result<Record> record_from_json(const Spot& spot, const schema::Attributes& attributes,
                                const schema::Schema& schema) {
  if (auto object = spot.object(); !object) return std::unexpected(object.error());
  Record made;
  for (const wire::JsonMember& member : spot.json().object()) {
    const Spot place = spot.within(member.name, member.value);
    const auto declared = attributes.find(member.name);
    if (declared == attributes.end()) return place.wrong("the schema declares no such attribute");
    auto value = value_from_json(place, declared->second.type, schema);
    if (!value) return std::unexpected(value.error());
    made.insert_or_assign(member.name, std::move(*value));
  }
  for (const auto& [name, attribute] : attributes) {
    if (!attribute.required || made.contains(name)) continue;
    return spot.wrong(std::format("the attribute \"{}\" is missing; the schema requires it", printable(name)));
  }
  return made;
}

Result<void> declared(const Spot& spot, const policy::EntityUid& uid, const schema::Schema& schema) {
  const schema::EntityType* type = schema.entity_type(uid.type);
  if (type != nullptr && !type->enumerated.empty() && !std::ranges::contains(type->enumerated, uid.id)) {
    return spot.wrong(std::format("{} is none of the entities that the schema enumerates", uid.text()));
  }
  const bool action = uid.type == "Action" || uid.type.ends_with("::Action");
  if (action && schema.action(uid) == nullptr)
    return spot.wrong(std::format("the schema declares no {}", uid.text()));
  return {};
}

}  // namespace cordon::notation
