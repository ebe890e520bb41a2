// What is declared, and what each declaration becomes. Types: resolve_type.cpp.
#include "cordon/schema/resolve.h"

#include <algorithm>
#include <format>
#include <utility>

#include "cordon/base/text.h"
#include "cordon/schema/closure.h"
#include "cordon/schema/names.h"

namespace cordon::schema {

Read<Schema> Resolution::run() {
  for (const WrittenNamespace& space : written_.namespaces) declare(space);
  refuse_shadowing();
  add_built_in();
  if (!failed()) resolve_commons();
  for (const WrittenNamespace& space : written_.namespaces) {
    resolve_entities(space);
    resolve_actions(space);
  }
  close_entity_types();
  close_actions();
  if (failed()) return std::unexpected(*complaint_);
  return std::move(schema_);
}

void Resolution::complain(Where where, std::string message, std::string hint) {
  if (!complaint_) complaint_ = Complaint{where, std::move(message), std::move(hint)};
}

void Resolution::charge(std::size_t nodes, Where where) {
  charged_ += nodes;
  if (charged_ <= limits_.resolved) return;
  complain(where,
           std::format("the schema has more than {} parts once names are replaced by what they stand for",
                       limits_.resolved),
           "make its common types smaller, or declare fewer names with one body");
}

// === declarations ===

void Resolution::declare(const WrittenNamespace& space) {
  refuse_cedar(space.name, space.where);
  if (!spaces_.emplace(space.name, space.where).second) {
    complain(space.where, std::format("namespace `{}` is declared twice", space.name), "put both parts into one");
  }
  for (const WrittenCommon& common : space.commons) declare_common(space, common);
  for (const WrittenEntity& entity : space.entities) declare_entity(space, entity);
  for (const WrittenAction& action : space.actions) declare_action(space, action);
}

void Resolution::refuse_cedar(std::string_view name, Where where) {
  if (!names_cedar(name)) return;
  complain(where, std::format("`{}`: the name `__cedar` is reserved", name), "choose another name");
}

void Resolution::declare_common(const WrittenNamespace& space, const WrittenCommon& common) {
  refuse_cedar(common.name, common.where);
  if (is_type_keyword(common.name)) {
    complain(common.where,
             std::format("no type may be called `{}`: it is a word of the schema language", common.name),
             "choose another name");
  }
  Common declared;
  declared.written = &common.type;
  declared.space = space.name;
  declared.where = common.where;
  if (!commons_.emplace(qualified(space.name, common.name), std::move(declared)).second) {
    complain(common.where, std::format("type `{}` is declared twice", common.name), "remove or rename one of them");
  }
}

void Resolution::declare_entity(const WrittenNamespace& space, const WrittenEntity& entity) {
  refuse_cedar(entity.name, entity.where);
  if (entity.name == "Action") {
    complain(entity.where, "no entity type may be called `Action`: it is the type of actions", "choose another name");
  }
  if (!entities_.emplace(qualified(space.name, entity.name), entity.where).second) {
    complain(entity.where, std::format("entity type `{}` is declared twice", entity.name),
             "remove or rename one of them");
  }
}

void Resolution::declare_action(const WrittenNamespace& space, const WrittenAction& action) {
  std::string type = qualified(space.name, "Action");
  action_types_.insert(type);
  if (!actions_.emplace(EntityUid{std::move(type), action.id}, action.where).second) {
    complain(action.where, std::format("action `{}` is declared twice", action.id), "remove or rename one of them");
  }
}

// RFC 70: what the empty namespace declares, no other namespace may declare again.
void Resolution::refuse_shadowing() {
  for (const WrittenNamespace& space : written_.namespaces) {
    if (space.name.empty()) continue;
    for (const WrittenCommon& common : space.commons) refuse_type_shadowing(space.name, common.name, common.where);
    for (const WrittenEntity& entity : space.entities) refuse_type_shadowing(space.name, entity.name, entity.where);
    for (const WrittenAction& action : space.actions) {
      if (!actions_.contains(EntityUid{"Action", action.id})) continue;
      complain(action.where,
               std::format("action `{}` of `{}` hides the one of the empty namespace", action.id, space.name),
               "rename one of them (RFC 70)");
    }
  }
}

void Resolution::refuse_type_shadowing(std::string_view space, const std::string& name, Where where) {
  if (!commons_.contains(name) && !entities_.contains(name)) return;
  complain(where, std::format("`{}::{}` hides `{}` of the empty namespace", space, name, name),
           "rename one of them (RFC 70)");
}

std::vector<Complaint> Resolution::shadowing() const {
  std::vector<Complaint> warnings;
  const auto built = [&](const std::string& name, Where where) {
    if (!built_in(name)) return;
    warnings.push_back({where, std::format("`{}` hides the built-in type of that name", name),
                        std::format("write `__cedar::{}` for the built-in one", name)});
  };
  for (const WrittenNamespace& space : written_.namespaces) {
    for (const WrittenCommon& common : space.commons) {
      if (entities_.contains(qualified(space.name, common.name))) {
        warnings.push_back({common.where, std::format("type `{}` hides the entity type of that name", common.name),
                            "rename one of them"});
      }
      built(common.name, common.where);
    }
    for (const WrittenEntity& entity : space.entities) built(entity.name, entity.where);
  }
  return warnings;
}

// === entity types ===

void Resolution::resolve_entities(const WrittenNamespace& space) {
  for (const WrittenEntity& entity : space.entities) {
    if (failed()) return;
    resolve_entity(space, entity);
  }
}

void Resolution::resolve_entity(const WrittenNamespace& space, const WrittenEntity& entity) {
  const EntityBody& body = *entity.body;
  EntityType type;
  type.name = qualified(space.name, entity.name);
  for (const Reference& parent : body.parents) type.parents.insert(entity_name(space.name, parent));
  const Resolved shape = this->type(space.name, body.shape, 1);
  charge(1 + body.parents.size() + body.enumerated.size() + shape.nodes, entity.where);
  if (!failed() && shape.type.kind != TypeKind::record) {
    complain(body.shape.where,
             std::format("the shape of `{}` is not a record but {}", type.name, printable(shape.type.text())),
             "name a record type");
  }
  if (body.tags) {
    Resolved tags = this->type(space.name, *body.tags, 1);
    charge(tags.nodes, entity.where);
    type.tags = std::move(tags.type);
  }
  if (failed()) return;
  type.attributes = *shape.type.attributes;
  std::unordered_set<std::string_view> ids;
  for (const std::string& id : body.enumerated) {
    if (ids.insert(id).second) type.enumerated.push_back(id);
  }
  std::string name = type.name;
  schema_.entity_types_.emplace(std::move(name), std::move(type));
}

std::string Resolution::entity_name(std::string_view space, const Reference& reference) {
  const auto found = find(space, reference.name, Meaning::entity);
  if (!found) {
    undeclared(space, reference.name, reference.where, Meaning::entity);
    return {};
  }
  if (action_types_.contains(found->name)) {
    complain(reference.where, std::format("`{}` is the type of actions, which cannot stand here", found->name),
             "name an entity type that the schema declares");
  }
  return found->name;
}

void Resolution::close_entity_types() {
  std::vector<const EntityType*> types;
  std::unordered_map<std::string_view, Node> numbers;
  for (const auto& [name, type] : schema_.entity_types_) {
    numbers.emplace(name, static_cast<Node>(types.size()));
    types.push_back(&type);
  }
  if (failed()) return;
  Edges edges(types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    for (const std::string& parent : types[i]->parents) edges[i].push_back(numbers.at(parent));
  }
  const auto closure = close(edges, limits_.resolved);
  if (!closure)
    return complain(0, "the entity types are in one another in too many ways", "make the hierarchy smaller");
  for (std::size_t i = 0; i < types.size(); ++i) {
    auto& ancestors = schema_.ancestor_types_[types[i]->name];
    for (const Node reached : closure->reached[i]) ancestors.insert(types[reached]->name);
  }
}

// === actions ===

void Resolution::resolve_actions(const WrittenNamespace& space) {
  for (const WrittenAction& action : space.actions) {
    if (failed()) return;
    resolve_action(space, action);
  }
}

void Resolution::resolve_action(const WrittenNamespace& space, const WrittenAction& action) {
  const ActionBody& body = *action.body;
  Action resolved;
  resolved.uid = {qualified(space.name, "Action"), action.id};
  charge(1 + body.parents.size() + body.principals.size() + body.resources.size(), action.where);
  if (failed()) return;
  for (const ActionReference& parent : body.parents) resolved.parents.insert(action_uid(space.name, parent));
  resolved.applies_to.principals = applicable(space.name, body.principals);
  resolved.applies_to.resources = applicable(space.name, body.resources);
  const Resolved context = type(space.name, body.context, 1);
  charge(context.nodes, action.where);
  if (!failed() && context.type.kind != TypeKind::record) {
    complain(
        body.context.where,
        std::format("the context of action `{}` is not a record but {}", action.id, printable(context.type.text())),
        "name a record type");
  }
  if (failed()) return;
  resolved.applies_to.context = *context.type.attributes;
  EntityUid uid = resolved.uid;
  schema_.actions_.emplace(std::move(uid), std::move(resolved));
}

std::vector<std::string> Resolution::applicable(std::string_view space, const std::vector<Reference>& references) {
  std::vector<std::string> names;
  names.reserve(references.size());
  for (const Reference& reference : references) names.push_back(entity_name(space, reference));
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

// A type without `::` is of this namespace when that declares the action, or else of the empty one.
EntityUid Resolution::action_uid(std::string_view space, const ActionReference& reference) {
  EntityUid here{reference.type, reference.id};
  if (!reference.type.contains("::")) here.type = qualified(space, reference.type);
  if (actions_.contains(here)) return here;
  EntityUid outside{reference.type, reference.id};
  if (actions_.contains(outside)) return outside;
  std::vector<std::string_view> ids;
  std::string hint;
  for (const auto& [uid, where] : actions_) {
    ids.push_back(uid.id);
    if (uid.id == reference.id) hint = std::format("write `{}`", uid.text());
  }
  if (const auto meant = closest(reference.id, ids); hint.empty() && !meant.empty()) {
    hint = std::format("did you mean `{}`?", meant);
  }
  complain(reference.where, std::format("action `{}` is not declared", here.text()),
           hint.empty() ? "declare it with `action`" : std::move(hint));
  return here;
}

void Resolution::close_actions() {
  if (failed()) return;
  std::vector<const Action*> actions;
  std::map<EntityUid, Node> numbers;
  for (const auto& [uid, action] : schema_.actions_) {
    numbers.emplace(uid, static_cast<Node>(actions.size()));
    actions.push_back(&action);
  }
  Edges edges(actions.size());
  for (std::size_t i = 0; i < actions.size(); ++i) {
    for (const EntityUid& parent : actions[i]->parents) edges[i].push_back(numbers.at(parent));
  }
  const auto closure = close(edges, limits_.resolved);
  if (!closure) return complain(0, "the actions are in one another in too many ways", "make the hierarchy smaller");
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (closure->cycle[i]) {
      complain(actions_.at(actions[i]->uid), std::format("action `{}` is a member of itself", actions[i]->uid.text()),
               "break the cycle of its groups");
    }
    auto& ancestors = schema_.ancestor_actions_[actions[i]->uid];
    for (const Node reached : closure->reached[i]) ancestors.insert(actions[reached]->uid);
  }
}

}  // namespace cordon::schema
