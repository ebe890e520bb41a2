// The type checker: what type an expression has in one request environment, and what is wrong with it.
//
// After a mistake checking goes on with what is still known, so that one run tells of every mistake.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/validation/environment.h"
#include "cordon/validation/report.h"
#include "cordon/validation/shape.h"
#include "cordon/validation/type.h"

namespace cordon::validation {

struct Answer {
  const Type* type = nullptr;      // nothing: not known, because of a mistake further in
  bool sound = true;               // no mistake was found
  Capabilities capabilities = {};  // what is proved when this holds; none when not sound
};

// What was looked at in the expressions of one environment, for those who walk the tree again.
struct Trace {
  std::size_t clauses = 0;                                          // how many can be reached
  std::unordered_map<const policy::Expression*, std::size_t> live;  // && || has is_in: how many parts can be reached
  std::unordered_map<const policy::Expression*, bool> taken;        // if: the only branch that can be reached
  std::unordered_map<const policy::Expression*, std::vector<const Type*>>
      targets;  // get, has: types of what is asked
};

// What an operand must be.
enum class Wanted : std::uint8_t {
  boolean,
  integer,
  string,
  entity,
  set,
  entity_or_record,
  entity_or_entities,
  decimal,
  ipaddr,
  datetime,
  duration
};

class Checker {
 public:
  // `text` is that of the policy set; `trace` may be absent.
  Checker(Types& types, Shapes& shapes, Report& report, std::string_view text, const Environment& environment,
          Trace* trace = nullptr)
      : types_(types), shapes_(shapes), report_(report), text_(text), environment_(environment), trace_(trace) {}

  // All clauses of a policy, each proving for those behind it.
  Answer conditions(const std::vector<policy::Clause>& clauses);

 private:
  using Expression = policy::Expression;

  Answer type_of(const Expression& expression);
  Answer expect(const Expression& expression, Wanted wanted, std::string (*hint)(const Type&) = nullptr);

  // check.cpp
  Answer literal(const Expression& expression);
  Answer variable(const Expression& expression);
  Answer conditional(const Expression& expression);
  Answer branches(const Expression& expression, const Answer& test);
  Answer all(const Expression& expression);
  Answer any(const Expression& expression);
  Answer conjunction(Answer left, Answer right);
  Answer disjunction(Answer left, Answer right);
  Answer negated(Answer answer);
  Answer set(const Expression& expression);
  Answer record(const Expression& expression);

  // check_operator.cpp
  Answer arithmetic(const Expression& expression);
  Answer equal(const Expression& expression);
  Answer compare(const Expression& expression);
  void report_incomparable(const Expression& expression, const Type& left, const Type& right);
  Answer in(const Expression& expression);
  Answer is_in(const Expression& expression);
  Answer membership(const Expression& expression, const Answer& member, const Answer& group);
  Answer is(const Expression& expression);
  Answer contains(const Expression& expression);
  Answer contains_several(const Expression& expression);
  Answer like(const Expression& expression);
  Answer is_empty(const Expression& expression);
  bool is_literal(const Expression& expression) const;
  const policy::EntityUid* entity_named(const Expression& expression) const;

  // check_access.cpp
  Answer get(const Expression& expression);
  Answer has(const Expression& expression);
  Answer has_one(const Answer& target, ShapeId shape, std::string_view name);
  Answer step(const Expression& expression, const Answer& target, ShapeId shape, std::string_view name);
  Answer has_tag(const Expression& expression);
  Answer get_tag(const Expression& expression);
  struct Access {
    std::string path;   // "token.scope"
    std::string guard;  // "context.token has scope"
    std::string of;     // " on `Nf`"; or nothing
    std::string where;  // " in the context of `Action::"x"`"; or nothing
  };
  Access describe(const Expression& get);

  // check_call.cpp
  Answer call(const Expression& expression);
  bool check_constructor(const Expression& expression);

  bool held(Capability capability) const { return capability < held_.size() && held_[capability] > 0; }
  Answer bounded(const Expression& expression, const Answer& left, const Answer& right, const Type* one,
                 const Type* other, const Type* result, std::string_view what);
  void mistake(const Expression& expression, Rule rule, std::string message, std::string hint = {},
               std::string_view where = {});
  void report_incompatible(const Expression& expression, const Type& one, const Type& other, Mismatch mismatch,
                           std::string_view what);
  Answer failed(const Type* type) const { return {type, false, {}}; }
  Answer boolean(bool sound) { return {types_.simple(Kind::boolean), sound, {}}; }

  // Capabilities held while this lives.
  class Held {
   public:
    explicit Held(Checker& checker) : checker_(checker) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held();
    void add(const Capabilities& capabilities);

   private:
    Checker& checker_;
    Capabilities held_;
  };

  Types& types_;
  Shapes& shapes_;
  Report& report_;
  std::string_view text_;
  const Environment& environment_;
  Trace* trace_;
  std::vector<std::uint32_t> held_;  // by capability: how often it is held now
};

}  // namespace cordon::validation
