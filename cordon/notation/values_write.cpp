// Values, entities and requests as JSON, in explicit forms.
#include <format>
#include <ranges>

#include "cordon/notation/escape.h"
#include "cordon/notation/notation.h"

namespace cordon::notation {

namespace {

using policy::Record;
using policy::Value;
using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

Json called(std::string_view function, std::string argument) {
  return Json(JsonObject{{"__extn", Json(JsonObject{{"fn", Json(function)}, {"arg", Json(std::move(argument))}})}});
}

Json set_json(const policy::Set& set) {
  JsonArray members;
  for (const Value& member : set) members.push_back(to_json(member));
  return Json(std::move(members));
}

// A record that would be read back as an escape is written as null, which no reader takes for a value.
Json record_json(const Record& record) {
  JsonObject members;
  for (const auto& [name, value] : record) members.push_back({name, to_json(value)});
  Json made(std::move(members));
  return escape_of(made) == EscapeKind::none ? made : Json();
}

// Attributes and tags are no values: nothing in their names is an escape.
Json members_json(const Record& record) {
  JsonObject members;
  for (const auto& [name, value] : record) members.push_back({name, to_json(value)});
  return Json(std::move(members));
}

}  // namespace

Json to_json(const Value& value) {
  if (const auto* held = value.as_bool()) return Json(*held);
  if (const auto* held = value.as_long()) return Json(*held);
  if (const auto* held = value.as_string()) return Json(*held);
  if (const auto* held = value.as_entity()) return Json(JsonObject{{"__entity", to_json(*held)}});
  if (const auto* held = value.as_set()) return set_json(*held);
  if (const auto* held = value.as_record()) return record_json(*held);
  if (const auto* held = value.as_decimal()) return called("decimal", text_of(*held));
  if (const auto* held = value.as_ip()) return called("ip", text_of(*held));
  if (const auto* held = value.as_datetime()) return called("datetime", text_of(*held));
  return called("duration", text_of(*value.as_duration()));
}

Json to_json(const policy::EntityUid& uid) {
  return Json(JsonObject{{"type", Json(uid.type)}, {"id", Json(uid.id)}});
}

Json to_json(const policy::Entity& entity) {
  JsonArray parents;
  for (const policy::EntityUid& parent : entity.parents) parents.push_back(to_json(parent));
  JsonObject made{{"uid", to_json(entity.uid)},
                  {"attrs", members_json(entity.attributes)},
                  {"parents", Json(std::move(parents))}};
  if (!entity.tags.empty()) made.push_back({"tags", members_json(entity.tags)});
  return Json(std::move(made));
}

Json to_json(const policy::Request& request) {
  return Json(JsonObject{{"principal", to_json(request.principal)},
                         {"action", to_json(request.action)},
                         {"resource", to_json(request.resource)},
                         {"context", record_json(request.context)}});
}

}  // namespace cordon::notation
