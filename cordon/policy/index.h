// Finds the policies whose scope holds for a request without looking at the others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/entities.h"
#include "cordon/policy/policy.h"
#include "cordon/policy/scope_key.h"

namespace cordon::policy {

struct Candidate {
  std::uint32_t position = 0;  // in the set
  std::uint32_t rule = 0;      // what was said of the policy when the index was made
};

// Exactly the policies whose scope holds. Each part of a scope is a number (scope_key.h). A request first finds the
// numbers it meets in each part, then follows them from principal to action to resource: at a fork it either tries
// every number it met or, when the fork has fewer branches than that, every branch. Where few policies are left they
// are looked at one by one. So the cost follows the numbers met and the policies found, not the size of the set.
class ScopeIndex {
 public:
  // Memory for looking, reused.
  struct Probe {
    std::array<std::vector<std::uint32_t>, 3> met;              // of principal, action, resource
    std::array<std::optional<const Entities::Node*>, 3> nodes;  // as far as they were looked up
    Entities::Walk walk;
    std::vector<Candidate> found;
  };

  ScopeIndex() = default;
  // `rules` is in step with the policies.
  ScopeIndex(std::span<const Policy> policies, std::span<const std::uint32_t> rules);

  // In the order of the set. The answer lies in `probe`.
  std::span<const Candidate> candidates(const Request& request, const Entities& entities, Probe& probe) const;

 private:
  struct Entry {  // a policy, or one of the actions it lists
    std::uint32_t action = kNoKey;
    std::uint32_t resource = kNoKey;
    Candidate policy;
  };
  struct Keyed {
    std::uint32_t principal = kNoKey;
    Entry entry;
  };
  struct Node {
    std::uint32_t first = 0;  // of entries_, or of branches_ when it is a fork
    std::uint32_t count = 0;
    bool fork() const { return (count & kFork) != 0; }
    static constexpr std::uint32_t kFork = 0x80000000;
  };
  struct Branch {
    std::uint32_t key = kNoKey;
    std::uint32_t node = 0;
  };

  std::vector<Keyed> keyed(std::span<const Policy> policies, std::span<const std::uint32_t> rules);
  Node made(std::size_t first, std::size_t end, std::size_t part);
  Node forked(std::size_t first, std::size_t end, std::size_t part);
  bool meets(std::size_t part, const Hashed& name, const Entities& entities, Probe& probe) const;
  void follow(const Node& node, std::size_t part, Probe& probe) const;
  void follow_fork(const Node& node, std::size_t part, Probe& probe) const;

  std::array<ScopeKeys, 3> keys_;
  std::vector<Entry> entries_;  // by principal, action, resource, position
  std::vector<Node> nodes_;     // the first ones by the number of the principal
  std::vector<Branch> branches_;
};

}  // namespace cordon::policy
