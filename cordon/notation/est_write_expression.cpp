// Expressions as EST.
#include <algorithm>
#include <format>
#include <span>

#include "cordon/base/text.h"
#include "cordon/notation/est.h"
#include "cordon/notation/notation.h"
#include "cordon/policy/token.h"

namespace cordon::notation {

namespace {

using policy::Expression;
using policy::ExpressionKind;
using wire::Json;
using wire::JsonArray;
using wire::JsonMember;
using wire::JsonObject;

// Longer chains of && and || become balanced trees, which mean the same: no reader goes as deep as a left-leaning
// one.
constexpr std::size_t kLongestLeaning = 100;

// `x has a.b` writes x twice, so nested ones grow without bound.
constexpr std::size_t kMostNodes = 2'000'000;

Json object(std::initializer_list<JsonMember> members) { return Json(JsonObject(members)); }

Json unary(std::string_view name, Json arg) {
  return object({{std::string(name), object({{"arg", std::move(arg)}})}});
}

Json binary(std::string_view name, Json left, Json right) {
  return object({{std::string(name), object({{"left", std::move(left)}, {"right", std::move(right)}})}});
}

template <std::size_t n>
std::string_view name_in(const std::array<Operator, n>& operators, ExpressionKind kind) {
  const auto found = std::ranges::find(operators, kind, &Operator::kind);
  return found == operators.end() ? std::string_view{} : found->name;
}

class Writer {
 public:
  Json write(const Expression& e, std::size_t depth);
  bool too_large() const { return too_large_; }

 private:
  Json literal(const policy::Value& value);
  Json conditional(const Expression& e, std::size_t depth);
  Json leaning(const Expression& e, std::size_t depth);
  Json balanced(std::span<const Expression> operands, std::string_view name, std::size_t depth);
  Json is(const Expression& e, std::size_t depth);
  Json like(const Expression& e, std::size_t depth);
  Json has(const Expression& e, std::size_t depth);
  Json record(const Expression& e, std::size_t depth);
  JsonArray list(const Expression& e, std::size_t depth);
  Json operation(const Expression& e, std::size_t depth);
  Json get(Json left, const std::string& attribute) {
    return object({{".", object({{"left", std::move(left)}, {"attr", Json(attribute)}})}});
  }

