// The policy half of the grammar: annotations, effect, scope, clauses.
#include "cordon/policy/parse.h"

#include <algorithm>
#include <array>
#include <format>

#include "cordon/policy/parser.h"

namespace cordon::policy {

namespace {

class PolicyParser {
 public:
  PolicyParser(Cursor& cursor, std::size_t most) : cursor_(cursor), expressions_(cursor), most_(most) {}

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
    while (cursor_.at(TokenKind::at)) annotation(made);
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

  void annotation(Policy& policy) {
    const std::size_t begin = cursor_.take().begin;
    const Token name = cursor_.expect(TokenKind::name, "a name after `@`");
    std::string value;
    if (cursor_.accept(TokenKind::left_parenthesis)) {
      const Token text = cursor_.expect(TokenKind::string, "text in quotes", "write @id(\"name\")");
      if (!cursor_.failed()) value = expressions_.string(text);
      cursor_.expect(TokenKind::right_parenthesis, "`)`");
    }
    if (cursor_.failed()) return;
    std::string key(cursor_.spelling(name));
    if (std::ranges::contains(policy.annotations, key, &std::pair<std::string, std::string>::first)) {
      cursor_.complain(begin, std::format("@{} is given twice", key), "remove one of them");
    }
    policy.annotations.emplace_back(std::move(key), std::move(value));
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
      made.type = expressions_.path("an entity type after `is`");
      if (cursor_.accept_word("in")) {
        made.kind = ScopeKind::is_in;
        made.entity = scope_entity();
      }
    } else if (cursor_.accept(TokenKind::equal)) {
      made.kind = ScopeKind::equal;
      made.entity = scope_entity();
    } else if (cursor_.accept_word("in")) {
      made.kind = ScopeKind::in;
      made.entity = scope_entity();
    } else {
      unexpected_in_scope(name);
    }
    return made;
  }

  void unexpected_in_scope(std::string_view name) {
    if (cursor_.at(TokenKind::comma) || cursor_.at(TokenKind::right_parenthesis)) return;
    const bool colon = cursor_.at(TokenKind::colon);
    cursor_.complain(cursor_.peek().begin, std::format("{} cannot stand in a scope", cursor_.found()),
                     colon ? std::format("write `{} is Type`", name)
                           : "a scope knows ==, in, is, and is..in; put the rest into `when { ... }`");
  }

  EntityUid scope_entity() {
    if (cursor_.at(TokenKind::slot)) {
      cursor_.complain(cursor_.peek().begin, std::format("not supported yet (templates): {}", cursor_.found()),
                       "name the entity itself");
    } else if (cursor_.at(TokenKind::left_bracket)) {
      cursor_.complain(cursor_.peek().begin, "only the action may be compared with a list",
                       "write one policy for each, or use a group");
    }
    std::size_t open = 0;  // the reference allows parentheses around an entity here
    while (cursor_.accept(TokenKind::left_parenthesis)) ++open;
    EntityUid uid = expressions_.entity();
    for (; open > 0; --open) cursor_.expect(TokenKind::right_parenthesis, "`)`");
    return uid;
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

  std::vector<EntityUid> actions() {
    std::vector<EntityUid> read;
    if (!cursor_.accept(TokenKind::left_bracket)) {
      read.push_back(action());
      return read;
    }
    while (!cursor_.at(TokenKind::right_bracket) && !cursor_.failed()) {
      read.push_back(action());
      if (!cursor_.accept(TokenKind::comma)) break;
    }
    cursor_.expect(TokenKind::right_bracket, "`,` or `]`");
    return read;
  }

  EntityUid action() {
    const std::size_t begin = cursor_.peek().begin;
    EntityUid uid = scope_entity();
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

Read<std::vector<Policy>> parse_policies(std::string_view text, std::size_t most) {
  auto tokens = tokens_of(text);
  if (!tokens) return std::unexpected(tokens.error());
  Cursor cursor(text, std::move(*tokens));
  std::vector<Policy> read = PolicyParser(cursor, most).policies();
  if (cursor.failed()) return std::unexpected(*cursor.complaint());
  return read;
}

Read<Expression> parse_expression(std::string_view text) {
  auto tokens = tokens_of(text);
  if (!tokens) return std::unexpected(tokens.error());
  Cursor cursor(text, std::move(*tokens));
  Expression read = ExpressionParser(cursor).expression();
  if (!cursor.failed()) cursor.expect(TokenKind::end, "an operator or the end");
  if (cursor.failed()) return std::unexpected(*cursor.complaint());
  return read;
}

}  // namespace cordon::policy
