// The syntax tree. Chains of && || + - * are one node with many operands, so that long rules are not deep ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
  set,      // operands
  record,   // operands, texts[i] the key of operand i
  has_tag,  // operands: entity, key
  get_tag,  // operands: entity, key
  call,     // function, operands as written: the target of a method is operand 0; a wrong count fails when evaluated
};

// The extension functions. The first four are constructors.
enum class Function : std::uint8_t {
  decimal,
  ip,
  datetime,
  duration,
  less_than,  // of decimals, as the three after it
  less_than_or_equal,
  greater_than,
  greater_than_or_equal,
  is_ipv4,  // of ipaddr, as the four after it
  is_ipv6,
  is_loopback,
  is_multicast,
  is_in_range,
  offset,  // of datetime, as the three after it
  duration_since,
  to_date,
  to_time,
  to_milliseconds,  // of duration, as the four after it
  to_seconds,
  to_minutes,
  to_hours,
  to_days,
};

// Names as Cedar writes them: "lessThan". Constructors are called f(x), all others x.f(y).
std::string_view name_of(Function function);
std::optional<Function> function_named(std::string_view name);
constexpr bool is_constructor(Function function) { return function <= Function::duration; }

// Plus and minus before the operands of a sum. Only sums have any, so that other expressions carry one pointer.
class Signs {
 public:
  Signs() = default;
  Signs(std::string_view signs) : signs_(signs.empty() ? nullptr : std::make_unique<std::string>(signs)) {}
  Signs(const char* signs) : Signs(std::string_view(signs)) {}
  Signs(const std::string& signs) : Signs(std::string_view(signs)) {}
  Signs(const Signs& other) : Signs(other.text()) {}
  Signs(Signs&&) noexcept = default;
  Signs& operator=(Signs other) noexcept {
    signs_ = std::move(other.signs_);
    return *this;
  }
  ~Signs() = default;

  std::string_view text() const { return signs_ ? std::string_view(*signs_) : std::string_view(); }
  operator std::string_view() const { return text(); }
  char operator[](std::size_t i) const { return text()[i]; }
  std::size_t size() const { return text().size(); }
  bool empty() const { return text().empty(); }
  Signs& operator+=(char sign) {
    if (!signs_) signs_ = std::make_unique<std::string>();
    *signs_ += sign;
    return *this;
  }
  void push_back(char sign) { *this += sign; }
  bool operator==(const Signs& other) const { return text() == other.text(); }

 private:
  std::unique_ptr<std::string> signs_;
};

// 112 bytes: a set of a million expressions is no rarity.
struct Expression {
  ExpressionKind kind = ExpressionKind::literal;
  Variable variable = Variable::principal;
  Function function = Function::decimal;
  bool constant = false;    // set by `fold`: whatever the request, the value is `literal`
  std::uint16_t depth = 1;  // of the tree: bounds the recursion of everything that walks it
  std::uint32_t begin = 0;  // byte offsets into the text of the policy set
  std::uint32_t end = 0;
  Value literal;
  Signs signs;
  std::vector<std::string> texts;
  std::vector<Expression> operands;
};

enum class ScopeKind : std::uint8_t { any, equal, in, is, is_in };

struct Scope {  // of principal or resource
  ScopeKind kind = ScopeKind::any;
  bool slot = false;  // equal, in, is_in: ?principal or ?resource stands where the entity would
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

  bool is_template() const { return principal.slot || resource.slot; }
};

// A template's slots bound: a policy of its own.
struct Link {
  std::string template_id;
  std::string id;
  std::optional<EntityUid> principal;  // for ?principal: present exactly when the template has the slot
  std::optional<EntityUid> resource;
};

}  // namespace cordon::policy
