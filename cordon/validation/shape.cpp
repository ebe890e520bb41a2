#include "cordon/validation/shape.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace cordon::validation {

using policy::Expression;
using policy::ExpressionKind;

Capabilities intersection(Capabilities one, Capabilities other) {
  if (one.empty() || other.empty()) return {};
  std::ranges::sort(one);
  std::ranges::sort(other);
  Capabilities both;
  std::ranges::set_intersection(one, other, std::back_inserter(both));
  return both;
}

ShapeId Shapes::node(std::string_view name, const std::vector<ShapeId>& operands, std::string_view text) {
  std::string key(name);
  for (const ShapeId operand : operands) key += ' ' + std::to_string(operand);
  key += ':';
  key += text;
  return numbers_.try_emplace(std::move(key), static_cast<std::uint32_t>(numbers_.size())).first->second;
}

ShapeId Shapes::of(const Expression& expression) {
  if (const auto found = known_.find(&expression); found != known_.end()) return found->second;
  const ShapeId made = made_of(expression);
  known_.emplace(&expression, made);
  return made;
}

ShapeId Shapes::member(ShapeId target, std::string_view attribute) { return node("get", {target}, attribute); }
Capability Shapes::attribute(ShapeId target, std::string_view name) { return node("+attribute", {target}, name); }
Capability Shapes::tag(ShapeId target, ShapeId key) { return node("+tag", {target, key}); }

ShapeId Shapes::operation(std::string_view name, const Expression& expression, std::string_view text) {
  std::vector<ShapeId> operands;
  for (const Expression& operand : expression.operands) operands.push_back(of(operand));
  return node(name, operands, text);
}

ShapeId Shapes::fold(std::string_view operation, const Expression& expression) {
  ShapeId left = of(expression.operands.front());
  for (std::size_t i = 1; i < expression.operands.size(); ++i) {
    left = node(operation, {left, of(expression.operands[i])});
  }
  return left;
}

ShapeId Shapes::sum(const Expression& expression) {
  ShapeId left = of(expression.operands.front());
  for (std::size_t i = 1; i < expression.operands.size(); ++i) {
    left = node(expression.signs[i] == '-' ? "-" : "+", {left, of(expression.operands[i])});
  }
  return left;
}

// a has b.c is a has b && a.b has c.
ShapeId Shapes::has(const Expression& expression) {
  ShapeId target = of(expression.operands.front());
  ShapeId all = node("has", {target}, expression.texts.front());
  for (std::size_t i = 1; i < expression.texts.size(); ++i) {
    target = member(target, expression.texts[i - 1]);
    all = node("&&", {all, node("has", {target}, expression.texts[i])});
  }
  return all;
}

ShapeId Shapes::record(const Expression& expression) {
  std::map<std::string_view, ShapeId> members;
  for (std::size_t i = 0; i < expression.operands.size(); ++i) {
    members.emplace(expression.texts[i], of(expression.operands[i]));
  }
  std::vector<ShapeId> values;
  std::string keys;
  for (const auto& [key, value] : members) {
    keys += std::to_string(key.size()) + ' ' + std::string(key);
    values.push_back(value);
  }
  return node("record", values, keys);
}

ShapeId Shapes::like(const Expression& expression) {
  std::string pattern;
  for (const std::string& piece : expression.texts) pattern += std::to_string(piece.size()) + ' ' + piece;
  return operation("like", expression, pattern);
}

ShapeId Shapes::made_of(const Expression& expression) {
  const auto negated = [&](std::string_view name) { return node("!", {operation(name, expression)}); };
  switch (expression.kind) {
    case ExpressionKind::literal: {
      const std::string kind(expression.literal.kind());
      return node("literal", {}, kind + expression.literal.text());
    }
    case ExpressionKind::variable:
      return node("variable", {}, std::to_string(static_cast<int>(expression.variable)));
    case ExpressionKind::conditional:
      return operation("if", expression);
    case ExpressionKind::all:
      return fold("&&", expression);
    case ExpressionKind::any:
      return fold("||", expression);
    case ExpressionKind::negate:
      return operation("!", expression);
    case ExpressionKind::minus:
      return operation("minus", expression);
    case ExpressionKind::sum:
      return sum(expression);
    case ExpressionKind::product:
      return fold("*", expression);
    case ExpressionKind::equal:
      return operation("==", expression);
    case ExpressionKind::not_equal:
      return negated("==");
    case ExpressionKind::less:
      return operation("<", expression);
    case ExpressionKind::less_equal:
      return operation("<=", expression);
    case ExpressionKind::greater:
      return negated("<=");
    case ExpressionKind::greater_equal:
      return negated("<");
    case ExpressionKind::in:
      return operation("in", expression);
    case ExpressionKind::is:
      return operation("is", expression, expression.texts.front());
    case ExpressionKind::is_in:
      return node("&&",
                  {node("is", {of(expression.operands[0])}, expression.texts.front()), operation("in", expression)});
    case ExpressionKind::like:
      return like(expression);
    case ExpressionKind::has:
      return has(expression);
    case ExpressionKind::get:
      return member(of(expression.operands.front()), expression.texts.front());
    case ExpressionKind::contains:
      return operation("contains", expression);
    case ExpressionKind::contains_all:
      return operation("containsAll", expression);
    case ExpressionKind::contains_any:
      return operation("containsAny", expression);
    case ExpressionKind::is_empty:
      return operation("isEmpty", expression);
    case ExpressionKind::set:
      return operation("set", expression);
    case ExpressionKind::record:
      return record(expression);
    case ExpressionKind::has_tag:
      return operation("hasTag", expression);
    case ExpressionKind::get_tag:
      return operation("getTag", expression);
    case ExpressionKind::call:
      return operation("call", expression, name_of(expression.function));
  }
  return 0;
}

}  // namespace cordon::validation
