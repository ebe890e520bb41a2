#include "cordon/analysis/environment.h"

#include <algorithm>
#include <format>
#include <set>

namespace cordon::analysis {

namespace {

using policy::Expression;
using policy::ExpressionKind;
using policy::Scope;
using policy::ScopeKind;

bool may_hold(const Scope& scope, std::string_view type, const schema::Schema& schema) {
  const bool of_type = scope.kind != ScopeKind::is && scope.kind != ScopeKind::is_in ? true : type == scope.type;
  if (!of_type || scope.slot) return of_type;
  switch (scope.kind) {
    case ScopeKind::equal:
      return type == scope.entity.type;
    case ScopeKind::in:
    case ScopeKind::is_in:
      return type == scope.entity.type || may_be_beneath(schema, type, scope.entity.type);
    default:
      return true;
  }
}

bool may_hold(const policy::ActionScope& scope, const policy::EntityUid& action, const schema::Schema& schema) {
  if (scope.kind == ScopeKind::any) return true;
  if (scope.kind == ScopeKind::equal) return action == scope.actions.front();
  return std::ranges::any_of(scope.actions,
                             [&](const policy::EntityUid& group) { return schema.action_in(action, group); });
}

bool mentions(const Expression& e) {
  if (e.kind == ExpressionKind::variable) return e.variable == policy::Variable::action;
  return std::ranges::any_of(e.operands, mentions);
}

}  // namespace

std::string Environment::text() const { return std::format("{} asks {} of {}", principal, action.id, resource); }

std::vector<Environment> environments(const schema::Schema& schema) {
  std::vector<Environment> all;
  for (const auto& [uid, action] : schema.actions()) {
    for (const auto& principal : action.applies_to.principals) {
      for (const auto& resource : action.applies_to.resources) all.push_back({principal, uid, resource});
    }
  }
  return all;
}

bool may_be_beneath(const schema::Schema& schema, std::string_view type, std::string_view ancestor) {
  std::set<std::string_view> seen;
  std::vector<std::string_view> open = {type};
  while (!open.empty()) {
    const auto* at = schema.entity_type(open.back());
    open.pop_back();
    if (!at) continue;
    for (const auto& parent : at->parents) {
      if (parent == ancestor) return true;
      if (seen.insert(parent).second) open.push_back(parent);
    }
  }
  return false;
}

bool may_apply(const policy::Policy& policy, const Environment& environment, const schema::Schema& schema) {
  return may_hold(policy.action, environment.action, schema) &&
         may_hold(policy.principal, environment.principal, schema) &&
         may_hold(policy.resource, environment.resource, schema);
}

bool mentions_action(const policy::Policy& policy) {
  return std::ranges::any_of(policy.clauses, [](const policy::Clause& clause) { return mentions(clause.body); });
}

}  // namespace cordon::analysis
