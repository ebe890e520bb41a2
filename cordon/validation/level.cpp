#include "cordon/validation/level.h"

#include <algorithm>
#include <format>

namespace cordon::validation {

using policy::ExpressionKind;

const Type* LevelCheck::target(const Expression& expression, std::size_t part) const {
  const auto found = trace_.targets.find(&expression);
  return found == trace_.targets.end() || part >= found->second.size() ? nullptr : found->second[part];
}

void LevelCheck::dereference(const Expression& expression, std::size_t level) {
  if (level < most_) return;
  report_.add({expression.begin, Rule::level_exceeded,
               std::format("this needs entities at level {}, and only {} is allowed", level + 1, most_)},
              "bring what is asked for nearer: into the context, or into an attribute of the request's own entities");
}

void LevelCheck::operands(const Expression& expression, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) this->expression(expression.operands[i]);
}

void LevelCheck::expression(const Expression& expression) {
  if (!seen_.insert(&expression).second) return;
  std::size_t count = expression.operands.size();
  switch (expression.kind) {
    case ExpressionKind::conditional: {
      const auto taken = trace_.taken.find(&expression);
      this->expression(expression.operands[0]);
      if (taken == trace_.taken.end() || taken->second) this->expression(expression.operands[1]);
      if (taken == trace_.taken.end() || !taken->second) this->expression(expression.operands[2]);
      return;
    }
    case ExpressionKind::all:
    case ExpressionKind::any:
      if (const auto live = trace_.live.find(&expression); live != trace_.live.end()) count = live->second;
      return operands(expression, count);
    case ExpressionKind::is_in:
      this->expression(expression.operands[0]);
      if (const auto live = trace_.live.find(&expression); live != trace_.live.end() && live->second == 1) return;
      [[fallthrough]];
    case ExpressionKind::in:
    case ExpressionKind::has_tag:
    case ExpressionKind::get_tag:
      dereference(expression, level_of(expression.operands[0], {}));
      return this->expression(expression.operands[1]);
    case ExpressionKind::get:
      if (const Type* of = target(expression); of != nullptr && of->kind == Kind::entity) {
        return dereference(expression, level_of(expression.operands[0], {}));
      }
      return operands(expression, count);
    case ExpressionKind::has:
      return has(expression);
    default:
      return operands(expression, count);
  }
}

// e has a.b.c asks e, e.a and e.a.b.
void LevelCheck::has(const Expression& expression) {
  const Expression& of = expression.operands.front();
  for (std::size_t part = 0; part < expression.texts.size(); ++part) {
    const Type* asked = target(expression, part);
    if (asked == nullptr) continue;
    if (asked->kind != Kind::entity) {
      if (part == 0) this->expression(of);
      continue;
    }
    std::size_t steps = 0;
    std::vector<std::string_view> path;
    for (std::size_t back = part; back-- > 0;) {
      if (target(expression, back)->kind == Kind::entity) {
        ++steps;
      } else {
        path.push_back(expression.texts[back]);
      }
    }
    dereference(expression, level_of(of, std::move(path)) + steps);
  }
}

std::size_t LevelCheck::level_of(const Expression& expression, std::vector<std::string_view> path) {
  switch (expression.kind) {
    case ExpressionKind::literal: {
      // The request's own action may be named.
      const policy::EntityUid* uid = expression.literal.as_entity();
      if (uid == nullptr || *uid == environment_.action->uid) return 0;
      report_.add(
          {expression.begin, Rule::literal_dereference,
           std::format("`{}` is named here, not given by the request: nothing can be asked of it", uid->text())},
          "start from principal, resource or context");
      return 0;
    }
    case ExpressionKind::conditional: {
      this->expression(expression.operands[0]);
      const auto taken = trace_.taken.find(&expression);
      if (taken != trace_.taken.end()) return level_of(expression.operands[taken->second ? 1 : 2], std::move(path));
      const std::size_t then = level_of(expression.operands[1], path);
      return std::max(then, level_of(expression.operands[2], std::move(path)));
    }
    case ExpressionKind::get:
      return level_of_get(expression, std::move(path));
    case ExpressionKind::get_tag:
      this->expression(expression.operands[1]);
      return level_of(expression.operands[0], std::move(path)) + 1;
    case ExpressionKind::record:
      return level_of_record(expression, std::move(path));
    default:
      return 0;
  }
}

std::size_t LevelCheck::level_of_get(const Expression& expression, std::vector<std::string_view> path) {
  const Type* of = target(expression);
  const Expression& operand = expression.operands.front();
  if (of != nullptr && of->kind == Kind::entity) return level_of(operand, std::move(path)) + 1;
  path.push_back(expression.texts.front());
  return level_of(operand, std::move(path));
}

std::size_t LevelCheck::level_of_record(const Expression& expression, std::vector<std::string_view> path) {
  if (path.empty()) return 0;
  const std::string_view name = path.back();
  path.pop_back();
  std::size_t level = 0;
  for (std::size_t i = 0; i < expression.operands.size(); ++i) {
    if (expression.texts[i] == name) {
      level = level_of(expression.operands[i], path);
    } else {
      this->expression(expression.operands[i]);
    }
  }
  return level;
}

}  // namespace cordon::validation
