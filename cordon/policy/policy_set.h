// What a PolicySet holds once parsed, and the index of its actions.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/place.h"
#include "cordon/policy/policy.h"

namespace cordon::policy {

struct UidHash {
  std::size_t operator()(const EntityUid& uid) const noexcept {
    const std::size_t type = std::hash<std::string_view>{}(uid.type);
    return std::hash<std::string_view>{}(uid.id) ^ (type * 0x9E3779B97F4A7C15ULL);
  }
};

// Policies by the action their scope names. A policy is left out only when its action scope is false, so looking
// here and looking at every policy give the same answer: == a needs the request's action to be a, and in [a, b]
// needs a or b to be that action or one of its ancestors.
class ActionIndex {
 public:
  void add(std::size_t policy, const ActionScope& scope);
  // Positions of the policies that may match, ascending.
  std::vector<std::size_t> candidates(const EntityUid& action, const Entities& entities) const;

 private:
  struct Bucket {
    std::vector<std::size_t> exactly;  // action == this
    std::vector<std::size_t> within;   // action in this
  };
  std::unordered_map<EntityUid, Bucket, UidHash> buckets_;
  std::vector<std::size_t> any_;
};

struct PolicySet::Impl {
  std::string text;
  std::string file;
  Lines lines{"", ""};  // of text
  std::string digest;
  std::vector<Policy> policies;
  std::vector<PolicyInfo> infos;                            // in step with policies
  std::unordered_map<std::string_view, std::size_t> by_id;  // keys view into infos
  ActionIndex index;
};

}  // namespace cordon::policy
