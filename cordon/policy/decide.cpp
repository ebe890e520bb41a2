// A decision in words, for those who want one answer and its reasons rather than many answers fast.
#include "cordon/policy/decider.h"
#include "cordon/policy/policy_set.h"

namespace cordon::policy {

Decision Decider::in_words(const Request& request, const Entities& entities) const {
  const auto& set = *set_.impl_;
  Decision decision{.allow = ruling_.allow,
                    .determining = {},
                    .errors = {},
                    .forbidden = ruling_.forbidden,
                    .erring_forbid = ruling_.erring_forbid};
  for (const std::uint32_t position : ruling_.determining) decision.determining.push_back(set.infos[position].id);
  for (const Erring& erring : ruling_.errors) {
    Evaluation evaluation(request, entities);
    (void)evaluation.hold(set.policies[erring.position].clauses);
    decision.errors.push_back({set.infos[erring.position].id,
                               to_string(set.lines.place(erring.offset)) + ": " + evaluation.take_fault().message});
  }
  return decision;
}

Decision PolicySet::decide(const Request& request, const Entities& entities, Profile profile, Search search) const {
  Decider decider(*this);
  decider.decide(request, entities, profile, search);
  return decider.in_words(request, entities);
}

}  // namespace cordon::policy
