// Entities from JSON, one by one. What concerns several of them at once: hierarchy.cpp.
#include <algorithm>
#include <format>
#include <map>
#include <set>

#include "cordon/base/text.h"
#include "cordon/notation/escape.h"
#include "cordon/notation/hierarchy.h"
#include "cordon/notation/limits.h"
#include "cordon/notation/notation.h"
#include "cordon/notation/values.h"

namespace cordon::notation {

namespace {

using policy::Entity;
using policy::EntityUid;
using policy::Record;

bool is_action(const EntityUid& uid) { return uid.type == "Action" || uid.type.ends_with("::Action"); }

Result<Record> plain_record(const Spot& spot) {
  if (auto object = spot.object(); !object) return std::unexpected(object.error());
  Record made;
  for (const wire::JsonMember& member : spot.json().object()) {
    auto value = value_from_json(spot.within(member.name, member.value));
    if (!value) return std::unexpected(value.error());
    made.insert_or_assign(member.name, std::move(*value));
  }
  return made;
}

// Tags share one type.
Result<Record> typed_tags(const Spot& spot, const schema::EntityType& type, const schema::Schema& schema) {
  if (auto object = spot.object(); !object) return std::unexpected(object.error());
  Record made;
  for (const wire::JsonMember& member : spot.json().object()) {
    const Spot place = spot.within(member.name, member.value);
    if (!type.tags) return place.wrong(std::format("the schema allows {} no tags", type.name));
    auto value = value_from_json(place, *type.tags, schema);
    if (!value) return std::unexpected(value.error());
    made.insert_or_assign(member.name, std::move(*value));
  }
  return made;
}

class Reader {
 public:
  explicit Reader(const schema::Schema* schema) : schema_(schema) {}

  Result<Entity> read(const Spot& spot) {
    if (auto object = spot.object(); !object) return std::unexpected(object.error());
    Entity made;
    Result<void> done = assign(made.uid, spot.required("uid").and_then([this](const Spot& s) { return uid(s); }));
    if (done)
      done = assign(made.attributes,
                    spot.required("attrs").and_then([&](const Spot& s) { return attributes(s, made.uid); }));
    if (done)
      done = assign(made.parents,
                    spot.required("parents").and_then([&](const Spot& s) { return parents(s, made.uid); }));
    const auto given_tags = spot.find("tags");
    if (done && given_tags) done = assign(made.tags, tags(*given_tags, made.uid));
    if (!done) return std::unexpected(done.error());
    return made;
  }

 private:
  template <class T>
  static Result<void> assign(T& place, Result<T> read) {
    if (!read) return std::unexpected(read.error());
    place = std::move(*read);
    return {};
  }

  // The schema's declaration of the type; none for actions, and without a schema.
  const schema::EntityType* type_of(const EntityUid& uid) const {
    return schema_ == nullptr || is_action(uid) ? nullptr : schema_->entity_type(uid.type);
  }

  Result<EntityUid> uid(const Spot& spot) const {
    auto uid = uid_from_json(spot);
    if (!uid || schema_ == nullptr) return uid;
    if (!is_action(*uid) && type_of(*uid) == nullptr) {
      return spot.wrong(std::format("the schema declares no entity type {}", uid->type));
    }
    if (auto known = declared(spot, *uid, *schema_); !known) return std::unexpected(known.error());
    return uid;
  }

  Result<Record> attributes(const Spot& spot, const EntityUid& uid) const {
    const schema::EntityType* type = type_of(uid);
    return type == nullptr ? plain_record(spot) : record_from_json(spot, type->attributes, *schema_);
  }

  Result<Record> tags(const Spot& spot, const EntityUid& uid) const {
    const schema::EntityType* type = type_of(uid);
    return type == nullptr ? plain_record(spot) : typed_tags(spot, *type, *schema_);
  }

