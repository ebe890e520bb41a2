#include "cordon/validation/scope.h"

#include <algorithm>
#include <format>

namespace cordon::validation {

using policy::Scope;
using policy::ScopeKind;

namespace {

Fit within(const Scope& scope, const Type& variable, Types& types) {
  if (scope.slot) return {Kind::boolean};
  const Type* group = types.of(scope.entity);
  if (group == nullptr) return {Kind::boolean, false};
  return {types.may_be_in(variable, *group) ? Kind::boolean : Kind::no};
}

Fit equals(const Scope& scope, const Type& variable, Types& types) {
  if (scope.slot) return {Kind::boolean};
  const Type* type = types.of(scope.entity);
  if (type == nullptr) return {Kind::boolean, false};
  return {type == &variable ? Kind::boolean : Kind::no};
}

// An empty list has no type; neither has a list whose actions are of several types.
std::optional<Problem> problem_of(const policy::Policy& policy) {
  const auto& actions = policy.action.actions;
  if (actions.empty()) return Problem{policy.begin, Rule::empty_set, "an empty set literal is not allowed"};
  const auto other = std::ranges::find_if(actions, [&](const auto& uid) { return uid.type != actions.front().type; });
  if (other == actions.end()) return std::nullopt;
  return Problem{policy.begin, Rule::incompatible_types,
                 std::format("the types {} and {} of the elements of the action's list are not compatible",
                             actions.front().type, other->type)};
}

// The environments of the actions that the scope names, for what may apply rather than for what is typed.
std::span<const Environment> applicable(const policy::ActionScope& scope, Types& types, Environments& environments) {
  if (scope.kind == ScopeKind::any) return environments.everywhere({});
  const auto known = [&](const policy::EntityUid& uid) { return types.schema().action(uid) != nullptr; };
  if (!std::ranges::all_of(scope.actions, known)) return {};
  if (scope.kind == ScopeKind::in) return environments.within(scope.actions, {});
  return environments.of(*types.schema().action(scope.actions.front()));
}

bool may_apply(const Scope& scope, const Type& variable, Types& types) {
  const schema::Schema& schema = types.schema();
  if (scope.kind == ScopeKind::is || scope.kind == ScopeKind::is_in) {
    if (scope.type != variable.entity) return false;
  }
  if (scope.kind == ScopeKind::any || scope.kind == ScopeKind::is || scope.slot) return true;
  if (scope.entity.type == variable.entity) return true;
  return scope.kind != ScopeKind::equal && schema.may_be_in(variable.entity, scope.entity.type);
}

// `principal == Group::"g"` where the action applies to members of groups only: `in` was meant.
bool in_would_help(const Scope& scope, const Type* Environment::* variable, std::span<const Environment> environments,
                   const schema::Schema& schema) {
  if (scope.kind != ScopeKind::equal || scope.slot) return false;
  return std::ranges::any_of(environments, [&](const Environment& environment) {
    const std::string_view type = (environment.*variable)->entity;
    return type != scope.entity.type && schema.may_be_in(type, scope.entity.type);
  });
}

}  // namespace

Fit fits(const Scope& scope, const Type& variable, Types& types) {
  switch (scope.kind) {
    case ScopeKind::any:
      return {Kind::yes};
    case ScopeKind::equal:
      return equals(scope, variable, types);
    case ScopeKind::in:
      return within(scope, variable, types);
    case ScopeKind::is:
      return {scope.type == variable.entity ? Kind::yes : Kind::no};
    case ScopeKind::is_in:
      return scope.type == variable.entity ? within(scope, variable, types) : Fit{Kind::no};
  }
  return {Kind::no};
}

Selection select(const policy::Policy& policy, Types& types, Environments& environments) {
  const policy::ActionScope& scope = policy.action;
  if (scope.kind == ScopeKind::any) return {environments.everywhere(actions_named_by(policy))};
  if (scope.kind == ScopeKind::equal) {
    const schema::Action* action = types.schema().action(scope.actions.front());
    return action == nullptr ? Selection{{}, false} : Selection{environments.of(*action)};
  }
  const auto known = [&](const policy::EntityUid& uid) { return types.schema().action(uid) != nullptr; };
  std::optional<Problem> problem = problem_of(policy);
  const bool all_known = std::ranges::all_of(scope.actions, known);
  if (all_known && !problem) return {environments.within(scope.actions, actions_named_by(policy))};
  // An unknown element leaves the list without a type, so that its types are not compared.
  if (!all_known) problem.reset();
  return {environments.everywhere(actions_named_by(policy)), false, std::move(problem)};
}

void check_application(const policy::Policy& policy, Types& types, Environments& environments, Report& report) {
  const std::span<const Environment> all = applicable(policy.action, types, environments);
  const bool applies = std::ranges::any_of(all, [&](const Environment& environment) {
    return may_apply(policy.principal, *environment.principal, types) &&
           may_apply(policy.resource, *environment.resource, types);
  });
  if (applies) return;
  const bool principal = in_would_help(policy.principal, &Environment::principal, all, types.schema());
  const bool resource = in_would_help(policy.resource, &Environment::resource, all, types.schema());
  std::string hint = "compare the scope with what the schema's actions apply to";
  if (principal || resource) {
    hint = std::format("use `in` instead of `==` for the {}", !resource    ? "principal"
                                                              : !principal ? "resource"
                                                                           : "principal and the resource");
  }
  report.add({policy.begin, Rule::no_applicable_action, "the schema has no action that this scope could apply to"},
             std::move(hint));
}

}  // namespace cordon::validation
