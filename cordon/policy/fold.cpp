#include "cordon/policy/fold.h"

#include <algorithm>
#include <optional>

#include "cordon/policy/function.h"

namespace cordon::policy {

namespace {

bool is_known(const Expression& e) { return e.constant || e.kind == ExpressionKind::literal; }

std::optional<Value> negated(const Expression& e) {
  const std::int64_t* number = e.operands[0].literal.as_long();
  std::int64_t result = 0;
  if (number == nullptr || __builtin_sub_overflow(std::int64_t{0}, *number, &result)) return std::nullopt;
  return Value(result);
}

Value gathered_set(const Expression& e) {
  std::vector<Value> members;
  members.reserve(e.operands.size());
  for (const Expression& operand : e.operands) members.push_back(operand.literal);
  return Value::set(std::move(members));
}

Value gathered_record(const Expression& e) {
  Record record;
  for (std::size_t i = 0; i < e.operands.size(); ++i) record.emplace(e.texts[i], e.operands[i].literal);
  return record;
}

std::optional<Value> called(const Expression& e) {
  std::vector<const Value*> arguments;
  for (const Expression& operand : e.operands) arguments.push_back(&operand.literal);
  auto answer = call(e.function, arguments);
  return answer ? std::optional(std::move(*answer)) : std::nullopt;
}

std::optional<Value> computed(const Expression& e) {
  switch (e.kind) {
    case ExpressionKind::minus:
      return negated(e);
    case ExpressionKind::set:
      return gathered_set(e);
    case ExpressionKind::record:
      return gathered_record(e);
    case ExpressionKind::call:
      return called(e);
    default:
      return std::nullopt;
  }
}

}  // namespace

void fold(Expression& expression) {
  for (Expression& operand : expression.operands) fold(operand);
  if (!std::ranges::all_of(expression.operands, is_known)) return;
  if (auto value = computed(expression)) {
    expression.literal = std::move(*value);
    expression.constant = true;
  }
}

void fold(Policy& policy) {
  for (Clause& clause : policy.clauses) fold(clause.body);
}

}  // namespace cordon::policy
