#include "cordon/validation/names.h"

#include <algorithm>
#include <format>
#include <ranges>
#include <vector>

#include "cordon/policy/token.h"
#include "cordon/validation/type.h"

namespace cordon::validation {

using policy::EntityUid;
using policy::Expression;
using policy::ExpressionKind;
using policy::ScopeKind;
using policy::TokenKind;

namespace {

class NameCheck {
 public:
  NameCheck(const schema::Schema& schema, Suggestions suggestions, Report& report)
      : schema_(schema), suggestions_(suggestions), report_(report) {}

  void type(std::string_view name, std::uint32_t place);
  void entity(const EntityUid& uid, std::uint32_t place);
  void expression(const Expression& expression);

 private:
  void action(const EntityUid& uid, std::uint32_t place);
  template <class Names>
  std::string did_you_mean(std::string_view mistaken, const Names& names) const;

  const schema::Schema& schema_;
  Suggestions suggestions_;
  Report& report_;
};

template <class Names>
std::string NameCheck::did_you_mean(std::string_view mistaken, const Names& names) const {
  if (suggestions_ == Suggestions::none) return {};
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto near = policy::nearest(mistaken, known);
  return near ? std::format("did you mean `{}`?", *near) : std::string();
}

void NameCheck::type(std::string_view name, std::uint32_t place) {
  if (is_action_type(name) || schema_.entity_type(name) != nullptr) return;
  report_.add({place, Rule::unrecognised_entity_type, std::format("the schema has no entity type `{}`", name)},
              did_you_mean(name, std::views::keys(schema_.entity_types())));
}

void NameCheck::action(const EntityUid& uid, std::uint32_t place) {
  if (schema_.action(uid) != nullptr) return;
  const auto ids = schema_.actions() |
                   std::views::transform([](const auto& entry) -> const std::string& { return entry.first.id; });
  report_.add({place, Rule::unrecognised_action, std::format("the schema has no action `{}`", uid.text())},
              did_you_mean(uid.id, ids));
}

void NameCheck::entity(const EntityUid& uid, std::uint32_t place) {
  if (is_action_type(uid.type)) return action(uid, place);
  type(uid.type, place);
  const schema::EntityType* declared = schema_.entity_type(uid.type);
  if (declared == nullptr || declared->enumerated.empty()) return;
  if (std::ranges::find(declared->enumerated, uid.id) != declared->enumerated.end()) return;
  report_.add({place, Rule::invalid_enum_entity,
               std::format("`{}` is none of the entities that the schema lists for `{}`", uid.text(), uid.type)},
              did_you_mean(uid.id, declared->enumerated));
}

void NameCheck::expression(const Expression& expression) {
  if (expression.kind == ExpressionKind::is || expression.kind == ExpressionKind::is_in) {
    type(expression.texts.front(), expression.begin);
  }
  if (expression.kind == ExpressionKind::literal) {
    if (const EntityUid* uid = expression.literal.as_entity()) entity(*uid, expression.begin);
  }
  for (const Expression& operand : expression.operands) this->expression(operand);
}

// Scopes carry no places: the place of a name is found among the tokens of the scope. Only when there is an error.
std::uint32_t place_in_scope(const policy::Policy& policy, std::string_view text, std::string_view type,
                             std::string_view parameter) {
  policy::Lexer lexer(text.substr(policy.begin, policy.end - policy.begin));
  bool in_parameter = false;
  std::string path;
  std::uint32_t path_begin = 0;
  for (auto token = lexer.next(); token && token->kind != TokenKind::end; token = lexer.next()) {
    const std::string_view spelling = text.substr(policy.begin + token->begin, token->end - token->begin);
    if (token->kind == TokenKind::left_brace || token->kind == TokenKind::semicolon) break;
    if (token->kind == TokenKind::name && spelling == parameter) in_parameter = true;
    if (token->kind == TokenKind::name && !path.ends_with("::")) path.clear();
    if (token->kind != TokenKind::name && token->kind != TokenKind::double_colon) path.clear();
    if (path.empty()) path_begin = policy.begin + token->begin;
    path += spelling;
    if (in_parameter && token->kind == TokenKind::name && path == type) return path_begin;
  }
  return policy.begin;
}

}  // namespace

void check_names(const policy::Policy& policy, std::string_view text, const schema::Schema& schema,
                 Suggestions suggestions, Report& report) {
  NameCheck check(schema, suggestions, report);
  const auto known = [&](const EntityUid& uid) {
    if (is_action_type(uid.type)) return schema.action(uid) != nullptr;
    const schema::EntityType* type = schema.entity_type(uid.type);
    return type != nullptr && type->enumerated.empty();
  };
  const auto scope = [&](const policy::Scope& of, std::string_view parameter) {
    const bool typed = of.kind == ScopeKind::is || of.kind == ScopeKind::is_in;
    if (typed && schema.entity_type(of.type) == nullptr) {
      check.type(of.type, place_in_scope(policy, text, of.type, parameter));
    }
    const bool named = of.kind != ScopeKind::any && of.kind != ScopeKind::is && !of.slot;
    if (named && !known(of.entity)) check.entity(of.entity, place_in_scope(policy, text, of.entity.type, parameter));
  };
  scope(policy.principal, "principal");
  for (const EntityUid& uid : policy.action.actions) {
    if (!known(uid)) check.entity(uid, place_in_scope(policy, text, uid.type, "action"));
  }
  scope(policy.resource, "resource");
  for (const policy::Clause& clause : policy.clauses) check.expression(clause.body);
}

void check_link(const policy::Link& link, std::uint32_t begin, const schema::Schema& schema, Report& report) {
  NameCheck check(schema, Suggestions::wanted, report);
  if (link.principal) check.type(link.principal->type, begin);
  if (link.resource) check.type(link.resource->type, begin);
}

}  // namespace cordon::validation
