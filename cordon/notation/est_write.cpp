// Policies as EST.
#include "cordon/notation/est.h"
#include "cordon/notation/notation.h"
#include "cordon/policy/token.h"

namespace cordon::notation {

namespace {

using policy::Policy;
using policy::Scope;
using policy::ScopeKind;
using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

// In scopes an entity stands without its escape.
JsonObject bound(const Scope& scope, std::string_view variable) {
  if (scope.slot) return {{"slot", Json("?" + std::string(variable))}};
  return {{"entity", to_json(scope.entity)}};
}

Json scope_json(const Scope& scope, std::string_view variable) {
  JsonObject made;
  const auto add = [&](std::string name, Json value) { made.push_back({std::move(name), std::move(value)}); };
  switch (scope.kind) {
    case ScopeKind::any:
      add("op", "All");
      break;
    case ScopeKind::equal:
    case ScopeKind::in:
      add("op", scope.kind == ScopeKind::equal ? "==" : "in");
      for (auto& member : bound(scope, variable)) made.push_back(std::move(member));
      break;
    case ScopeKind::is:
    case ScopeKind::is_in:
      add("op", "is");
      add("entity_type", Json(scope.type));
      if (scope.kind == ScopeKind::is_in) add("in", Json(bound(scope, variable)));
      break;
  }
  return Json(std::move(made));
}

Json scope_json(const policy::ActionScope& scope) {
  if (scope.kind == ScopeKind::any) return Json(JsonObject{{"op", Json("All")}});
  const char* op = scope.kind == ScopeKind::equal ? "==" : "in";
  if (scope.actions.size() == 1) return Json(JsonObject{{"op", Json(op)}, {"entity", to_json(scope.actions[0])}});
  JsonArray actions;
  for (const policy::EntityUid& action : scope.actions) actions.push_back(to_json(action));
  return Json(JsonObject{{"op", Json(op)}, {"entities", Json(std::move(actions))}});
}

// The names of annotations without a value, @name: the tree does not tell them from @name("").
std::vector<std::string_view> bare_annotations(const Policy& policy, std::string_view text) {
  std::vector<std::string_view> bare;
  const auto tokens = policy::tokens_of(text.substr(policy.begin, policy.end - policy.begin));
  if (!tokens) return bare;
  const std::string_view written = text.substr(policy.begin);
  for (std::size_t i = 0; i + 2 < tokens->size() && (*tokens)[i].kind == policy::TokenKind::at;) {
    const policy::Token name = (*tokens)[i + 1];
    const bool valued = (*tokens)[i + 2].kind == policy::TokenKind::left_parenthesis;
    if (!valued) bare.push_back(written.substr(name.begin, name.end - name.begin));
    i += valued ? 5 : 2;
  }
  return bare;
}

Json annotations_json(const Policy& policy, std::string_view text) {
  bool empty = false;
  for (const auto& annotation : policy.annotations) empty = empty || annotation.second.empty();
  const auto bare = empty && !text.empty() ? bare_annotations(policy, text) : std::vector<std::string_view>{};
  JsonObject made;
  for (const auto& [name, value] : policy.annotations) {
    const bool null = std::ranges::find(bare, name) != bare.end();
    made.push_back({name, null ? Json() : Json(value)});
  }
  return Json(std::move(made));
}

}  // namespace

Json to_json(const Policy& policy, std::string_view text) {
  JsonArray conditions;
  for (const policy::Clause& clause : policy.clauses) {
    Json body = to_json(clause.body);
    if (body.is_null()) return {};
    conditions.push_back(Json(JsonObject{{"kind", clause.unless ? "unless" : "when"}, {"body", std::move(body)}}));
  }
  JsonObject made{{"effect", policy.forbid ? "forbid" : "permit"},
                  {"principal", scope_json(policy.principal, "principal")},
                  {"action", scope_json(policy.action)},
                  {"resource", scope_json(policy.resource, "resource")},
                  {"conditions", Json(std::move(conditions))}};
  if (!policy.annotations.empty()) made.push_back({"annotations", annotations_json(policy, text)});
  return Json(std::move(made));
}

Json to_json(const Policy& policy) { return to_json(policy, {}); }

}  // namespace cordon::notation
