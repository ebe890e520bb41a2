#include "cordon/policy/evaluate.h"

#include <algorithm>
#include <array>
#include <format>
#include <span>
#include <utility>

#include "cordon/policy/function.h"
#include "cordon/policy/unescape.h"

namespace cordon::policy {

namespace {

std::optional<std::int64_t> ordered(const Value& value) {
  if (const auto* number = value.as_long()) return *number;
  if (const auto* time = value.as_datetime()) return time->milliseconds;
  if (const auto* time = value.as_duration()) return time->milliseconds;
  return std::nullopt;
}

}  // namespace

Evaluation::Evaluation(const Request& request, const Entities& entities)
    : request_(request), entities_(entities), own_(std::make_unique<Workspace>()), workspace_(*own_) {}

Evaluation::Evaluation(const Request& request, const Entities& entities, Workspace& workspace)
    : request_(request), entities_(entities), workspace_(workspace), wordless_(true) {
  workspace_.clear();
}

// === what has to be computed is kept in the workspace ===

const Value* Workspace::keep(Value value) {
  if (used_ == kept_.size()) {
    kept_.push_back(std::make_unique<Value>(std::move(value)));
  } else {
    *kept_[used_] = std::move(value);
  }
  return kept_[used_++].get();
}

// === scopes: these can never fail ===

bool Evaluation::matches(const Scope& scope, const EntityUid& uid) const {
  switch (scope.kind) {
    case ScopeKind::any:
      return true;
    case ScopeKind::equal:
      return uid == scope.entity;
    case ScopeKind::in:
      return entities_.in(uid, scope.entity);
    case ScopeKind::is:
      return uid.type == scope.type;
    case ScopeKind::is_in:
      return uid.type == scope.type && entities_.in(uid, scope.entity);
  }
  std::unreachable();
}

bool Evaluation::matches(const ActionScope& scope, const EntityUid& uid) const {
  if (scope.kind == ScopeKind::any) return true;
  if (scope.kind == ScopeKind::equal) return uid == scope.actions.front();
  return std::ranges::any_of(scope.actions, [&](const EntityUid& action) { return entities_.in(uid, action); });
}

bool Evaluation::scope_matches(const Policy& policy) const {
  return matches(policy.action, request_.action) && matches(policy.principal, request_.principal) &&
         matches(policy.resource, request_.resource);
}

// === clauses ===

std::optional<bool> Evaluation::hold(const std::vector<Clause>& clauses) {
  for (const Clause& clause : clauses) {
    const auto held = holds(clause);
    if (!held || !*held) return held;
  }
  return true;
}

std::optional<bool> Evaluation::holds(const Clause& clause) {
  const auto body = truth(clause.body);
  if (!body) return std::nullopt;
  return *body != clause.unless;
}

std::optional<bool> Evaluation::truth(const Expression& expression) {
  const Value* found = value(expression);
  if (found == nullptr) return std::nullopt;
  if (const bool* truth = found->as_bool()) return *truth;
  wrong_type(expression, "Bool", *found);
  return std::nullopt;
}

Fault Evaluation::take_fault() {
  Fault taken = fault_.value_or(Fault{});
  fault_.reset();
  return taken;
}

// === expressions ===

const Value* Evaluation::value(const Expression& e) {
  if (e.constant) return &e.literal;
  switch (e.kind) {
    case ExpressionKind::literal:
      return &e.literal;
    case ExpressionKind::variable:
      return variable(e.variable);
    case ExpressionKind::conditional:
      return conditional(e);
    case ExpressionKind::all:
      return all(e);
    case ExpressionKind::any:
      return any(e);
    case ExpressionKind::negate:
      return negate(e);
    case ExpressionKind::minus:
      return minus(e);
    case ExpressionKind::sum:
      return sum(e);
    case ExpressionKind::product:
      return product(e);
    case ExpressionKind::equal:
    case ExpressionKind::not_equal:
      return equal(e);
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
      return contains(e);
    case ExpressionKind::contains_all:
    case ExpressionKind::contains_any:
      return contains_all_or_any(e);
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

const Value* Evaluation::variable(Variable variable) {
  switch (variable) {
    case Variable::principal:
      return &(principal_ ? *principal_ : principal_.emplace(Value::view(request_.principal)));
    case Variable::action:
      return &(action_ ? *action_ : action_.emplace(Value::view(request_.action)));
    case Variable::resource:
      return &(resource_ ? *resource_ : resource_.emplace(Value::view(request_.resource)));
    case Variable::context:
      return &(context_ ? *context_ : context_.emplace(Value::view(request_.context)));
  }
  std::unreachable();
}

const Value* Evaluation::conditional(const Expression& e) {
  const auto test = truth(e.operands[0]);
  if (!test) return nullptr;
  return value(e.operands[*test ? 1 : 2]);
}

// Short circuit: what stands behind the deciding operand is not evaluated and cannot fail.
const Value* Evaluation::all(const Expression& e) {
  for (const Expression& operand : e.operands) {
    const auto held = truth(operand);
    if (!held) return nullptr;
    if (!*held) return &false_;
  }
  return &true_;
}

const Value* Evaluation::any(const Expression& e) {
  for (const Expression& operand : e.operands) {
    const auto held = truth(operand);
    if (!held) return nullptr;
    if (*held) return &true_;
  }
  return &false_;
}

const Value* Evaluation::negate(const Expression& e) {
  const auto held = truth(e.operands[0]);
  return held ? truth_value(!*held) : nullptr;
}

const Value* Evaluation::minus(const Expression& e) {
  const auto* number = integer(e.operands[0]);
  if (number == nullptr) return nullptr;
  std::int64_t result = 0;
  if (__builtin_sub_overflow(std::int64_t{0}, *number, &result)) {
    return fault(e, [&] { return std::format("integer overflow in -({})", *number); });
  }
  return keep(result);
}

const Value* Evaluation::sum(const Expression& e) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    const auto* number = integer(e.operands[i]);
    if (number == nullptr) return nullptr;
    const std::int64_t before = total;
    const bool overflow = e.signs[i] == '+' ? __builtin_add_overflow(total, *number, &total)
                                            : __builtin_sub_overflow(total, *number, &total);
    if (overflow)
      return fault(e, [&] { return std::format("integer overflow in {} {} {}", before, e.signs[i], *number); });
  }
  return keep(total);
}

const Value* Evaluation::product(const Expression& e) {
  std::int64_t total = 1;
  for (const Expression& operand : e.operands) {
    const auto* number = integer(operand);
    if (number == nullptr) return nullptr;
    const std::int64_t before = total;
    if (__builtin_mul_overflow(total, *number, &total)) {
      return fault(e, [&] { return std::format("integer overflow in {} * {}", before, *number); });
    }
  }
  return keep(total);
}

// Values of different kinds are unequal, which is no error.
const Value* Evaluation::equal(const Expression& e) {
  const Value* left = value(e.operands[0]);
  const Value* right = left == nullptr ? nullptr : value(e.operands[1]);
  if (right == nullptr) return nullptr;
  return truth_value((*left == *right) == (e.kind == ExpressionKind::equal));
}

// What < and its like compare: numbers, or times of the same kind.
const Value* Evaluation::order(const Expression& e) {
  const Value* left = value(e.operands[0]);
  const Value* right = left == nullptr ? nullptr : value(e.operands[1]);
  if (right == nullptr) return nullptr;
  const auto a = ordered(*left), b = ordered(*right);
  if (!a) return wrong_type(e.operands[0], "Long, datetime or duration", *left);
  if (left->kind() != right->kind()) return wrong_type(e.operands[1], left->kind(), *right);
  switch (e.kind) {
    case ExpressionKind::less:
      return truth_value(*a < *b);
    case ExpressionKind::less_equal:
      return truth_value(*a <= *b);
    case ExpressionKind::greater:
      return truth_value(*a > *b);
    default:
      return truth_value(*a >= *b);
  }
}

const Value* Evaluation::in(const Expression& e) {
  const EntityUid* uid = entity(e.operands[0]);
  if (uid == nullptr) return nullptr;
  const auto member = member_of(*uid, e.operands[1]);
  return member ? truth_value(*member) : nullptr;
}

// A set must hold entities only, even behind one that already matches.
std::optional<bool> Evaluation::member_of(const EntityUid& uid, const Expression& group) {
  const Value* found = value(group);
  if (found == nullptr) return std::nullopt;
  if (const EntityUid* one = found->as_entity()) return within(uid, *one);
  const Set* many = found->as_set();
  if (many == nullptr) {
    wrong_type(group, "Entity or Set of entities", *found);
    return std::nullopt;
  }
  for (const Value& member : *many) {
    if (member.as_entity() == nullptr) {
      wrong_type(group, "Entity in the set", member);
      return std::nullopt;
    }
  }
  return std::ranges::any_of(*many, [&](const Value& member) { return within(uid, *member.as_entity()); });
}

const Value* Evaluation::is(const Expression& e) {
  const EntityUid* uid = entity(e.operands[0]);
  if (uid == nullptr) return nullptr;
  if (uid->type != e.texts[0]) return &false_;
  if (e.kind == ExpressionKind::is) return &true_;
  const auto member = member_of(*uid, e.operands[1]);  // `a is T in b` means a is T && a in b
  return member ? truth_value(*member) : nullptr;
}

const Value* Evaluation::like(const Expression& e) {
  const Value* found = value(e.operands[0]);
  if (found == nullptr) return nullptr;
  const std::string* text = found->as_string();
  if (text == nullptr) return wrong_type(e.operands[0], "String", *found);
  return truth_value(policy::matches(*text, e.texts));
}

// The record to look into: of a record itself, or of an entity (null when the store does not know it).
const Record* Evaluation::attributes(const Value& value, bool& usable) {
  usable = true;
  if (const Record* record = value.as_record()) return record;
  const EntityUid* uid = value.as_entity();
  usable = uid != nullptr;
  const Entity* entity = usable ? stored(*uid) : nullptr;
  return entity == nullptr ? nullptr : &entity->attributes;
}

// `x has a.b` is x has a && x.a has b: false when a is missing, a fault when x.a is neither record nor entity.
const Value* Evaluation::has(const Expression& e) {
  const Value* found = value(e.operands[0]);
  if (found == nullptr) return nullptr;
  for (const std::string& name : e.texts) {
    bool usable = false;
    const Record* record = attributes(*found, usable);
    if (!usable) return wrong_type(e, "Record or Entity before `has`", *found);
    if (record == nullptr) return &false_;
    const auto attribute = record->find(name);
    if (attribute == record->end()) return &false_;
    found = &attribute->second;
  }
  return &true_;
}

const Value* Evaluation::get(const Expression& e) {
  const Value* found = value(e.operands[0]);
  if (found == nullptr) return nullptr;
  bool usable = false;
  const Record* record = attributes(*found, usable);
  if (!usable) return wrong_type(e.operands[0], "Record or Entity", *found);
  if (record == nullptr) return fault(e, [&] { return std::format("entity {} does not exist", found->text()); });
  const auto attribute = record->find(e.texts[0]);
  if (attribute == record->end()) {
    return fault(e, [&] {
      return std::format("{} has no attribute {}", found->as_entity() ? found->text() : "the record",
                         in_quotes(e.texts[0]));
    });
  }
  return &attribute->second;
}

// The tags of an entity (null when the store does not know it) and the key; nothing after a fault.
std::optional<Evaluation::Tag> Evaluation::tag(const Expression& e) {
  const EntityUid* uid = entity(e.operands[0]);
  const Value* key = uid == nullptr ? nullptr : value(e.operands[1]);
  if (key == nullptr) return std::nullopt;
  if (key->as_string() == nullptr) {
    wrong_type(e.operands[1], "String", *key);
    return std::nullopt;
  }
  const Entity* found = stored(*uid);
  return Tag{uid, found == nullptr ? nullptr : &found->tags, key->as_string()};
}

const Value* Evaluation::has_tag(const Expression& e) {
  const auto asked = tag(e);
  if (!asked) return nullptr;
  return truth_value(asked->tags != nullptr && asked->tags->contains(*asked->key));
}

const Value* Evaluation::get_tag(const Expression& e) {
  const auto asked = tag(e);
  if (!asked) return nullptr;
  if (asked->tags == nullptr) {
    return fault(e, [&] { return std::format("entity {} does not exist", asked->uid->text()); });
  }
  const auto found = asked->tags->find(*asked->key);
  if (found != asked->tags->end()) return &found->second;
  return fault(e, [&] { return std::format("{} has no tag {}", asked->uid->text(), in_quotes(*asked->key)); });
}

const Value* Evaluation::call(const Expression& e) {
  // A call of any function with too many arguments is a fault, but they are evaluated first.
  std::array<const Value*, 2> few{};
  std::vector<const Value*> many(e.operands.size() > few.size() ? e.operands.size() : 0);
  const std::span arguments = many.empty() ? std::span(few).first(e.operands.size()) : std::span(many);
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    arguments[i] = value(e.operands[i]);
    if (arguments[i] == nullptr) return nullptr;
  }
  auto answer = policy::call(e.function, arguments);
  if (!answer) return fault(e, [&] { return message(answer.error(), e.function, arguments); });
  if (const bool* truth = answer->as_bool()) return truth_value(*truth);
  return keep(std::move(*answer));
}

