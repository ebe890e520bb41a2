// A syntax tree and a request become a value, or the fault that stopped it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/policy.h"

namespace cordon::policy {

struct Fault {
  std::uint32_t offset = 0;  // of the expression that failed
  std::string message;
};

// Evaluates any number of expressions for one request. Values are borrowed wherever they already exist (in the rules,
// the context or the entities), so that the usual comparison copies and allocates nothing.
class Evaluation {
 public:
  Evaluation(const Request& request, const Entities& entities);
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  // Null after a fault. The value lives as long as this object, the request, the entities and the rules do.
  const Value* value(const Expression& expression);
  // Nothing after a fault, which includes a value that is no Bool.
  std::optional<bool> truth(const Expression& expression);
  // Whether every clause holds. Clauses are tried in order, and the first that fails ends it.
  std::optional<bool> hold(const std::vector<Clause>& clauses);
  std::optional<bool> holds(const Clause& clause);

  bool matches(const Scope& scope, const EntityUid& uid) const;
  bool matches(const ActionScope& scope, const EntityUid& uid) const;
  bool scope_matches(const Policy& policy) const;

  Fault take_fault();  // after a null or nothing: why; the evaluation may go on with other expressions

 private:
  const Value* variable(Variable variable);
  const Value* conditional(const Expression& e);
  const Value* all(const Expression& e);
  const Value* any(const Expression& e);
  const Value* negate(const Expression& e);
  const Value* minus(const Expression& e);
  const Value* sum(const Expression& e);
  const Value* product(const Expression& e);
  const Value* equal(const Expression& e);
  const Value* order(const Expression& e);
  const Value* in(const Expression& e);
  const Value* is(const Expression& e);
  const Value* like(const Expression& e);
  const Value* has(const Expression& e);
  const Value* get(const Expression& e);
  const Value* contains(const Expression& e);
  const Value* contains_all_or_any(const Expression& e);
  const Value* is_empty(const Expression& e);
  const Value* set(const Expression& e);
  const Value* record(const Expression& e);

  std::optional<bool> member_of(const EntityUid& uid, const Expression& group);
  const std::int64_t* integer(const Expression& e);
  const EntityUid* entity(const Expression& e);
  const Set* members(const Expression& e);
  const Entity* stored(const EntityUid& uid) const;
  const Record* attributes(const Value& value, bool& usable) const;

  const Value* truth_value(bool truth) const { return truth ? &true_ : &false_; }
  const Value* keep(Value value);
  std::nullptr_t fault(const Expression& e, std::string message);
  std::nullptr_t wrong_type(const Expression& e, std::string_view expected, const Value& found);

  const Request& request_;
  const Entities& entities_;
  const Entity* principal_entity_;
  const Entity* resource_entity_;
  const Value true_{true};
  const Value false_{false};
  std::optional<Value> principal_, action_, resource_, context_;  // made when a rule asks for them
  std::vector<std::unique_ptr<Value>> kept_;                      // what had to be computed
  std::optional<Fault> fault_;
};

}  // namespace cordon::policy