  bool too_large_ = false;
  std::size_t written_ = 0;
};

Json Writer::write(const Expression& e, std::size_t depth) {
  too_large_ = too_large_ || depth > kDeepestWritten || ++written_ > kMostNodes;
  if (too_large_) return {};
  switch (e.kind) {
    case ExpressionKind::literal:
      return literal(e.literal);
    case ExpressionKind::variable:
      return object({{"Var", Json(kVariableNames[static_cast<std::size_t>(e.variable)])}});
    case ExpressionKind::conditional:
      return conditional(e, depth);
    case ExpressionKind::all:
    case ExpressionKind::any:
    case ExpressionKind::sum:
    case ExpressionKind::product:
      return leaning(e, depth);
    case ExpressionKind::is:
    case ExpressionKind::is_in:
      return is(e, depth);
    case ExpressionKind::like:
      return like(e, depth);
    case ExpressionKind::has:
      return has(e, depth);
    case ExpressionKind::get:
      return get(write(e.operands[0], depth + 2), e.texts[0]);
    case ExpressionKind::set:
      return object({{"Set", Json(list(e, depth))}});
    case ExpressionKind::record:
      return record(e, depth);
    case ExpressionKind::call:
      return object({{std::string(name_of(e.function)), Json(list(e, depth))}});
    default:
      return operation(e, depth);
  }
}

Json Writer::literal(const policy::Value& value) { return object({{"Value", to_json(value)}}); }

Json Writer::conditional(const Expression& e, std::size_t depth) {
  return object({{"if-then-else", object({{"if", write(e.operands[0], depth + 2)},
                                          {"then", write(e.operands[1], depth + 2)},
                                          {"else", write(e.operands[2], depth + 2)}})}});
}

// a && b && c is (a && b) && c: the first operand stands deepest.
Json Writer::leaning(const Expression& e, std::size_t depth) {
  const std::size_t count = e.operands.size();
  const std::string_view name = name_in(kBinaryOperators, e.kind);  // none for sums
  if (count > kLongestLeaning && (e.kind == ExpressionKind::all || e.kind == ExpressionKind::any)) {
    return balanced(e.operands, name, depth);
  }
  Json made = write(e.operands[0], depth + 2 * (count - 1));
  for (std::size_t i = 1; i < count && !too_large_; ++i) {
    const std::string_view sign = name.empty() ? (e.signs[i] == '-' ? "-" : "+") : name;
    made = binary(sign, std::move(made), write(e.operands[i], depth + 2 * (count - i)));
  }
  return made;
}

Json Writer::balanced(std::span<const Expression> operands, std::string_view name, std::size_t depth) {
  if (operands.size() == 1) return write(operands[0], depth);
  const std::size_t half = operands.size() / 2;
  return binary(name, balanced(operands.first(half), name, depth + 2),
                balanced(operands.subspan(half), name, depth + 2));
}

Json Writer::is(const Expression& e, std::size_t depth) {
  Json body = object({{"left", write(e.operands[0], depth + 2)}, {"entity_type", Json(e.texts[0])}});
  if (e.kind == ExpressionKind::is_in) body.object().push_back({"in", write(e.operands[1], depth + 2)});
  return object({{"is", std::move(body)}});
}

// Every character of a pattern is an element of its own.
Json Writer::like(const Expression& e, std::size_t depth) {
  JsonArray pattern;
  for (std::size_t i = 0; i < e.texts.size(); ++i) {
    if (i > 0) pattern.emplace_back("Wildcard");
    for (std::string_view rest = e.texts[i]; !rest.empty();) {
      const std::size_t length = std::max<std::size_t>(utf8_length(rest), 1);
      pattern.push_back(object({{"Literal", Json(rest.substr(0, length))}}));
      rest.remove_prefix(length);
    }
  }
  return object(
      {{"like", object({{"left", write(e.operands[0], depth + 2)}, {"pattern", Json(std::move(pattern))}})}});
}

// x has a.b is x has a && x.a has b.
Json Writer::has(const Expression& e, std::size_t depth) {
  const std::size_t count = e.texts.size();
  if (count > kLongestLeaning || depth + 4 * count > kDeepestWritten) too_large_ = count > 1 || too_large_;
  Json made;
  for (std::size_t i = 0; i < count && !too_large_; ++i) {
    Json owner = write(e.operands[0], depth + 4 * count);
    for (std::size_t j = 0; j < i; ++j) owner = get(std::move(owner), e.texts[j]);
    Json one = object({{"has", object({{"left", std::move(owner)}, {"attr", Json(e.texts[i])}})}});
    made = i == 0 ? std::move(one) : binary("&&", std::move(made), std::move(one));
  }
  return made;
}

Json Writer::record(const Expression& e, std::size_t depth) {
  JsonObject members;
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    members.push_back({e.texts[i], write(e.operands[i], depth + 2)});
  }
  return object({{"Record", Json(std::move(members))}});
}

JsonArray Writer::list(const Expression& e, std::size_t depth) {
  JsonArray items;
  for (const Expression& operand : e.operands) items.push_back(write(operand, depth + 2));
  return items;
}

Json Writer::operation(const Expression& e, std::size_t depth) {
  if (const auto name = name_in(kUnaryOperators, e.kind); !name.empty()) {
    return unary(name, write(e.operands[0], depth + 2));
  }
  return binary(name_in(kBinaryOperators, e.kind), write(e.operands[0], depth + 2), write(e.operands[1], depth + 2));
}

}  // namespace

wire::Json to_json(const Expression& expression) {
  Writer writer;
  Json made = writer.write(expression, 1);
  return writer.too_large() ? Json() : made;
}

}  // namespace cordon::notation
