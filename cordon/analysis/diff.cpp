#include "cordon/analysis/diff.h"

#include <map>

#include "cordon/notation/notation.h"

namespace cordon::analysis {

namespace {

struct Named {
  const policy::PolicyInfo* info;
  const policy::Policy* tree;
};

// Policies, links and templates.
std::map<std::string, Named> by_id(const policy::PolicySet& set) {
  std::map<std::string, Named> named;
  for (std::size_t i = 0; i < set.policies().size(); ++i) {
    named.emplace(set.policies()[i].id, Named{&set.policies()[i], &set.trees()[i]});
  }
  for (std::size_t i = 0; i < set.templates().size(); ++i) {
    named.emplace(set.templates()[i].id, Named{&set.templates()[i], &set.template_trees()[i]});
  }
  return named;
}

std::string meaning(const policy::Policy& policy) {
  policy::Policy plain = policy;
  plain.annotations.clear();
  return notation::to_text(plain);
}

PolicyChange change(PolicyChangeKind kind, const Named& policy) {
  return {kind, policy.info->id, policy.info->forbid, policy.info->place};
}

}  // namespace

std::vector<PolicyChange> changed_policies(const policy::PolicySet& before, const policy::PolicySet& after) {
  const auto old_ones = by_id(before);
  const auto new_ones = by_id(after);
  std::vector<PolicyChange> changes;
  for (const auto& [id, now] : new_ones) {
    const auto was = old_ones.find(id);
    if (was == old_ones.end()) {
      changes.push_back(change(PolicyChangeKind::added, now));
    } else if (meaning(*was->second.tree) != meaning(*now.tree)) {
      changes.push_back(change(PolicyChangeKind::changed, now));
    } else if (was->second.tree->annotations != now.tree->annotations) {
      changes.push_back(change(PolicyChangeKind::annotations, now));
    }
  }
  for (const auto& [id, was] : old_ones) {
    if (!new_ones.contains(id)) changes.push_back(change(PolicyChangeKind::removed, was));
  }
  return changes;
}

Result<Difference> diff(const policy::PolicySet& before, const policy::PolicySet& after, const schema::Schema& schema,
                        const std::filesystem::path& solver, const ProofOptions& options) {
  auto allowed = prove(Claim::no_more_permissive, after, &before, schema, solver, options);
  if (!allowed) return std::unexpected(allowed.error());
  auto refused = prove(Claim::no_more_permissive, before, &after, schema, solver, options);
  if (!refused) return std::unexpected(refused.error());
  return Difference{changed_policies(before, after), std::move(*allowed), std::move(*refused)};
}

}  // namespace cordon::analysis
