#include "cordon/validation/check.h"

#include <algorithm>
#include <array>
#include <format>

namespace cordon::validation {

using policy::ExpressionKind;
using policy::Variable;

namespace {

constexpr std::array<std::string_view, 11> kWanted = {
    "Bool",    "Long",   "String",   "an entity", "a set", "an entity or a record", "an entity or a set of entities",
    "decimal", "ipaddr", "datetime", "duration"};

bool matches(const Type& type, Wanted wanted) {
  switch (wanted) {
    case Wanted::boolean:
      return is_boolean(type.kind);
    case Wanted::integer:
      return type.kind == Kind::integer;
    case Wanted::string:
      return type.kind == Kind::string;
    case Wanted::entity:
      return type.kind == Kind::entity;
    case Wanted::set:
      return type.kind == Kind::set;
    case Wanted::entity_or_record:
      return type.kind == Kind::entity || type.kind == Kind::record;
    case Wanted::entity_or_entities:
      return type.kind == Kind::entity || (type.kind == Kind::set && type.element->kind == Kind::entity);
    case Wanted::decimal:
      return type.kind == Kind::decimal;
    case Wanted::ipaddr:
      return type.kind == Kind::ipaddr;
    case Wanted::datetime:
      return type.kind == Kind::datetime;
    case Wanted::duration:
      return type.kind == Kind::duration;
  }
  return false;
}

std::string_view hint_of(Mismatch mismatch) {
  switch (mismatch) {
    case Mismatch::different:
      return "they must be the same type";
    case Mismatch::optionality:
      return "an attribute must be required in both records or optional in both";
    case Mismatch::width:
      return "records must have exactly the same attributes";
    case Mismatch::entities:
      return "entities of different types never are, whatever their attributes";
    case Mismatch::entity_and_record:
      return "an entity is no record, whatever its attributes";
  }
  return {};
}

bool is_a(const Answer& answer, Kind kind) { return answer.type != nullptr && answer.type->kind == kind; }

void append(Capabilities& to, const Capabilities& more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

// === what is held ===

Checker::Held::~Held() {
  for (const Capability capability : held_) --checker_.held_[capability];
}

void Checker::Held::add(const Capabilities& capabilities) {
  for (const Capability capability : capabilities) {
    if (checker_.held_.size() <= capability) checker_.held_.resize(capability + 1);
    ++checker_.held_[capability];
    held_.push_back(capability);
  }
}

// === mistakes ===

void Checker::mistake(const Expression& expression, Rule rule, std::string message, std::string hint,
                      std::string_view where) {
  report_.add({expression.begin, rule, std::move(message)}, std::move(hint), where);
}

void Checker::report_incompatible(const Expression& expression, const Type& one, const Type& other, Mismatch mismatch,
                                  std::string_view what) {
  mistake(expression, Rule::incompatible_types,
          std::format("the types {} and {} of {} are not compatible", one.text(), other.text(), what),
          std::string(hint_of(mismatch)));
}

Answer Checker::expect(const Expression& expression, Wanted wanted, std::string (*hint)(const Type&)) {
  Answer answer = type_of(expression);
  if (answer.type == nullptr) return failed(nullptr);
  if (matches(*answer.type, wanted)) return answer;
  mistake(expression, Rule::unexpected_type,
          std::format("expected {}, found {}", kWanted[static_cast<std::size_t>(wanted)], answer.type->text()),
          hint == nullptr ? std::string() : hint(*answer.type));
  return failed(nullptr);
}

// === each kind of expression ===

Answer Checker::type_of(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::literal:
      return literal(expression);
    case ExpressionKind::variable:
      return variable(expression);
    case ExpressionKind::conditional:
      return conditional(expression);
    case ExpressionKind::all:
      return all(expression);
    case ExpressionKind::any:
      return any(expression);
    case ExpressionKind::negate:
      return negated(expect(expression.operands.front(), Wanted::boolean));
    case ExpressionKind::minus:
    case ExpressionKind::sum:
    case ExpressionKind::product:
      return arithmetic(expression);
    case ExpressionKind::equal:
      return equal(expression);
    case ExpressionKind::not_equal:
      return negated(equal(expression));
    case ExpressionKind::less:
    case ExpressionKind::less_equal:
    case ExpressionKind::greater:
    case ExpressionKind::greater_equal:
      return compare(expression);
    case ExpressionKind::in:
      return in(expression);
    case ExpressionKind::is:
      return is(expression);
    case ExpressionKind::is_in:
      return is_in(expression);
    case ExpressionKind::like:
      return like(expression);
    case ExpressionKind::has:
      return has(expression);
    case ExpressionKind::get:
      return get(expression);
    case ExpressionKind::contains:
      return contains(expression);
    case ExpressionKind::contains_all:
    case ExpressionKind::contains_any:
      return contains_several(expression);
    case ExpressionKind::is_empty:
      return is_empty(expression);
    case ExpressionKind::set:
      return set(expression);
    case ExpressionKind::record:
      return record(expression);
    case ExpressionKind::has_tag:
      return has_tag(expression);
    case ExpressionKind::get_tag:
      return get_tag(expression);
    case ExpressionKind::call:
      return call(expression);
  }
  return failed(nullptr);
}

Answer Checker::literal(const Expression& expression) {
  if (const bool* value = expression.literal.as_bool()) return {types_.boolean(*value)};
  if (expression.literal.as_long() != nullptr) return {types_.simple(Kind::integer)};
  if (expression.literal.as_string() != nullptr) return {types_.simple(Kind::string)};
  // What the schema does not know is reported where names are checked.
  const policy::EntityUid* uid = expression.literal.as_entity();
  const Type* type = uid == nullptr ? nullptr : types_.of(*uid);
  return {type, type != nullptr};
}

Answer Checker::variable(const Expression& expression) {
  switch (expression.variable) {
    case Variable::principal:
      return {environment_.principal};
    case Variable::action:
      return {types_.entity(environment_.action->uid.type)};
    case Variable::resource:
      return {environment_.resource};
    case Variable::context:
      return {environment_.context};
  }
  return failed(nullptr);
}

// A branch that can never be taken is not looked at.
Answer Checker::conditional(const Expression& expression) {
  const Answer test = expect(expression.operands[0], Wanted::boolean);
  if (!is_a(test, Kind::yes) && !is_a(test, Kind::no)) return branches(expression, test);
  const bool taken = test.type->kind == Kind::yes;
  if (trace_ != nullptr) trace_->taken[&expression] = taken;
  Held held(*this);
  if (taken) held.add(test.capabilities);
  Answer answer = type_of(expression.operands[taken ? 1 : 2]);
  if (!answer.sound || !test.sound) return failed(answer.type);
  if (taken) append(answer.capabilities, test.capabilities);
  return answer;
}

Answer Checker::branches(const Expression& expression, const Answer& test) {
  Answer then;
  {
    Held held(*this);
    held.add(test.capabilities);
    then = type_of(expression.operands[1]);
  }
  Answer otherwise = type_of(expression.operands[2]);
  if (then.type == nullptr || otherwise.type == nullptr) return failed(nullptr);
  const auto bound = types_.least_upper_bound(then.type, otherwise.type);
  if (!bound) {
    report_incompatible(expression, *then.type, *otherwise.type, bound.error(), "the two branches");
    return failed(nullptr);
  }
  if (!test.sound || !then.sound || !otherwise.sound) return failed(*bound);
  append(then.capabilities, test.capabilities);
  return {*bound, true, intersection(std::move(then.capabilities), std::move(otherwise.capabilities))};
}

Answer Checker::conjunction(Answer left, Answer right) {
  const bool sound = left.sound && right.sound;
  if (left.type == nullptr || right.type == nullptr) return boolean(false);
  if (right.type->kind == Kind::no) return {right.type, sound};
  const Type* type = right.type->kind == Kind::yes  ? left.type
                     : left.type->kind == Kind::yes ? right.type
                                                    : types_.simple(Kind::boolean);
  if (!sound) return failed(type);
  append(left.capabilities, right.capabilities);
  return {type, true, std::move(left.capabilities)};
}

// What stands behind something that is always false is not looked at.
Answer Checker::all(const Expression& expression) {
  const auto& operands = expression.operands;
  Held held(*this);
  Answer left = expect(operands.front(), Wanted::boolean);
  std::size_t live = 1;
  Capabilities fresh = left.capabilities;
  for (; live < operands.size() && !is_a(left, Kind::no); ++live) {
    held.add(fresh);
    Answer right = expect(operands[live], Wanted::boolean);
    fresh = right.capabilities;
    left = conjunction(std::move(left), std::move(right));
  }
  if (trace_ != nullptr) trace_->live[&expression] = live;
  if (is_a(left, Kind::no)) left.capabilities.clear();
  return left;
}

Answer Checker::disjunction(Answer left, Answer right) {
  const bool sound = left.sound && right.sound;
  if (left.type == nullptr || right.type == nullptr) return boolean(false);
  Answer& taken = right.type->kind == Kind::no ? left : right;
  const bool one_decides = right.type->kind != Kind::boolean || left.type->kind == Kind::no;
  const Type* type = one_decides ? taken.type : types_.simple(Kind::boolean);
  if (!sound) return failed(type);
  if (one_decides) return {type, true, std::move(taken.capabilities)};
  return {type, true, intersection(std::move(left.capabilities), std::move(right.capabilities))};
}

// What stands behind something that is always true is not looked at.
Answer Checker::any(const Expression& expression) {
  const auto& operands = expression.operands;
  Answer left = expect(operands.front(), Wanted::boolean);
  std::size_t live = 1;
  for (; live < operands.size() && !is_a(left, Kind::yes); ++live) {
    left = disjunction(std::move(left), expect(operands[live], Wanted::boolean));
  }
  if (trace_ != nullptr) trace_->live[&expression] = live;
  return left;
}

Answer Checker::negated(Answer answer) {
  if (answer.type == nullptr) return boolean(false);
  if (answer.type->kind == Kind::boolean) return boolean(answer.sound);
  return {types_.boolean(answer.type->kind == Kind::no), answer.sound};
}

Answer Checker::set(const Expression& expression) {
  if (expression.operands.empty()) {
    mistake(expression, Rule::empty_set, "an empty set literal is not allowed",
            "its elements have no type; use `.isEmpty()` to ask whether a set is empty");
    return failed(nullptr);
  }
  bool sound = true;
  std::vector<const Type*> elements;
  for (const Expression& operand : expression.operands) {
    const Answer element = type_of(operand);
    sound = sound && element.sound;
    elements.push_back(element.type);
  }
  if (std::ranges::find(elements, nullptr) != elements.end()) return failed(nullptr);
  const Type* bound = elements.front();
  for (const Type* element : elements) {
    const auto wider = types_.least_upper_bound(bound, element);
    if (!wider) {
      report_incompatible(expression, *bound, *element, wider.error(), "the elements of a set");
      return failed(nullptr);
    }
    bound = *wider;
  }
  return {types_.set(bound), sound};
}

Answer Checker::record(const Expression& expression) {
  bool sound = true;
  bool known = true;
  std::vector<Member> members;
  for (std::size_t i = 0; i < expression.operands.size(); ++i) {
    const Answer value = type_of(expression.operands[i]);
    sound = sound && value.sound;
    known = known && value.type != nullptr;
    members.push_back({expression.texts[i], value.type});
  }
  if (!known) return failed(nullptr);
  return {types_.record(std::move(members)), sound};
}

// c1 && (c2 && c3), as the reference nests them.
Answer Checker::conditions(const std::vector<policy::Clause>& clauses) {
  Held held(*this);
  std::vector<Answer> answers;
  for (const policy::Clause& clause : clauses) {
    Answer answer = expect(clause.body, Wanted::boolean);
    answers.push_back(clause.unless ? negated(std::move(answer)) : std::move(answer));
    if (is_a(answers.back(), Kind::no)) break;
    held.add(answers.back().capabilities);
  }
  if (trace_ != nullptr) trace_->clauses = answers.size();
  if (answers.empty()) return {types_.boolean(true)};
  Answer folded = std::move(answers.back());
  answers.pop_back();
  for (; !answers.empty(); answers.pop_back()) folded = conjunction(std::move(answers.back()), std::move(folded));
  return folded;
}

}  // namespace cordon::validation
