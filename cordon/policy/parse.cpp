// The policy half of the grammar: annotations, effect, scope, clauses.
#include "cordon/policy/parse.h"

#include <format>
#include <set>

#include "cordon/policy/parser.h"

namespace cordon::policy {

namespace {

class PolicyParser {
 public:
  PolicyParser(Cursor& cursor, const Limits& limits)
      : cursor_(cursor), expressions_(cursor, limits.expressions), most_(limits.policies) {}

  std::vector<Policy> policies() {
    std::vector<Policy> read;
    while (!cursor_.at(TokenKind::end)) {
      if (read.size() == most_) {
        cursor_.complain(cursor_.peek().begin, std::format("more than {} policies", most_), "split the set");
        break;
      }
      read.push_back(policy());
    }
    return read;
  }

 private:
  Policy policy() {
    Policy made;
    made.begin = cursor_.peek().begin;
    annotations(made);
    made.forbid = effect();
    cursor_.expect(TokenKind::left_parenthesis, "`(` after the effect");
    scope(made);
    while (cursor_.at(TokenKind::name) && !at_effect()) made.clauses.push_back(clause());
    if (!cursor_.accept(TokenKind::semicolon)) {
      cursor_.complain(cursor_.last_end(), std::format("`;` is missing, found {}", cursor_.found()),
                       "a policy ends with `;`");
    }
    made.end = cursor_.last_end();
    return made;
  }

  bool at_effect() const { return cursor_.at_word("permit") || cursor_.at_word("forbid"); }

  void annotations(Policy& policy) {
    std::set<std::string_view> seen;
    while (cursor_.at(TokenKind::at)) {
      const std::size_t begin = cursor_.take().begin;
      const Token name = cursor_.expect(TokenKind::name, "a name after `@`");
      std::string value = annotation_value();
      if (cursor_.failed()) return;
      const std::string_view key = cursor_.spelling(name);
      if (!seen.insert(key).second) {
        cursor_.complain(begin, std::format("@{} is given twice", key), "remove one of them");
      }
      policy.annotations.emplace_back(key, std::move(value));
    }
    policy.annotations.shrink_to_fit();
  }

  std::string annotation_value() {
    if (!cursor_.accept(TokenKind::left_parenthesis)) return {};
    const Token text = cursor_.expect(TokenKind::string, "text in quotes", "write @id(\"name\")");
    std::string value = cursor_.failed() ? "" : expressions_.string(text);
    cursor_.expect(TokenKind::right_parenthesis, "`)`");
    return value;
  }

  bool effect() {
    if (cursor_.accept_word("permit")) return false;
    if (cursor_.accept_word("forbid")) return true;
    const auto meant = nearest(cursor_.spelling(cursor_.peek()), {"permit", "forbid"});
    cursor_.complain(cursor_.peek().begin, std::format("expected `permit` or `forbid`, found {}", cursor_.found()),
                     meant ? std::format("did you mean `{}`?", *meant) : "");
    return true;
  }

  void scope(Policy& policy) {
    variable("principal");
    policy.principal = entity_scope("principal");
    cursor_.expect(TokenKind::comma, "`,` after the principal", kScopeHint);
    variable("action");
    policy.action = action_scope();
    cursor_.expect(TokenKind::comma, "`,` after the action", kScopeHint);
    variable("resource");
    policy.resource = entity_scope("resource");
    cursor_.accept(TokenKind::comma);  // a trailing comma is allowed since 4.4
    cursor_.expect(TokenKind::right_parenthesis, "`)` after the resource", kScopeHint);
  }

  void variable(std::string_view name) {
    if (cursor_.accept_word(name)) return;
    cursor_.complain(cursor_.peek().begin, std::format("expected `{}`, found {}", name, cursor_.found()),
                     "a scope is (principal, action, resource), in this order");
  }

  Scope entity_scope(std::string_view name) {
    Scope made;
    if (cursor_.accept_word("is")) {
      made.kind = ScopeKind::is;
      made.type = scope_type();
      if (!cursor_.accept_word("in")) return made;
      made.kind = ScopeKind::is_in;
    } else if (cursor_.accept(TokenKind::equal)) {
      made.kind = ScopeKind::equal;
    } else if (cursor_.accept_word("in")) {
      made.kind = ScopeKind::in;
    } else {
      unexpected_in_scope(name);
      return made;
    }
    scope_entity(name, made);
    return made;
  }

  std::string scope_type() {
    if (cursor_.at(TokenKind::slot)) {
      cursor_.complain(cursor_.peek().begin, "a slot stands for an entity, not for a type", "write == or in");
    }
    return expressions_.path("an entity type after `is`");
  }

  void unexpected_in_scope(std::string_view name) {
    if (cursor_.at(TokenKind::comma) || cursor_.at(TokenKind::right_parenthesis)) return;
    const bool colon = cursor_.at(TokenKind::colon);
    cursor_.complain(cursor_.peek().begin, std::format("{} cannot stand in a scope", cursor_.found()),
                     colon ? std::format("write `{} is Type`", name)
                           : "a scope knows ==, in, is, and is..in; put the rest into `when { ... }`");
  }

