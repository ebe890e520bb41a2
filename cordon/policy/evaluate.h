// A syntax tree and a request become a value, or the fault that stopped it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/policy.h"

namespace cordon::policy {

struct Fault {
  std::uint32_t offset = 0;  // of the expression that failed
  std::string message;
};

// Memory that evaluations reuse: once it has grown to what the rules need, evaluating allocates nothing (but for sets
// and records that a rule builds from values of the request). One evaluation at a time.
class Workspace {
 public:
  void clear() { used_ = 0; }
  const Value* keep(Value value);

 private:
  std::vector<std::unique_ptr<Value>> kept_;  // the first used_ are in use
  std::size_t used_ = 0;
};

// Evaluates any number of expressions for one request. Values are borrowed wherever they already exist (in the rules,
// the context or the entities), so that the usual comparison copies and allocates nothing.
class Evaluation {
 public:
  Evaluation(const Request& request, const Entities& entities);
  // In reused memory, and without words: faults have their place but no message.
  Evaluation(const Request& request, const Entities& entities, Workspace& workspace);
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  // What is known of the request's entities already, in the order principal, action, resource.
  void know(const std::array<std::optional<const Entities::Node*>, 3>& nodes) { nodes_ = nodes; }

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
  const Value* has_tag(const Expression& e);
  const Value* get_tag(const Expression& e);
  const Value* call(const Expression& e);
  using FewValues = std::array<const Value*, 16>;  // members of a set that is not made
  static bool is_small_set(const Expression& e);
  bool gather(const Expression& e, FewValues& members);
  const Value* contained(const Expression& e);
  const Value* set(const Expression& e);
  const Value* record(const Expression& e);

  struct Tag {
    const EntityUid* uid;
    const Record* tags;
    const std::string* key;
  };
  std::optional<Tag> tag(const Expression& e);
  std::optional<bool> member_of(const EntityUid& uid, const Expression& group);
  const std::int64_t* integer(const Expression& e);
  const EntityUid* entity(const Expression& e);
  const Set* members(const Expression& e);
  const Entities::Node* node_of(const EntityUid& uid);
  const Entity* stored(const EntityUid& uid);
  bool within(const EntityUid& uid, const EntityUid& group);  // `in`
  const Record* attributes(const Value& value, bool& usable);

  const Value* truth_value(bool truth) const { return truth ? &true_ : &false_; }
  const Value* keep(Value value) { return workspace_.keep(std::move(value)); }
  // `message` is a string, or a function making one: then no words are made for those who want none.
  template <class Message>
  std::nullptr_t fault(const Expression& e, Message&& message) {
    fault_.emplace(e.begin);
    if constexpr (std::is_invocable_v<Message>) {
      if (!wordless_) fault_->message = message();
    } else {
      if (!wordless_) fault_->message = std::forward<Message>(message);
    }
    return nullptr;
  }
  std::nullptr_t wrong_type(const Expression& e, std::string_view expected, const Value& found);

  const Request& request_;
  const Entities& entities_;
  const Value true_{true};
  const Value false_{false};
  std::optional<Value> principal_, action_, resource_, context_;  // views, made when a rule asks for them
  std::array<std::optional<const Entities::Node*>, 3> nodes_;     // of the same, looked up once
  std::unique_ptr<Workspace> own_;
  Workspace& workspace_;
  bool wordless_ = false;
  std::optional<Fault> fault_;
};

}  // namespace cordon::policy
