#include <algorithm>
#include <array>
#include <format>

#include "cordon/validation/check.h"

namespace cordon::validation {

using policy::EntityUid;
using policy::ExpressionKind;
using policy::Variable;

namespace {

bool is_ordered(const Type& type) {
  return type.kind == Kind::integer || type.kind == Kind::datetime || type.kind == Kind::duration;
}

std::string hint_for_addition(const Type& type) {
  if (type.kind == Kind::string) return "Cedar does not join strings";
  return type.kind == Kind::set ? "Cedar computes no union or difference of sets" : "";
}

std::string hint_for_arithmetic(const Type& type) {
  return type.kind == Kind::set ? "Cedar computes no union or difference of sets" : "";
}

std::string hint_for_set(const Type& type) {
  if (type.kind == Kind::entity) return "use `in` to ask for membership in an entity";
  if (type.kind == Kind::record) return "use `has` to ask for an attribute";
  return type.kind == Kind::string ? "use `like` to look into a string" : "";
}

std::string hint_for_empty(const Type& type) {
  return type.kind == Kind::string ? "use `== \"\"` to ask whether a string is empty" : "";
}

std::string hint_for_member(const Type&) { return "use `contains` to ask for an element of a set"; }

std::string hint_for_group(const Type& type) {
  if (type.kind == Kind::set) return "use `contains` to ask for an element of a set";
  return type.kind == Kind::string ? "use `like` to look into a string" : "";
}

std::string hint_for_like(const Type& type) {
  return type.kind == Kind::entity ? "use `is` to ask for an entity's type" : "";
}

// Of a literal, also of a negative number.
policy::Value value_of(const policy::Expression& literal) {
  if (literal.kind == ExpressionKind::literal) return literal.literal;
  return policy::Value(-*literal.operands.front().literal.as_long());
}

std::string hint_for_is(const Type&) { return "only entities can be asked for their type"; }
std::string hint_for_several(const Type&) { return "use `contains` to ask for a single element"; }

}  // namespace

Answer Checker::arithmetic(const Expression& expression) {
  bool sound = true;
  for (std::size_t i = 0; i < expression.operands.size(); ++i) {
    const bool adds = expression.kind == ExpressionKind::sum && expression.signs[std::max<std::size_t>(i, 1)] == '+';
    const bool alone = expression.kind == ExpressionKind::minus;
    const auto hint = alone ? nullptr : adds ? hint_for_addition : hint_for_arithmetic;
    sound = expect(expression.operands[i], Wanted::integer, hint).sound && sound;
  }
  return {types_.simple(Kind::integer), sound};
}

// === == != ===

// A minus right before digits belongs to the literal; parentheses keep them apart.
bool Checker::is_literal(const Expression& expression) const {
  if (expression.kind == ExpressionKind::literal) return true;
  if (expression.kind != ExpressionKind::minus) return false;
  const Expression& operand = expression.operands.front();
  if (operand.kind != ExpressionKind::literal || operand.literal.as_long() == nullptr) return false;
  return text_.substr(expression.begin, operand.end - expression.begin).find('(') == std::string_view::npos;
}

const EntityUid* Checker::entity_named(const Expression& expression) const {
  if (expression.kind == ExpressionKind::literal) return expression.literal.as_entity();
  const bool action = expression.kind == ExpressionKind::variable && expression.variable == Variable::action;
  return action ? &environment_.action->uid : nullptr;
}

Answer Checker::equal(const Expression& expression) {
  const Expression& left_side = expression.operands[0];
  const Expression& right_side = expression.operands[1];
  const Answer left = type_of(left_side);
  const Answer right = type_of(right_side);
  const bool sound = left.sound && right.sound;
  const bool known = left.type != nullptr && right.type != nullptr;
  if (known && left.type->kind == Kind::entity && right.type->kind == Kind::entity && left.type != right.type) {
    return {types_.boolean(false), sound};
  }
  const EntityUid* left_uid = entity_named(left_side);
  const EntityUid* right_uid = entity_named(right_side);
  const bool literals =
      (left_uid != nullptr || is_literal(left_side)) && (right_uid != nullptr || is_literal(right_side));
  if (literals) {
    const bool entities = left_uid != nullptr && right_uid != nullptr;
    const bool values = left_uid == nullptr && right_uid == nullptr;
    const bool same =
        (entities && *left_uid == *right_uid) || (values && value_of(left_side) == value_of(right_side));
    return {types_.boolean(same), sound};
  }
  return bounded(expression, left, right, left.type, right.type, types_.simple(Kind::boolean),
                 "the two sides of an equality");
}

// A result that only types with a common bound give.
Answer Checker::bounded(const Expression& expression, const Answer& left, const Answer& right, const Type* one,
                        const Type* other, const Type* result, std::string_view what) {
  if (one != nullptr && other != nullptr) {
    if (const auto bound = types_.least_upper_bound(one, other); !bound) {
      report_incompatible(expression, *one, *other, bound.error(), what);
      return failed(result);
    }
  }
  return {result, left.sound && right.sound};
}

// === < <= > >= ===

Answer Checker::compare(const Expression& expression) {
  const Answer left = type_of(expression.operands[0]);
  const Answer right = type_of(expression.operands[1]);
  if (left.type == nullptr || right.type == nullptr) return boolean(false);
  if (left.type == right.type && is_ordered(*left.type)) return boolean(left.sound && right.sound);
  report_incomparable(expression, *left.type, *right.type);
  return boolean(false);
}

void Checker::report_incomparable(const Expression& expression, const Type& left, const Type& right) {
  const auto complain = [&](std::size_t operand, std::string_view wanted, const Type& found) {
    mistake(expression.operands[operand], Rule::unexpected_type,
            std::format("expected {}, found {}", wanted, found.text()));
  };
  if (left.kind == Kind::integer) return complain(1, "Long", right);
  if (right.kind == Kind::integer) return complain(0, "Long", left);
  if (is_ordered(left)) return complain(1, left.text(), right);
  if (is_ordered(right)) return complain(0, right.text(), left);
  complain(0, "Long, datetime or duration", left);
  complain(1, "Long, datetime or duration", right);
}

// === in is ===

Answer Checker::in(const Expression& expression) {
  const Answer member = expect(expression.operands[0], Wanted::entity, hint_for_member);
  const Answer group = expect(expression.operands[1], Wanted::entity_or_entities, hint_for_group);
  return membership(expression, member, group);
}

// `action in [...]` is decided by the schema; other entities by whether their types may be in one another.
Answer Checker::membership(const Expression& expression, const Answer& member, const Answer& group) {
  if (!member.sound || !group.sound) return boolean(false);
  const EntityUid* named = entity_named(expression.operands[0]);
  const Expression& right = expression.operands[1];
  const std::span<const Expression> elements =
      right.kind == ExpressionKind::set ? std::span<const Expression>(right.operands) : std::span(&right, 1);
  const auto is_named = [this](const Expression& element) { return entity_named(element) != nullptr; };
  if (named != nullptr && is_action_type(named->type) && std::ranges::all_of(elements, is_named)) {
    return {types_.boolean(std::ranges::any_of(elements, [&](const Expression& element) {
      const EntityUid& uid = *entity_named(element);
      return is_action_type(uid.type) && types_.schema().action_in(*named, uid);
    }))};
  }
  const Type& of = group.type->kind == Kind::set ? *group.type->element : *group.type;
  return {types_.may_be_in(*member.type, of) ? types_.simple(Kind::boolean) : types_.boolean(false)};
}

Answer Checker::is(const Expression& expression) {
  const Answer entity = expect(expression.operands[0], Wanted::entity, hint_for_is);
  if (entity.type == nullptr) return boolean(false);
  return {types_.boolean(entity.type->entity == expression.texts.front()), entity.sound};
}

// `e is T in g` is `e is T && e in g`; e need not be looked at twice.
Answer Checker::is_in(const Expression& expression) {
  const Answer entity = expect(expression.operands[0], Wanted::entity, hint_for_is);
  const bool other = entity.type != nullptr && entity.type->entity != expression.texts.front();
  if (trace_ != nullptr) trace_->live[&expression] = other ? 1 : 2;
  if (other) return {types_.boolean(false), entity.sound};
  const Answer group = expect(expression.operands[1], Wanted::entity_or_entities, hint_for_group);
  return membership(expression, entity, group);
}

// === sets and strings ===

Answer Checker::contains(const Expression& expression) {
  const Answer set = expect(expression.operands[0], Wanted::set, hint_for_set);
  const Answer element = type_of(expression.operands[1]);
  return bounded(expression, set, element, set.type == nullptr ? nullptr : set.type->element, element.type,
                 types_.simple(Kind::boolean), "the set's elements and of what is looked for");
}

Answer Checker::contains_several(const Expression& expression) {
  const Answer set = expect(expression.operands[0], Wanted::set, hint_for_set);
  const Answer other = expect(expression.operands[1], Wanted::set, hint_for_several);
  return bounded(expression, set, other, set.type, other.type, types_.simple(Kind::boolean), "the two sets");
}

Answer Checker::like(const Expression& expression) {
  return boolean(expect(expression.operands[0], Wanted::string, hint_for_like).sound);
}

Answer Checker::is_empty(const Expression& expression) {
  return boolean(expect(expression.operands[0], Wanted::set, hint_for_empty).sound);
}

}  // namespace cordon::validation
