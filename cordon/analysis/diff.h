// What changes from one policy set to another: which policies, and which answers.
#pragma once

#include <string>
#include <vector>

#include "cordon/analysis/prove.h"

namespace cordon::analysis {

enum class PolicyChangeKind { added, removed, changed, annotations };

struct PolicyChange {
  PolicyChangeKind kind = PolicyChangeKind::added;
  std::string id;
  bool forbid = false;
  policy::Place place;  // in the new set; in the old one when removed
};

// By id: a policy whose id is in one set only is added or removed.
std::vector<PolicyChange> changed_policies(const policy::PolicySet& before, const policy::PolicySet& after);

struct Difference {
  std::vector<PolicyChange> policies;
  Proof newly_allowed;  // refuted steps: examples of requests that only the new set permits
  Proof newly_refused;
};

// Looks only at environments that a policy which is not in both sets touches.
Result<Difference> diff(const policy::PolicySet& before, const policy::PolicySet& after, const schema::Schema& schema,
                        const std::filesystem::path& solver, const ProofOptions& options = {});

}  // namespace cordon::analysis
