// A policy that is read names a quorum that exists, and groups whose members stand above them.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "cordon/transparency/witness_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::transparency;
  const auto policy = parse_trust_policy({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!policy) return 0;
  std::set<std::string> defined;
  for (const auto& witness : policy->witnesses) defined.insert(witness.name);
  for (const auto& group : policy->groups) {
    if (group.needed < 1 || group.needed > group.members.size()) std::abort();
    for (const auto& member : group.members) {
      if (!defined.contains(member)) std::abort();
    }
    defined.insert(group.name);
  }
  if (policy->quorum != "none" && !defined.contains(policy->quorum)) std::abort();
  return 0;
}
