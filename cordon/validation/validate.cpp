#include "cordon/validation/validate.h"

#include "cordon/validation/check.h"
#include "cordon/validation/level.h"
#include "cordon/validation/names.h"
#include "cordon/validation/scope.h"
#include "cordon/validation/shape.h"
#include "cordon/validation/text.h"

namespace cordon::validation {

using policy::Policy;
using policy::ScopeKind;

namespace {

constexpr std::size_t kMostSuggestions = 200;

// Validates one policy after another, keeping what they have in common: types and environments.
class Validation {
 public:
  Validation(const policy::PolicySet& policies, const schema::Schema& schema)
      : policies_(policies), types_(schema), environments_(types_) {}

  // With or without searching for what the mistaken names may have meant: that takes time when mistakes are many.
  void policy(const Policy& policy, Suggestions suggestions, Report& report);
  void link(const policy::Link& link, const Policy& bound, Report& report);
  void level(const Policy& policy, std::size_t most, Report& report);

 private:
  bool possible(const Policy& policy, Report& report);
  void level_of_scope(const Policy& policy, Report& report);

  const policy::PolicySet& policies_;
  Types types_;
  Environments environments_;
};

// Types the policy in every environment where its scope can hold; false when it can hold in none.
bool Validation::possible(const Policy& policy, Report& report) {
  const Selection selection = select(policy, types_, environments_);
  bool possible = false;
  Shapes shapes;
  for (const Environment& environment : selection.environments) {
    if (fits(policy.principal, *environment.principal, types_).kind == Kind::no) continue;
    if (selection.problem) report.add(*selection.problem);
    if (fits(policy.resource, *environment.resource, types_).kind == Kind::no) continue;
    Checker checker(types_, shapes, report, policies_.text(), environment);
    const Answer answer = checker.conditions(policy.clauses);
    if (answer.type == nullptr || answer.type->kind != Kind::no) possible = true;
  }
  return possible;
}

void Validation::policy(const Policy& policy, Suggestions suggestions, Report& report) {
  check_names(policy, policies_.text(), types_.schema(), suggestions, report);
  check_application(policy, types_, environments_, report);
  warn_of_text(policy, report);
  if (possible(policy, report)) return;
  report.add(
      {policy.begin, Rule::impossible_policy, "this policy can never hold: it is false for every valid request"},
      "remove it, or mend its scope and conditions");
}

// The template itself is validated apart; of a link, what it binds.
void Validation::link(const policy::Link& link, const Policy& bound, Report& report) {
  check_link(link, bound.begin, types_.schema(), report);
  check_application(bound, types_, environments_, report);
}

// `in` asks for ancestors, which is a step, and at level 0 no step is allowed.
void Validation::level_of_scope(const Policy& policy, Report& report) {
  const auto asks = [](ScopeKind kind) { return kind == ScopeKind::in || kind == ScopeKind::is_in; };
  for (const Environment& environment : environments_.everywhere({})) {
    const auto steps = [&](const policy::Scope& scope, const Type& type) {
      return scope.kind == ScopeKind::in || (scope.kind == ScopeKind::is_in && scope.type == type.entity);
    };
    bool asked = steps(policy.principal, *environment.principal);
    if (fits(policy.principal, *environment.principal, types_).kind != Kind::no) {
      asked = asked || asks(policy.action.kind) || steps(policy.resource, *environment.resource);
    }
    if (!asked) continue;
    report.add(
        {policy.begin, Rule::level_exceeded, "`in` in the scope needs entities at level 1, and only 0 is allowed"});
    return;
  }
}

void Validation::level(const Policy& policy, std::size_t most, Report& report) {
  if (most == 0) level_of_scope(policy, report);
  const Selection selection = select(policy, types_, environments_);
  Shapes shapes;
  for (const Environment& environment : selection.environments) {
    const Fit principal = fits(policy.principal, *environment.principal, types_);
    const Fit resource = fits(policy.resource, *environment.resource, types_);
    if (principal.kind == Kind::no || resource.kind == Kind::no) continue;
    Report mistakes;
    Trace trace;
    Checker checker(types_, shapes, mistakes, policies_.text(), environment, &trace);
    const Answer answer = checker.conditions(policy.clauses);
    // Where typing failed there is nothing to walk; what is always false is walked all the same.
    const bool sound = answer.sound && principal.sound && resource.sound && selection.sound;
    const bool always_false = answer.type != nullptr && answer.type->kind == Kind::no;
    if (!sound && !always_false) continue;
    LevelCheck check(trace, environment, most, report);
    for (std::size_t i = 0; i < trace.clauses; ++i) check.expression(policy.clauses[i].body);
  }
}

}  // namespace

Findings validate(const policy::PolicySet& policies, const schema::Schema& schema) {
  Findings findings;
  Validation validation(policies, schema);
  const auto one = [&](const policy::PolicyInfo& info, const Policy& tree) {
    Report report;
    const bool few = findings.errors.size() < kMostSuggestions;
    validation.policy(tree, few ? Suggestions::wanted : Suggestions::none, report);
    report.hand_over(policies, info.id, findings);
  };
  const std::size_t written = policies.policies().size() - policies.links().size();
  for (std::size_t i = 0; i < written; ++i) one(policies.policies()[i], policies.trees()[i]);
  for (std::size_t i = 0; i < policies.templates().size(); ++i) {
    one(policies.templates()[i], policies.template_trees()[i]);
  }
  for (std::size_t i = 0; i < policies.links().size(); ++i) {
    Report report;
    validation.link(policies.links()[i], policies.trees()[written + i], report);
    report.hand_over(policies, policies.links()[i].id, findings);
  }
  return findings;
}

Findings validate_level(const policy::PolicySet& policies, const schema::Schema& schema, std::size_t level) {
  Findings findings;
  Validation validation(policies, schema);
  const auto one = [&](const policy::PolicyInfo& info, const Policy& tree) {
    Report report;
    validation.level(tree, level, report);
    report.hand_over(policies, info.id, findings);
  };
  const std::size_t written = policies.policies().size() - policies.links().size();
  for (std::size_t i = 0; i < written; ++i) one(policies.policies()[i], policies.trees()[i]);
  for (std::size_t i = 0; i < policies.templates().size(); ++i) {
    one(policies.templates()[i], policies.template_trees()[i]);
  }
  return findings;
}

}  // namespace cordon::validation
