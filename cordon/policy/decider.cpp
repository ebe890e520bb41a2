// The authorizer: deny by default, forbid wins, erring policies are skipped and reported; then the fail-closed
// profile.
#include "cordon/policy/decider.h"

#include "cordon/policy/policy_set.h"

namespace cordon::policy {

Decider::Decider(const PolicySet& set) : set_(set) {}

const Ruling& Decider::decide(const Request& request, const Entities& entities, Profile profile, Search search) {
  ++decision_;
  permits_.clear();
  forbids_.clear();
  erring_forbids_.clear();
  errors_.clear();
  if (search == Search::every) {
    look_at_every(request, entities);
  } else {
    settle(request, entities, set_.impl_->index.candidates(request, entities, probe_));
  }
  rule_by(profile);
  return ruling_;
}

// What the index spares: every scope is compared, every condition evaluated where it stands.
void Decider::look_at_every(const Request& request, const Entities& entities) {
  Evaluation evaluation(request, entities, workspace_);
  const auto& policies = set_.impl_->policies;
  for (std::uint32_t i = 0; i < policies.size(); ++i) {
    if (!evaluation.scope_matches(policies[i])) continue;
    workspace_.clear();
    const auto held = evaluation.hold(policies[i].clauses);
    if (!held) {
      err(i, policies[i].forbid, evaluation.take_fault().offset);
    } else if (*held) {
      hold(i, policies[i].forbid);
    }
  }
}

void Decider::settle(const Request& request, const Entities& entities, std::span<const Candidate> candidates) {
  std::optional<Evaluation> evaluation;  // when there is a condition
  for (const Candidate& candidate : candidates) {
    const Rule rule(candidate.rule);
    if (rule.condition() == 0) {
      hold(candidate.position, rule.forbid());
      continue;
    }
    if (!evaluation) evaluation.emplace(request, entities, workspace_).know(probe_.nodes);
    settle(candidate.position, rule, *evaluation);
  }
}

void Decider::settle(std::uint32_t position, Rule rule, Evaluation& evaluation) {
  const ClauseUse* use = set_.impl_->conditions.uses(rule.condition());
  for (std::size_t i = 0;; ++i, ++use) {
    const Known& known = outcome_of(use->clause(), evaluation);
    if (known.outcome == Outcome::fails) return;
    if (known.outcome == Outcome::errs) {
      return err(position, rule.forbid(), set_.impl_->policies[position].clauses[i].begin + known.distance);
    }
    if (use->is_last()) return hold(position, rule.forbid());
  }
}

const Decider::Known& Decider::outcome_of(std::uint32_t clause, Evaluation& evaluation) {
  if (!set_.impl_->conditions.is_shared(clause)) return last_ = evaluated(clause, evaluation);
  Known& known = known_[clause % known_.size()];
  if (known.decision != decision_ || known.clause != clause) known = evaluated(clause, evaluation);
  return known;
}

Decider::Known Decider::evaluated(std::uint32_t number, Evaluation& evaluation) {
  workspace_.clear();  // one clause needs nothing that another computed
  const Clause& clause = set_.impl_->conditions.clause(number);
  const auto held = evaluation.holds(clause);
  return {.decision = decision_,
          .clause = number,
          .distance = held ? 0 : evaluation.take_fault().offset - clause.begin,
          .outcome = !held   ? Outcome::errs
                     : *held ? Outcome::holds
                             : Outcome::fails};
}

void Decider::err(std::uint32_t position, bool forbid, std::uint32_t offset) {
  errors_.push_back({position, offset});
  if (forbid) erring_forbids_.push_back(position);
}

void Decider::rule_by(Profile profile) {
  ruling_ = {.errors = errors_};
  if (!forbids_.empty()) {
    ruling_.forbidden = true;
    ruling_.determining = forbids_;
  } else if (profile == Profile::fail_closed && !erring_forbids_.empty()) {
    ruling_.forbidden = true;
    ruling_.erring_forbid = true;
    ruling_.determining = erring_forbids_;
  } else if (!permits_.empty()) {
    ruling_.allow = true;
    ruling_.determining = permits_;
  }
}

}  // namespace cordon::policy