  // An entity, or the slot of this variable; the reference allows parentheses around either.
  void scope_entity(std::string_view variable, Scope& scope) {
    std::size_t open = 0;
    while (cursor_.accept(TokenKind::left_parenthesis)) ++open;
    if (cursor_.at(TokenKind::slot)) {
      if (variable == "action" || cursor_.spelling(cursor_.peek()).substr(1) != variable) {
        cursor_.complain(cursor_.peek().begin, std::format("{} cannot stand here", cursor_.found()),
                         variable == "action" ? "an action has no slot; name the actions or a group of them"
                                              : std::format("write ?{}", variable));
      }
      cursor_.take();
      scope.slot = true;
    } else {
      if (cursor_.at(TokenKind::left_bracket)) {
        cursor_.complain(cursor_.peek().begin, "only the action may be compared with a list",
                         "write one policy for each, or use a group");
      }
      scope.entity = expressions_.entity();
    }
    for (; open > 0; --open) cursor_.expect(TokenKind::right_parenthesis, "`)`");
  }

  ActionScope action_scope() {
    ActionScope made;
    if (cursor_.accept(TokenKind::equal)) {
      made.kind = ScopeKind::equal;
      made.actions.push_back(action());
    } else if (cursor_.accept_word("in")) {
      made.kind = ScopeKind::in;
      made.actions = actions();
    } else if (cursor_.at_word("is")) {
      cursor_.complain(cursor_.peek().begin, "`is` cannot stand in the action's scope",
                       "move it into `when { ... }`");
    } else {
      unexpected_in_scope("action");
    }
    return made;
  }

  // One action or a list of them; the reference allows parentheses around the list and around each action.
  std::vector<EntityUid> actions() {
    std::size_t open = 0;
    while (cursor_.accept(TokenKind::left_parenthesis)) ++open;
    std::vector<EntityUid> read;
    if (cursor_.accept(TokenKind::left_bracket)) {
      while (!cursor_.at(TokenKind::right_bracket) && !cursor_.failed()) {
        read.push_back(action());
        if (!cursor_.accept(TokenKind::comma)) break;
      }
      cursor_.expect(TokenKind::right_bracket, "`,` or `]`");
    } else {
      read.push_back(action());
    }
    for (; open > 0; --open) cursor_.expect(TokenKind::right_parenthesis, "`)`");
    read.shrink_to_fit();
    return read;
  }

  EntityUid action() {
    const std::size_t begin = cursor_.peek().begin;
    if (cursor_.at(TokenKind::left_bracket))
      cursor_.complain(begin, "one action must stand here", "write `in [...]`");
    Scope read;
    scope_entity("action", read);
    EntityUid uid = std::move(read.entity);
    if (uid.type != "Action" && !uid.type.ends_with("::Action")) {
      cursor_.complain(begin, std::format("an action has the type Action, not `{}`", uid.type),
                       std::format("write Action::\"{}\"", uid.id));
    }
    return uid;
  }

  Clause clause() {
    Clause made;
    made.begin = cursor_.peek().begin;
    if (cursor_.accept_word("unless")) {
      made.unless = true;
    } else if (!cursor_.accept_word("when")) {
      const auto meant = nearest(cursor_.spelling(cursor_.peek()), {"when", "unless"});
      cursor_.complain(cursor_.peek().begin,
                       std::format("expected `when`, `unless` or `;`, found {}", cursor_.found()),
                       meant ? std::format("did you mean `{}`?", *meant) : "a policy ends with `;`");
    }
    cursor_.expect(TokenKind::left_brace, "`{`", "a condition stands in braces: when { ... }");
    if (cursor_.at(TokenKind::right_brace)) cursor_.complain(made.begin, "this condition is empty", "remove it");
    made.body = expressions_.expression();
    cursor_.expect(TokenKind::right_brace, "an operator or `}`");
    made.end = cursor_.last_end();
    return made;
  }

  static constexpr const char* kScopeHint = "a scope is (principal, action, resource)";

  Cursor& cursor_;
  ExpressionParser expressions_;
  std::size_t most_;
};

}  // namespace

Read<std::vector<Policy>> parse_policies(std::string_view text, const Limits& limits) {
  if (auto checked = check_utf8(text); !checked) return std::unexpected(checked.error());
  Cursor cursor(text);
  std::vector<Policy> read = PolicyParser(cursor, limits).policies();
  if (cursor.failed()) return std::unexpected(*cursor.complaint());
  return read;
}

Read<Expression> parse_expression(std::string_view text) {
  if (auto checked = check_utf8(text); !checked) return std::unexpected(checked.error());
  Cursor cursor(text);
  Expression read = ExpressionParser(cursor).expression();
  if (!cursor.failed()) cursor.expect(TokenKind::end, "an operator or the end");
  if (cursor.failed()) return std::unexpected(*cursor.complaint());
  return read;
}

}  // namespace cordon::policy
