// Policies as canonical Cedar text.
#include <format>

#include "cordon/notation/notation.h"
#include "cordon/policy/unescape.h"

namespace cordon::notation {

namespace {

using policy::Scope;
using policy::ScopeKind;

std::string scope_text(const Scope& scope, std::string_view variable) {
  const std::string entity = scope.slot ? std::format("?{}", variable) : scope.entity.text();
  switch (scope.kind) {
    case ScopeKind::any:
      return std::string(variable);
    case ScopeKind::equal:
      return std::format("{} == {}", variable, entity);
    case ScopeKind::in:
      return std::format("{} in {}", variable, entity);
    case ScopeKind::is:
      return std::format("{} is {}", variable, scope.type);
    case ScopeKind::is_in:
      return std::format("{} is {} in {}", variable, scope.type, entity);
  }
  return {};
}

// One action stands without brackets: action in Action::"x" and action in [Action::"x"] are the same.
std::string scope_text(const policy::ActionScope& scope) {
  if (scope.kind == ScopeKind::any) return "action";
  if (scope.kind == ScopeKind::equal) return "action == " + scope.actions[0].text();
  if (scope.actions.size() == 1) return "action in " + scope.actions[0].text();
  std::string text = "action in [";
  for (std::size_t i = 0; i < scope.actions.size(); ++i) text += (i > 0 ? ", " : "") + scope.actions[i].text();
  return text + "]";
}

}  // namespace

std::string to_text(const policy::Policy& policy) {
  std::string text;
  for (const auto& [name, value] : policy.annotations)
    text += std::format("@{}({})\n", name, policy::in_quotes(value));
  text +=
      std::format("{}({}, {}, {})", policy.forbid ? "forbid" : "permit", scope_text(policy.principal, "principal"),
                  scope_text(policy.action), scope_text(policy.resource, "resource"));
  for (const policy::Clause& clause : policy.clauses) {
    text += std::format("\n{} {{ {} }}", clause.unless ? "unless" : "when", to_text(clause.body));
  }
  return text + ";";
}

}  // namespace cordon::notation
