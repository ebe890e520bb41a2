#include <algorithm>
#include <format>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cordon/validation/conformance.h"
#include "cordon/validation/report.h"
#include "cordon/validation/type.h"
#include "cordon/validation/validate.h"

namespace cordon::validation {

using policy::Entity;
using policy::EntityUid;
using schema::Schema;

namespace {

std::unexpected<Error> refuse(const EntityUid& uid, std::string_view message) {
  return fail(ErrorKind::invalid_input, std::format("entity `{}`: {}", uid.text(), message));
}

// The parents of an entity, as `of` gives them.
using ParentsOf = std::function<std::vector<EntityUid>(const EntityUid&)>;

std::vector<EntityUid> declared_parents(const EntityUid& uid, const Schema& schema) {
  const schema::Action* action = schema.action(uid);
  if (action == nullptr) return {};
  return {action->parents.begin(), action->parents.end()};
}

// The parents and all they are in.
std::set<EntityUid> ancestors(std::vector<EntityUid> pending, const ParentsOf& parents_of) {
  std::set<EntityUid> all;
  while (!pending.empty()) {
    const auto [found, fresh] = all.insert(std::move(pending.back()));
    pending.pop_back();
    if (fresh) std::ranges::move(parents_of(*found), std::back_inserter(pending));
  }
  return all;
}

// Actions are what the schema says they are, and nothing else.
Result<void> check_action(const Entity& entity, const Schema& schema, const ParentsOf& parents_of) {
  if (schema.action(entity.uid) == nullptr) return refuse(entity.uid, "the schema has no such action");
  const ParentsOf declared = [&](const EntityUid& uid) { return declared_parents(uid, schema); };
  const bool same = entity.attributes.empty() && entity.tags.empty() &&
                    ancestors(entity.parents, parents_of) == ancestors(declared(entity.uid), declared);
  if (same) return {};
  return refuse(entity.uid, "it is not what the schema declares; leave it out, the schema's own is used");
}

// Parents may skip a level: what counts is whether the type may be within the other at all.
bool may_be_within(const schema::EntityType& type, const std::string& group, const Schema& schema) {
  return std::ranges::any_of(type.parents,
                             [&](const std::string& parent) { return schema.may_be_in(parent, group); });
}

Result<void> check_parents(const Entity& entity, const schema::EntityType& type, const Schema& schema) {
  for (const EntityUid& parent : entity.parents) {
    if (auto checked = check_identity(parent, schema); !checked) {
      return refuse(entity.uid, "parent: " + checked.error().message);
    }
    if (may_be_within(type, parent.type, schema)) continue;
    return refuse(entity.uid, std::format("it may not be in `{}`: the schema does not let a `{}` be in a `{}`",
                                          parent.text(), type.name, parent.type));
  }
  return {};
}

Result<void> check_tags(const Entity& entity, const schema::EntityType& type, const Schema& schema) {
  for (const auto& [key, value] : entity.tags) {
    if (!type.tags)
      return refuse(entity.uid, std::format("it has the tag `{}`, but `{}` has no tags", key, type.name));
    if (auto checked = conforms(value, *type.tags, schema); !checked) {
      return refuse(entity.uid, std::format("tag `{}`: {}", key, checked.error().message));
    }
  }
  return {};
}

Result<void> check(const Entity& entity, const Schema& schema, const ParentsOf& parents_of) {
  if (is_action_type(entity.uid.type)) return check_action(entity, schema, parents_of);
  const schema::EntityType* type = schema.entity_type(entity.uid.type);
  if (type == nullptr) return refuse(entity.uid, std::format("the schema has no entity type `{}`", entity.uid.type));
  if (auto checked = check_identity(entity.uid, schema); !checked) return refuse(entity.uid, checked.error().message);
  if (auto checked = conforms(entity.attributes, type->attributes, schema); !checked) {
    return refuse(entity.uid, checked.error().message);
  }
  if (auto checked = check_parents(entity, *type, schema); !checked) return checked;
  return check_tags(entity, *type, schema);
}

}  // namespace

Result<void> validate(const Entity& entity, const Schema& schema) {
  const ParentsOf declared = [&](const EntityUid& uid) { return declared_parents(uid, schema); };
  return check(entity, schema, declared).transform_error([](Error error) { return printable(std::move(error)); });
}

Result<void> validate(std::span<const Entity> entities, const Schema& schema) {
  std::map<EntityUid, const Entity*> by_uid;
  for (const Entity& entity : entities) {
    if (is_action_type(entity.uid.type)) by_uid.emplace(entity.uid, &entity);
  }
  const ParentsOf parents_of = [&](const EntityUid& uid) {
    const auto found = by_uid.find(uid);
    return found == by_uid.end() ? std::vector<EntityUid>() : found->second->parents;
  };
  for (const Entity& entity : entities) {
    if (auto checked = check(entity, schema, parents_of); !checked) {
      return std::unexpected(printable(std::move(checked.error())));
    }
  }
  return {};
}

}  // namespace cordon::validation
