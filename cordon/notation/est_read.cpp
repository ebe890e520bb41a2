// EST to policies.
#include <algorithm>
#include <array>
#include <format>

#include "cordon/base/text.h"
#include "cordon/notation/escape.h"
#include "cordon/notation/est.h"
#include "cordon/notation/notation.h"
#include "cordon/policy/token.h"

namespace cordon::notation {

namespace {

using policy::EntityUid;
using policy::Policy;
using policy::Scope;
using policy::ScopeKind;

Result<std::string> member_text(const Spot& spot, std::string_view name) {
  return spot.required(name).and_then([](const Spot& member) { return member.text(); });
}

// The entity, or the slot, that a scope names; the entity wins when both are there, as in the reference.
Result<Scope> bound(const Spot& spot, Scope scope, std::string_view variable) {
  if (const auto entity = spot.find("entity")) {
    auto uid = uid_from_json(*entity);
    if (!uid) return std::unexpected(uid.error());
    scope.entity = std::move(*uid);
    return scope;
  }
  const auto slot = spot.find("slot");
  if (!slot) return spot.wrong(R"(expected the member "entity" or "slot")");
  if (slot->json().text() != std::format("?{}", variable)) {
    return slot->wrong(std::format("the slot here is \"?{}\"", variable));
  }
  scope.slot = true;
  return scope;
}

Result<Scope> is_scope(const Spot& spot, std::string_view variable) {
  for (const wire::JsonMember& member : spot.json().object()) {
    if (member.name == "op" || member.name == "entity_type" || member.name == "in") continue;
    return spot.wrong(std::format("unknown member \"{}\"; expected entity_type or in", printable(member.name)));
  }
  auto type = member_text(spot, "entity_type");
  if (!type) return std::unexpected(type.error());
  if (!is_type_name(*type)) return spot.wrong(std::format("\"{}\" is not an entity type", printable(*type)));
  Scope scope{.kind = ScopeKind::is, .type = std::move(*type)};
  const auto group = spot.find("in");
  if (!group || group->json().is_null()) return scope;
  if (auto object = group->object(); !object) return std::unexpected(object.error());
  scope.kind = ScopeKind::is_in;
  return bound(*group, std::move(scope), variable);
}

Result<Scope> entity_scope(const Spot& spot, std::string_view variable) {
  const auto op = member_text(spot, "op");
  if (!op) return std::unexpected(op.error());
  if (*op == "All" || *op == "all") return Scope();
  if (*op == "==") return bound(spot, {.kind = ScopeKind::equal}, variable);
  if (*op == "in") return bound(spot, {.kind = ScopeKind::in}, variable);
  if (*op == "is") return is_scope(spot, variable);
  return spot.wrong(std::format("unknown op \"{}\"; expected All, ==, in or is", printable(*op)));
}

Result<EntityUid> action_uid(const Spot& spot) {
  auto uid = uid_from_json(spot);
  if (uid && uid->type != "Action" && !uid->type.ends_with("::Action")) {
    return spot.wrong(std::format("an action has the type Action, not {}", uid->type));
  }
  return uid;
}

Result<std::vector<EntityUid>> action_uids(const Spot& spot) {
  if (auto array = spot.array(); !array) return std::unexpected(array.error());
  std::vector<EntityUid> uids;
  for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
    auto uid = action_uid(spot.within(i));
    if (!uid) return std::unexpected(uid.error());
    uids.push_back(std::move(*uid));
  }
  return uids;
}

Result<policy::ActionScope> action_scope(const Spot& spot) {
  const auto op = member_text(spot, "op");
  if (!op) return std::unexpected(op.error());
  if (*op == "All" || *op == "all") return policy::ActionScope();
  if (*op != "==" && *op != "in") {
    return spot.wrong(std::format("unknown op \"{}\"; expected All, == or in", printable(*op)));
  }
  policy::ActionScope scope{.kind = *op == "==" ? ScopeKind::equal : ScopeKind::in, .actions = {}};
  const auto single = spot.find("entity");
  const auto several = spot.find("entities");
  if (!single && (!several || scope.kind == ScopeKind::equal)) {
    return spot.wrong("the action is missing: write \"entity\"; an action has no slot");
  }
  if (!single) {
    auto uids = action_uids(*several);
    if (!uids) return std::unexpected(uids.error());
    scope.actions = std::move(*uids);
    return scope;
  }
  auto uid = action_uid(*single);
  if (!uid) return std::unexpected(uid.error());
  scope.actions.push_back(std::move(*uid));
  return scope;
}

Result<policy::Clause> clause(const Spot& spot) {
  if (auto object = spot.object(); !object) return std::unexpected(object.error());
  for (const wire::JsonMember& member : spot.json().object()) {
    if (member.name == "kind" || member.name == "body") continue;
    return spot.wrong(std::format("unknown member \"{}\"; expected kind and body", printable(member.name)));
  }
  const auto kind = member_text(spot, "kind");
  if (!kind) return std::unexpected(kind.error());
  if (*kind != "when" && *kind != "unless") return spot.wrong(R"(the kind is "when" or "unless")");
  const auto place = spot.required("body");
  if (!place) return std::unexpected(place.error());
  auto body = expression_from_json(*place);
  if (!body) return std::unexpected(body.error());
  return policy::Clause{.unless = *kind == "unless", .body = std::move(*body)};
}

Result<std::vector<policy::Clause>> clauses(const Spot& spot) {
  if (auto array = spot.array(); !array) return std::unexpected(array.error());
  std::vector<policy::Clause> read;
  for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
    auto one = clause(spot.within(i));
    if (!one) return std::unexpected(one.error());
    read.push_back(std::move(*one));
  }
  return read;
}

