#include "cordon/analysis/smt_expression.h"

#include <format>
#include <limits>
#include <set>
#include <utility>

namespace cordon::analysis::smt {

namespace {

using policy::ExpressionKind;
using schema::Type;
using schema::TypeKind;

Type of_kind(TypeKind kind) { return {.kind = kind, .entity = {}, .element = nullptr, .attributes = nullptr}; }

Type set_of(Type element) {
  return {.kind = TypeKind::set,
          .entity = {},
          .element = std::make_shared<const Type>(std::move(element)),
          .attributes = nullptr};
}

std::unexpected<Error> beyond(std::string what) {
  return fail(ErrorKind::unavailable, "the solver's language cannot express " + std::move(what));
}

}  // namespace

Symbolic Encoder::truth(Term term, Term ok) {
  return {boolean(), script_.share("Bool", std::move(term)), script_.share("Bool", std::move(ok))};
}

Symbolic Encoder::checked(Type type, Term term, Term ok) {
  Term shared = script_.share("Int", std::move(term));
  Term fits = apply("<=", {number(std::numeric_limits<std::int64_t>::min()), shared,
                           number(std::numeric_limits<std::int64_t>::max())});
  return {std::move(type), std::move(shared), script_.share("Bool", both(ok, fits))};
}

// === policies ===

Term Encoder::scope(const policy::Scope& scope, const Symbolic& of) {
  if (scope.kind == policy::ScopeKind::any) return kTrue;
  const bool typed = scope.kind == policy::ScopeKind::is || scope.kind == policy::ScopeKind::is_in;
  if (typed && scope.type != of.type.entity) return kFalse;
  if (scope.kind == policy::ScopeKind::is) return kTrue;
  const auto id = string_literal(scope.entity.id);
  if (!id) return kFalse;  // no unknown of the solver's can have such an id
  const auto named = world_.entity(scope.entity.type, *id);
  return scope.kind == policy::ScopeKind::equal ? world_.equal(of, named) : world_.is_in(of, named);
}

Result<PolicyTerms> Encoder::policy(const policy::Policy& policy) {
  Term applies = both(scope(policy.principal, world_.principal()), scope(policy.resource, world_.resource()));
  Term erring = kFalse;
  for (const auto& clause : policy.clauses) {
    if (applies == kFalse) break;
    const auto body = expression(clause.body);
    if (!body) return std::unexpected(body.error());
    erring = script_.share("Bool", either(erring, both(applies, no(body->ok))));
    const Term holds = both(body->ok, clause.unless ? no(body->term) : body->term);
    applies = script_.share("Bool", both(applies, holds));
  }
  return PolicyTerms{applies, erring};
}

// === expressions ===

Result<Symbolic> Encoder::expression(const Expression& e) {
  switch (e.kind) {
    case ExpressionKind::literal:
      return literal(e.literal);
    case ExpressionKind::variable:
      return variable(e);
    case ExpressionKind::conditional:
      return conditional(e);
    case ExpressionKind::all:
      return chain(e, true);
    case ExpressionKind::any:
      return chain(e, false);
    case ExpressionKind::negate:
      return negate(e);
    case ExpressionKind::minus:
    case ExpressionKind::sum:
    case ExpressionKind::product:
      return arithmetic(e);
    case ExpressionKind::equal:
    case ExpressionKind::not_equal:
      return compare(e);
    case ExpressionKind::less:
    case ExpressionKind::less_equal:
    case ExpressionKind::greater:
    case ExpressionKind::greater_equal:
      return order(e);
    case ExpressionKind::in:
      return in(e);
    case ExpressionKind::is:
    case ExpressionKind::is_in:
      return is(e);
    case ExpressionKind::like:
      return like(e);
    case ExpressionKind::has:
      return has(e);
    case ExpressionKind::get:
      return get(e);
    case ExpressionKind::contains:
    case ExpressionKind::contains_all:
    case ExpressionKind::contains_any:
      return contains(e);
    case ExpressionKind::is_empty:
      return is_empty(e);
    case ExpressionKind::set:
      return set(e);
    case ExpressionKind::record:
      return record(e);
    case ExpressionKind::has_tag:
      return has_tag(e);
    case ExpressionKind::get_tag:
      return get_tag(e);
    case ExpressionKind::call:
      return call(e);
  }
  std::unreachable();
}

Result<Symbolic> Encoder::literal(const policy::Value& value) {
  if (const auto* truth = value.as_bool()) return Symbolic{boolean(), *truth ? kTrue : kFalse, kTrue};
  if (const auto* integer = value.as_long()) return Symbolic{smt::integer(), number(*integer), kTrue};
  const auto* text = value.as_string();
  const auto* uid = value.as_entity();
  if (!text && !uid) return beyond(std::format("the literal {}", value.text()));
  auto term = string_literal(text ? *text : uid->id);
  if (!term) return beyond(term.error().message);
  if (uid) return world_.entity(uid->type, std::move(*term));
  return Symbolic{of_kind(TypeKind::string), std::move(*term), kTrue};
}

Result<Symbolic> Encoder::variable(const Expression& e) {
  switch (e.variable) {
    case policy::Variable::principal:
      return world_.principal();
    case policy::Variable::action:
      return world_.action();
    case policy::Variable::resource:
      return world_.resource();
    case policy::Variable::context:
      return world_.context();
  }
  std::unreachable();
}

Result<Symbolic> Encoder::conditional(const Expression& e) {
  const auto test = expression(e.operands[0]);
  if (!test) return test;
  if (test->term == kTrue || test->term == kFalse) {  // the branch not taken need not fit its types
    auto taken = expression(e.operands[test->term == kTrue ? 1 : 2]);
    if (taken) taken->ok = both(test->ok, taken->ok);
    return taken;
  }
  const auto first = expression(e.operands[1]);
  const auto second = first ? expression(e.operands[2]) : first;
  if (!second) return second;
  const auto sort = world_.sort_of(first->type);
  if (sort != world_.sort_of(second->type)) return beyond("an `if` whose branches are records of different shape");
  Term ok = apply("ite", {test->term, first->ok, second->ok});
  if (first->ok == second->ok) ok = first->ok;
  return Symbolic{first->type, script_.share(sort, apply("ite", {test->term, first->term, second->term})),
                  script_.share("Bool", both(test->ok, ok))};
}

// Operands behind the deciding one are not evaluated: their failing counts only where they are reached.
Result<Symbolic> Encoder::chain(const Expression& e, bool all) {
  Term value = all ? kTrue : kFalse;
  Term ok = kTrue;
  std::set<Term> known;
  for (const Expression& operand : e.operands) {
    if (value == (all ? kFalse : kTrue)) break;
    const auto next = expression(operand);
    if (!next) return next;
    // `context has token && context.token...`: what stands in front says already that this has a value.
    if (!all || !known.contains(next->ok)) {
      ok = script_.share("Bool", both(ok, implies(all ? value : no(value), next->ok)));
    }
    known.insert(next->term);
    value = script_.share("Bool", all ? both(value, next->term) : either(value, next->term));
  }
  return truth(std::move(value), std::move(ok));
}

Result<Symbolic> Encoder::negate(const Expression& e) {
  const auto operand = expression(e.operands[0]);
  if (!operand) return operand;
  return truth(no(operand->term), operand->ok);
}

Result<Symbolic> Encoder::arithmetic(const Expression& e) {
  auto total = expression(e.operands[0]);
  if (!total) return total;
  if (e.kind == ExpressionKind::minus) return checked(total->type, apply("-", {total->term}), total->ok);
  for (std::size_t i = 1; i < e.operands.size(); ++i) {
    const auto next = expression(e.operands[i]);
    if (!next) return next;
    const std::string_view sign = e.kind == ExpressionKind::product ? "*" : e.signs[i] == '+' ? "+" : "-";
    total = checked(smt::integer(), apply(sign, {total->term, next->term}), both(total->ok, next->ok));
  }
  return total;
}

Result<Symbolic> Encoder::compare(const Expression& e) {
  const auto left = expression(e.operands[0]);
  const auto right = left ? expression(e.operands[1]) : left;
  if (!right) return right;
  if (left->type.kind == TypeKind::set && right->type.kind == TypeKind::set &&
      world_.sort_of(left->type) != world_.sort_of(right->type)) {
    return beyond("the equality of sets of records of different shape");
  }
  const Term same = world_.equal(*left, *right);
  return truth(e.kind == ExpressionKind::equal ? same : no(same), both(left->ok, right->ok));
}

Result<Symbolic> Encoder::order(const Expression& e) {
  const auto left = expression(e.operands[0]);
  const auto right = left ? expression(e.operands[1]) : left;
  if (!right) return right;
  const std::string_view sign = e.kind == ExpressionKind::less         ? "<"
                                : e.kind == ExpressionKind::less_equal ? "<="
                                : e.kind == ExpressionKind::greater    ? ">"
                                                                       : ">=";
  return truth(apply(sign, {left->term, right->term}), both(left->ok, right->ok));
}

// === entities ===

Result<Symbolic> Encoder::in(const Expression& e) {
  const auto entity = expression(e.operands[0]);
  if (!entity) return entity;
  return in_expression(*entity, e.operands[1]);
}

Result<Symbolic> Encoder::in_expression(const Symbolic& entity, const Expression& group) {
  if (group.kind != ExpressionKind::set) {
    const auto of = expression(group);
    if (!of) return of;
    const Term in = of->type.kind == TypeKind::set ? world_.is_in_any(entity, *of) : world_.is_in(entity, *of);
    return truth(in, both(entity.ok, of->ok));
  }
  Term in = kFalse;
  Term ok = entity.ok;
  for (const Expression& member : group.operands) {
    const auto of = expression(member);
    if (!of) return of;
    in = script_.share("Bool", either(in, world_.is_in(entity, *of)));
    ok = both(ok, of->ok);
  }
  return truth(in, ok);
}

Result<Symbolic> Encoder::is(const Expression& e) {
  const auto entity = expression(e.operands[0]);
  if (!entity) return entity;
  if (entity->type.entity != e.texts[0]) return truth(kFalse, entity->ok);
  if (e.kind == ExpressionKind::is) return truth(kTrue, entity->ok);
  return in_expression(*entity, e.operands[1]);
}

Result<Symbolic> Encoder::has(const Expression& e) {
  auto of = expression(e.operands[0]);
  if (!of) return of;
  Term present = kTrue;
  Symbolic at = *of;
  for (const auto& name : e.texts) {
    const auto field = world_.field(at, name);
    present = both(present, field.present);
    if (field.present == kFalse) break;
    at = field.value;
  }
  return truth(script_.share("Bool", present), of->ok);
}

Result<Symbolic> Encoder::get(const Expression& e) {
  const auto of = expression(e.operands[0]);
  if (!of) return of;
  auto field = world_.field(*of, e.texts[0]);
  if (field.present == kFalse) return beyond(std::format("the undeclared attribute {}", e.texts[0]));
  field.value.ok = script_.share("Bool", both(of->ok, field.present));
  return field.value;
}

Result<Symbolic> Encoder::has_tag(const Expression& e) {
  const auto of = expression(e.operands[0]);
  const auto key = of ? expression(e.operands[1]) : of;
  if (!key) return key;
  return truth(world_.tag(*of, key->term).present, both(of->ok, key->ok));
}

Result<Symbolic> Encoder::get_tag(const Expression& e) {
  const auto of = expression(e.operands[0]);
  const auto key = of ? expression(e.operands[1]) : of;
  if (!key) return key;
  auto field = world_.tag(*of, key->term);
  if (field.present == kFalse) return beyond("a tag of an entity type without tags");
  field.value.ok = script_.share("Bool", both(both(of->ok, key->ok), field.present));
  return field.value;
}

// === strings, sets and records ===

Result<Symbolic> Encoder::like(const Expression& e) {
  const auto text = expression(e.operands[0]);
  if (!text) return text;
  Term pattern = "(re.++ (str.to_re \"\")";
  for (std::size_t i = 0; i < e.texts.size(); ++i) {
    if (i > 0) pattern += " re.all";
    const auto piece = string_literal(e.texts[i]);
    if (!piece) return beyond(piece.error().message);
    pattern += std::format(" (str.to_re {})", *piece);
  }
  return truth(std::format("(str.in_re {} {}))", text->term, pattern), text->ok);
}

Result<Symbolic> Encoder::contains(const Expression& e) {
  const auto set = expression(e.operands[0]);
  const auto wanted = set ? expression(e.operands[1]) : set;
  if (!wanted) return wanted;
  const Term ok = both(set->ok, wanted->ok);
  const auto element = world_.sort_of(*set->type.element);
  if (e.kind == ExpressionKind::contains) {
    if (element != world_.sort_of(wanted->type)) return beyond("`contains` of a record of another shape");
    return truth(apply("set.member", {wanted->term, set->term}), ok);
  }
  if (world_.sort_of(set->type) != world_.sort_of(wanted->type)) return beyond("sets of records of different shape");
  if (e.kind == ExpressionKind::contains_all) return truth(apply("set.subset", {wanted->term, set->term}), ok);
  const Term common = apply("set.inter", {set->term, wanted->term});
  return truth(no(smt::is_empty(common, world_.sort_of(set->type))), ok);
}

Result<Symbolic> Encoder::is_empty(const Expression& e) {
  const auto set = expression(e.operands[0]);
  if (!set) return set;
  return truth(smt::is_empty(set->term, world_.sort_of(set->type)), set->ok);
}

Result<Symbolic> Encoder::set(const Expression& e) {
  if (e.operands.empty()) return beyond("the empty set, which has no type");
  std::optional<Type> element;
  Term members;
  Term ok = kTrue;
  for (const Expression& operand : e.operands) {
    const auto member = expression(operand);
    if (!member) return member;
    const auto sort = world_.sort_of(member->type);
    if (element && sort != world_.sort_of(*element)) return beyond("a set of records of different shapes");
    if (!element) element = member->type;
    const Term single = apply("set.singleton", {member->term});
    members = script_.share(std::format("(Set {})", sort),
                            members.empty() ? single : apply("set.union", {members, single}));
    ok = both(ok, member->ok);
  }
  return Symbolic{set_of(*element), members, script_.share("Bool", ok)};
}

Result<Symbolic> Encoder::record(const Expression& e) {
  schema::Attributes attributes;
  std::map<std::string, Term> values;
  Term ok = kTrue;
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    const auto value = expression(e.operands[i]);
    if (!value) return value;
    attributes.emplace(e.texts[i], schema::Attribute{value->type, true});
    values.emplace(e.texts[i], value->term);
    ok = both(ok, value->ok);
  }
  Type type = of_kind(TypeKind::record);
  type.attributes = std::make_shared<const schema::Attributes>(std::move(attributes));
  std::vector<Term> in_order;
  for (auto& [name, term] : values) in_order.push_back(term);
  Term made = world_.make_record(type, in_order);
  const auto sort = world_.sort_of(type);
  return Symbolic{std::move(type), script_.share(sort, std::move(made)), script_.share("Bool", ok)};
}

}  // namespace cordon::analysis::smt
