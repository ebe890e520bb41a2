// The policy sets and requests that the policy benchmark and its peers (policy_peers.cjs) decide.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cordon/policy/policy.h"

namespace cordon::bench {

struct Workload {
  std::string text;  // of the policies
  policy::Entities entities;
  std::vector<policy::Request> requests;
  std::vector<bool> allowed;  // what is right, in step with requests; empty: not known beforehand
};

// One policy for each principal and resource: the requests with even numbers are allowed, the odd ones refused.
Workload one_to_one(std::size_t policies);         // W1: scopes alone
Workload one_to_one_spread(std::size_t policies);  // W1 with as many requests as policies: little is in the cache
Workload one_to_one_with_condition(std::size_t policies);  // W2: the same two comparisons of the context in each
Workload one_to_one_all_different(std::size_t policies);   // as W2, but no two conditions are alike

// Principals and resources by group, 20 % forbid, 5 % with any principal; a principal has 8 ancestors.
Workload by_group(std::size_t policies);

// No scope at all: nothing can be left out.
Workload wildcards(std::size_t policies);        // conditions all different
Workload wildcards_alike(std::size_t policies);  // one condition

}  // namespace cordon::bench