const Value* Evaluation::contains(const Expression& e) {
  if (is_small_set(e.operands[0])) return contained(e);
  const Set* set = members(e.operands[0]);
  const Value* wanted = set == nullptr ? nullptr : value(e.operands[1]);
  if (wanted == nullptr) return nullptr;
  return truth_value(std::ranges::binary_search(*set, *wanted, std::less<>{}));
}

// `[a, b].contains(x)`: the set need not be made.
const Value* Evaluation::contained(const Expression& e) {
  FewValues members{};
  if (!gather(e.operands[0], members)) return nullptr;
  const Value* wanted = value(e.operands[1]);
  if (wanted == nullptr) return nullptr;
  const auto first = members.begin();
  return truth_value(std::any_of(first, first + static_cast<std::ptrdiff_t>(e.operands[0].operands.size()),
                                 [&](const Value* member) { return *member == *wanted; }));
}

// The members of a small set in the order they are written; not all of them after a fault.
bool Evaluation::gather(const Expression& e, FewValues& members) {
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    members[i] = value(e.operands[i]);
    if (members[i] == nullptr) return false;
  }
  return true;
}

// Sets are sorted, so one walk over both is enough.
const Value* Evaluation::contains_all_or_any(const Expression& e) {
  const Set* set = members(e.operands[0]);
  const Set* wanted = set == nullptr ? nullptr : members(e.operands[1]);
  if (wanted == nullptr) return nullptr;
  if (e.kind == ExpressionKind::contains_all) return truth_value(std::ranges::includes(*set, *wanted, std::less<>{}));
  return truth_value(std::ranges::any_of(
      *wanted, [&](const Value& v) { return std::ranges::binary_search(*set, v, std::less<>{}); }));
}