  Result<std::vector<EntityUid>> parents(const Spot& spot, const EntityUid& uid) const {
    if (auto array = spot.array(); !array) return std::unexpected(array.error());
    std::vector<EntityUid> read;
    for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
      auto one = parent(spot.within(i), uid);
      if (!one) return std::unexpected(one.error());
      read.push_back(std::move(*one));
    }
    std::ranges::sort(read);
    const auto doubles = std::ranges::unique(read);
    read.erase(doubles.begin(), doubles.end());
    return read;
  }

  Result<EntityUid> parent(const Spot& spot, const EntityUid& child) const {
    auto uid = uid_from_json(spot);
    if (!uid) return uid;
    if (is_action(child)) {
      if (is_action(*uid)) return uid;
      return spot.wrong(std::format("the parent of an action is an action, not {}", uid->text()));
    }
    if (schema_ == nullptr) return uid;
    if (auto known = declared(spot, *uid, *schema_); !known) return std::unexpected(known.error());
    if (child.type == uid->type ? may_nest(child.type) : schema_->may_be_in(child.type, uid->type)) return uid;
    return spot.wrong(std::format("the schema allows {} no ancestor of type {}", child.type, uid->type));
  }

  // may_be_in is reflexive; whether a type may be in itself is another question.
  bool may_nest(std::string_view type) const {
    const schema::EntityType* declared = schema_->entity_type(type);
    return declared != nullptr && std::ranges::any_of(declared->parents, [&](const std::string& above) {
             return schema_->may_be_in(above, type);
           });
  }

  const schema::Schema* schema_;
};

using Actions = std::map<EntityUid, const Entity*>;

std::set<EntityUid> given_ancestors(const EntityUid& uid, const Actions& actions) {
  std::set<EntityUid> found;
  std::vector<EntityUid> open = {uid};
  while (!open.empty()) {
    const auto entity = actions.find(open.back());
    open.pop_back();
    if (entity == actions.end()) continue;
    for (const EntityUid& parent : entity->second->parents) {
      if (found.insert(parent).second) open.push_back(parent);
    }
  }
  return found;
}

std::set<EntityUid> declared_ancestors(const EntityUid& uid, const schema::Schema& schema) {
  std::set<EntityUid> found;
  for (const auto& [group, action] : schema.actions()) {
    if (group != uid && schema.action_in(uid, group)) found.insert(group);
  }
  return found;
}

// Actions may be repeated among the entities, but only as the schema declares them: with all their groups, and
// without attributes and tags.
Result<void> actions_as_declared(const Spot& document, const std::vector<Entity>& entities,
                                 const schema::Schema& schema) {
  Actions actions;
  for (const Entity& entity : entities) {
    if (is_action(entity.uid)) actions.emplace(entity.uid, &entity);
  }
  for (const auto& [uid, entity] : actions) {
    const bool plain = entity->attributes.empty() && entity->tags.empty();
    if (plain && given_ancestors(uid, actions) == declared_ancestors(uid, schema)) continue;
    return document.wrong(std::format("{} is not as the schema declares it; leave it out", uid.text()));
  }
  return {};
}

}  // namespace

Result<std::vector<Entity>> entities_from_json(std::string_view text, std::string_view file,
                                               const schema::Schema* schema) {
  const auto json = wire::parse_json(text, kDataLimits);
  if (!json) return std::unexpected(within(file, json.error()));
  const std::string name = std::format("{}: ", file);
  const Spot document(*json, name);
  if (auto array = document.array(); !array) return std::unexpected(array.error());
  Reader reader(schema);
  std::vector<Entity> entities;
  entities.reserve(json->array().size());
  for (std::size_t i = 0; i < json->array().size(); ++i) {
    auto entity = reader.read(document.within(i));
    if (!entity) return std::unexpected(entity.error());
    entities.push_back(std::move(*entity));
  }
  auto whole = joined(document, std::move(entities));
  if (!whole || schema == nullptr) return whole;
  if (auto same = actions_as_declared(document, *whole, *schema); !same) return std::unexpected(same.error());
  return whole;
}

}  // namespace cordon::notation
