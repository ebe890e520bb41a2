// The authorizer: deny by default, forbid wins, erring policies are skipped and reported; then the fail-closed
// profile.
#include <numeric>

#include "cordon/policy/evaluate.h"
#include "cordon/policy/policy_set.h"

namespace cordon::policy {

namespace {

// Positions of policies by what became of them.
struct Outcome {
  std::vector<std::size_t> permits;
  std::vector<std::size_t> forbids;
  std::vector<std::size_t> erring_forbids;
};

std::vector<std::size_t> every(std::size_t count) {
  std::vector<std::size_t> positions(count);
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  return positions;
}

std::vector<std::string> ids(const PolicySet::Impl& set, const std::vector<std::size_t>& positions) {
  std::vector<std::string> named;
  named.reserve(positions.size());
  for (const std::size_t position : positions) named.push_back(set.infos[position].id);
  return named;
}

EvaluationError report(const PolicySet::Impl& set, std::size_t position, const Fault& fault) {
  return {set.infos[position].id, to_string(set.lines.place(fault.offset)) + ": " + fault.message};
}

Decision answer(const PolicySet::Impl& set, const Outcome& outcome, Profile profile) {
  Decision decision;
  if (!outcome.forbids.empty()) {
    decision.forbidden = true;
    decision.determining = ids(set, outcome.forbids);
  } else if (profile == Profile::fail_closed && !outcome.erring_forbids.empty()) {
    decision.forbidden = true;
    decision.erring_forbid = true;
    decision.determining = ids(set, outcome.erring_forbids);
  } else if (!outcome.permits.empty()) {
    decision.allow = true;
    decision.determining = ids(set, outcome.permits);
  }
  return decision;
}

}  // namespace

Decision PolicySet::decide(const Request& request, const Entities& entities, Profile profile, Search search) const {
  Evaluation evaluation(request, entities);
  Outcome outcome;
  std::vector<EvaluationError> errors;
  const auto candidates =
      search == Search::indexed ? impl_->index.candidates(request.action, entities) : every(impl_->policies.size());
  for (const std::size_t position : candidates) {
    const Policy& policy = impl_->policies[position];
    if (!evaluation.scope_matches(policy)) continue;
    const auto held = evaluation.hold(policy.clauses);
    if (!held) {
      errors.push_back(report(*impl_, position, evaluation.take_fault()));
      if (policy.forbid) outcome.erring_forbids.push_back(position);
    } else if (*held) {
      (policy.forbid ? outcome.forbids : outcome.permits).push_back(position);
    }
  }
  Decision decision = answer(*impl_, outcome, profile);
  decision.errors = std::move(errors);
  return decision;
}

}  // namespace cordon::policy
