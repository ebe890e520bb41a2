// Expressions and policies of a valid set as SMT-LIB terms, in one request environment.
#pragma once

#include "cordon/analysis/smt_world.h"
#include "cordon/policy/policy.h"

namespace cordon::analysis::smt {

// What becomes of a policy: at most one of the two holds; neither: it does not apply.
struct PolicyTerms {
  Term satisfied;
  Term erring;
};

// Fails, naming the construct, where a term cannot say what the expression means. The policies must be strictly valid
// for the world's schema.
class Encoder {
 public:
  explicit Encoder(World& world) : world_(world), script_(world.script()) {}

  Result<PolicyTerms> policy(const policy::Policy& policy);
  Result<Symbolic> expression(const policy::Expression& e);

 private:
  using Expression = policy::Expression;

  Term scope(const policy::Scope& scope, const Symbolic& of);
  Result<Symbolic> literal(const policy::Value& value);
  Result<Symbolic> variable(const Expression& e);
  Result<Symbolic> conditional(const Expression& e);
  Result<Symbolic> chain(const Expression& e, bool all);
  Result<Symbolic> negate(const Expression& e);
  Result<Symbolic> arithmetic(const Expression& e);
  Result<Symbolic> compare(const Expression& e);
  Result<Symbolic> order(const Expression& e);
  Result<Symbolic> in(const Expression& e);
  Result<Symbolic> in_expression(const Symbolic& entity, const Expression& group);
  Result<Symbolic> is(const Expression& e);
  Result<Symbolic> like(const Expression& e);
  Result<Symbolic> has(const Expression& e);
  Result<Symbolic> get(const Expression& e);
  Result<Symbolic> contains(const Expression& e);
  Result<Symbolic> is_empty(const Expression& e);
  Result<Symbolic> set(const Expression& e);
  Result<Symbolic> record(const Expression& e);
  Result<Symbolic> has_tag(const Expression& e);
  Result<Symbolic> get_tag(const Expression& e);
  Result<Symbolic> call(const Expression& e);
  Result<Symbolic> construct(const Expression& e);

  Symbolic truth(Term term, Term ok);
  Symbolic checked(schema::Type type, Term term, Term ok);  // a 64-bit result: fails outside of its range

  World& world_;
  Script& script_;
};

}  // namespace cordon::analysis::smt