const Value* Evaluation::is_empty(const Expression& e) {
  const Set* set = members(e.operands[0]);
  return set == nullptr ? nullptr : truth_value(set->empty());
}

bool Evaluation::is_small_set(const Expression& e) {
  return e.kind == ExpressionKind::set && !e.constant && e.operands.size() <= FewValues{}.size();
}

const Value* Evaluation::set(const Expression& e) {
  std::vector<Value> made;
  made.reserve(e.operands.size());
  for (const Expression& operand : e.operands) {
    const Value* member = value(operand);
    if (member == nullptr) return nullptr;
    made.push_back(*member);
  }
  return keep(Value::set(std::move(made)));
}

const Value* Evaluation::record(const Expression& e) {
  Record made;
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    const Value* member = value(e.operands[i]);
    if (member == nullptr) return nullptr;
    made.emplace(e.texts[i], *member);
  }
  return keep(Value(std::move(made)));
}

// === operands of a wanted type ===

const std::int64_t* Evaluation::integer(const Expression& e) {
  const Value* found = value(e);
  if (found == nullptr) return nullptr;
  if (const auto* number = found->as_long()) return number;
  return wrong_type(e, "Long", *found);
}

const EntityUid* Evaluation::entity(const Expression& e) {
  const Value* found = value(e);
  if (found == nullptr) return nullptr;
  if (const auto* uid = found->as_entity()) return uid;
  return wrong_type(e, "Entity", *found);
}

