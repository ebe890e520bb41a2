#include "cordon/enforcement/static_entities.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/wire/json.h"

namespace cordon::enforcement {

namespace {

using policy::Value;
using wire::Json;

// Of a text the engine signed: bounded only by what a snapshot may be.
constexpr wire::JsonLimits kLimits{.bytes = kLongestSnapshot, .depth = 64, .leaves = 8'000'000};

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorKind::invalid_input, "static entities: " + std::move(message));
}

std::string text_of(const Json& json, std::string_view member) {
  const auto* found = json.find(member);
  return found ? std::string(found->text()) : std::string();
}

Result<policy::EntityUid> read_uid(const Json& json) {
  const auto* within = json.find("__entity");
  const auto& uid = within ? *within : json;
  policy::EntityUid out{text_of(uid, "type"), text_of(uid, "id")};
  const auto* id = uid.find("id");
  if (out.type.empty() || id == nullptr || !id->is_string()) return wrong("an entity without type or id");
  return out;
}

template <class T>
Result<Value> extension(const std::optional<T>& value, std::string_view text) {
  if (value) return Value(*value);
  return wrong(std::format("'{}' is no value of its type", printable(text)));
}

Result<Value> read_extension(const Json& json) {
  const auto fn = text_of(json, "fn");
  const auto arg = text_of(json, "arg");
  if (fn == "decimal") return extension(policy::decimal_of(arg), arg);
  if (fn == "ip") return extension(policy::ip_of(arg), arg);
  if (fn == "datetime") return extension(policy::datetime_of(arg), arg);
  if (fn == "duration") return extension(policy::duration_of(arg), arg);
  return wrong(std::format("unknown constructor '{}'", printable(fn)));
}

Result<Value> read_value(const Json& json);

Result<policy::Record> read_record(const Json& json) {
  policy::Record record;
  for (const auto& [name, member] : json.object()) {
    auto value = read_value(member);
    if (!value) return std::unexpected(value.error());
    record.emplace(name, std::move(*value));
  }
  return record;
}

Result<Value> read_set(const Json& json) {
  std::vector<Value> members;
  for (const auto& each : json.array()) {
    auto value = read_value(each);
    if (!value) return value;
    members.push_back(std::move(*value));
  }
  return Value::set(std::move(members));
}

Result<Value> read_value(const Json& json) {  // as deep as kLimits lets a text be
  if (json.is_bool()) return Value(json.boolean());
  if (json.is_string()) return Value(json.text());
  if (json.is_array()) return read_set(json);
  if (json.is_number()) {
    const auto number = json.integer();
    if (!number) return wrong(number.error().message);
    return Value(*number);
  }
  if (!json.is_object()) return wrong("null is no value of Cedar");
  if (json.find("__entity") != nullptr) {
    auto uid = read_uid(json);
    if (!uid) return std::unexpected(uid.error());
    return Value(std::move(*uid));
  }
  if (const auto* call = json.find("__extn")) return read_extension(*call);
  auto record = read_record(json);
  if (!record) return std::unexpected(record.error());
  return Value(std::move(*record));
}

Result<policy::Record> read_member(const Json& json, std::string_view name) {
  const auto* found = json.find(name);
  if (found == nullptr) return policy::Record{};
  if (!found->is_object()) return wrong(std::format("'{}' is no object", name));
  return read_record(*found);
}

Result<policy::Entity> read_entity(const Json& json) {
  const auto* named = json.find("uid");
  auto uid = named ? read_uid(*named) : wrong("an entity without uid");
  if (!uid) return std::unexpected(uid.error());
  auto attributes = read_member(json, "attrs");
  if (!attributes) return std::unexpected(attributes.error());
  auto tags = read_member(json, "tags");
  if (!tags) return std::unexpected(tags.error());
  policy::Entity entity{std::move(*uid), std::move(*attributes), {}, std::move(*tags)};
  const auto* parents = json.find("parents");
  for (const auto& each : parents ? parents->array() : wire::JsonArray{}) {
    auto parent = read_uid(each);
    if (!parent) return std::unexpected(parent.error());
    entity.parents.push_back(std::move(*parent));
  }
  return entity;
}

bool same(const policy::Entity& one, const policy::Entity& other) {
  return one.attributes == other.attributes && one.tags == other.tags &&
         std::ranges::is_permutation(one.parents, other.parents);
}

Result<void> add(policy::Entities& entities, policy::Entity entity) {
  const auto* there = entities.find(entity.uid);
  if (there == nullptr) return entities.add(std::move(entity));
  if (same(*there, entity)) return {};
  return wrong(
      std::format("{} is one of the inventory's or the catalogue's, or there twice, and says something else: "
                  "remove it from the bundle's entities.json",
                  entity.uid.text()));
}

}  // namespace

Result<void> add_static_entities(policy::Entities& entities, std::string_view json) {
  if (json.empty()) return {};
  const auto parsed = wire::parse_json(json, kLimits);
  if (!parsed) return wrong(parsed.error().message);
  if (!parsed->is_array()) return wrong("expected a list of entities");
  for (const auto& each : parsed->array()) {
    auto entity = read_entity(each);
    if (!entity) return std::unexpected(entity.error());
    if (auto added = add(entities, std::move(*entity)); !added) return added;
  }
  return {};
}

}  // namespace cordon::enforcement
