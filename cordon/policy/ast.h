// The syntax tree. Chains of && || + - * are one node with many operands, so that long rules are not deep ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cordon/policy/value.h"

namespace cordon::policy {

enum class Variable : std::uint8_t { principal, action, resource, context };

enum class ExpressionKind : std::uint8_t {
  literal,      // literal
  variable,     // variable
  conditional,  // operands: test, then, else
  all,          // operands joined by &&
  any,          // operands joined by ||
  negate,       // !operand
  minus,        // -operand
  sum,          // operands, signs[i] before operand i ('+' or '-')
  product,      // operands
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  is,     // operand, texts[0] the entity type
  is_in,  // operands: entity, group; texts[0] the entity type
  like,   // operand, texts: the pattern's pieces between wildcards
  has,    // operand, texts: one name, or the path a.b.c
  get,    // operand, texts[0] the attribute
  contains,
  contains_all,
  contains_any,
  is_empty,
  set,     // operands
  record,  // operands, texts[i] the key of operand i
};

struct Expression {
  ExpressionKind kind = ExpressionKind::literal;
  Variable variable = Variable::principal;
  std::uint16_t depth = 1;  // of the tree: bounds the recursion of everything that walks it
  std::uint32_t begin = 0;  // byte offsets into the text of the policy set
  std::uint32_t end = 0;
  Value literal;
  std::string signs;
  std::vector<std::string> texts;
  std::vector<Expression> operands;
};

enum class ScopeKind : std::uint8_t { any, equal, in, is, is_in };

struct Scope {  // of principal or resource
  ScopeKind kind = ScopeKind::any;
  EntityUid entity;
  std::string type;
};

struct ActionScope {
  ScopeKind kind = ScopeKind::any;  // any, equal or in
  std::vector<EntityUid> actions;   // one for equal; for in: any of them
};

struct Clause {
  bool unless = false;
  Expression body;
  std::uint32_t begin = 0;  // of the word when or unless
  std::uint32_t end = 0;    // after the closing brace
};

struct Policy {
  bool forbid = false;
  Scope principal;
  ActionScope action;
  Scope resource;
  std::vector<Clause> clauses;
  std::vector<std::pair<std::string, std::string>> annotations;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

}  // namespace cordon::policy