const Set* Evaluation::members(const Expression& e) {
  const Value* found = value(e);
  if (found == nullptr) return nullptr;
  if (const auto* set = found->as_set()) return set;
  return wrong_type(e, "Set", *found);
}

// Rules ask for principal, action and resource again and again: these are looked up once.
const Entities::Node* Evaluation::node_of(const EntityUid& uid) {
  const auto once = [&](std::optional<const Entities::Node*>& known) {
    return known ? *known : known.emplace(entities_.node(Hashed(uid)));
  };
  if (&uid == &request_.principal) return once(nodes_[0]);
  if (&uid == &request_.resource) return once(nodes_[2]);
  if (&uid == &request_.action) return once(nodes_[1]);
  return entities_.node(Hashed(uid));
}

const Entity* Evaluation::stored(const EntityUid& uid) {
  const Entities::Node* node = node_of(uid);
  return node != nullptr && node->stored ? &node->entity : nullptr;
}

bool Evaluation::within(const EntityUid& uid, const EntityUid& group) {
  return uid == group || entities_.in(node_of(uid), group);
}

std::nullptr_t Evaluation::wrong_type(const Expression& e, std::string_view expected, const Value& found) {
  return fault(e, [&] { return std::format("type error: expected {}, got {}", expected, found.kind()); });
}

}  // namespace cordon::policy