using Annotations = std::vector<std::pair<std::string, std::string>>;

// null is an annotation without a value, which is the same as an empty one.
Result<Annotations> annotations(const Spot& spot) {
  if (auto object = spot.object(); !object) return std::unexpected(object.error());
  Annotations read;
  for (const wire::JsonMember& member : spot.json().object()) {
    const Spot value = spot.within(member.name, member.value);
    if (!policy::is_identifier(member.name)) return value.wrong("the name of an annotation is an identifier");
    if (!member.value.is_null() && !member.value.is_string()) return value.expected("a string or null");
    read.emplace_back(member.name, member.value.text());
  }
  return read;
}

Result<bool> effect(const Spot& spot) {
  const auto word = member_text(spot, "effect");
  if (!word) return std::unexpected(word.error());
  if (*word == "permit" || *word == "forbid") return *word == "forbid";
  return spot.wrong(R"(the effect is "permit" or "forbid")");
}

// Assigns what was read to its place in the policy, or hands on the error.
template <class T>
Result<void> take(T& place, Result<T> read) {
  if (!read) return std::unexpected(read.error());
  place = std::move(*read);
  return {};
}

Result<void> known_members(const Spot& spot) {
  constexpr std::array<std::string_view, 6> kMembers = {"effect",   "principal",  "action",
                                                        "resource", "conditions", "annotations"};
  if (auto object = spot.object(); !object) return object;
  for (const wire::JsonMember& member : spot.json().object()) {
    if (std::ranges::find(kMembers, member.name) != kMembers.end()) continue;
    return spot.wrong(
        std::format("unknown member \"{}\"; a policy has effect, principal, action, resource, conditions "
                    "and annotations",
                    printable(member.name)));
  }
  return {};
}

}  // namespace

Result<Policy> policy_from_json(const Spot& spot) {
  Policy made;
  const auto part = [&](std::string_view name, auto& place, auto read) {
    return spot.required(name).and_then([&](const Spot& member) { return take(place, read(member)); });
  };
  Result<void> read = known_members(spot);
  if (read) read = take(made.forbid, effect(spot));
  if (read) read = part("principal", made.principal, [](const Spot& s) { return entity_scope(s, "principal"); });
  if (read) read = part("action", made.action, action_scope);
  if (read) read = part("resource", made.resource, [](const Spot& s) { return entity_scope(s, "resource"); });
  if (read) read = part("conditions", made.clauses, clauses);
  if (read && spot.find("annotations")) read = part("annotations", made.annotations, annotations);
  if (!read) return std::unexpected(read.error());
  return made;
}

Result<Policy> policy_from_json(const wire::Json& json) { return policy_from_json(Spot(json)); }

}  // namespace cordon::notation
