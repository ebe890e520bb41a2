// Parsing a set, giving every policy its id, and building the index.
#include "cordon/policy/policy_set.h"

#include <algorithm>
#include <format>

#include "cordon/base/bytes.h"
#include "cordon/crypto/digest.h"
#include "cordon/policy/parse.h"

namespace cordon::policy {

// === the index ===

void ActionIndex::add(std::size_t policy, const ActionScope& scope) {
  if (scope.kind == ScopeKind::any) any_.push_back(policy);
  for (const EntityUid& action : scope.actions) {
    Bucket& bucket = buckets_[action];
    (scope.kind == ScopeKind::equal ? bucket.exactly : bucket.within).push_back(policy);
  }
}

std::vector<std::size_t> ActionIndex::candidates(const EntityUid& action, const Entities& entities) const {
  std::vector<std::size_t> found = any_;
  const auto append = [&](const std::vector<std::size_t>& more) {
    found.insert(found.end(), more.begin(), more.end());
  };
  if (const auto bucket = buckets_.find(action); bucket != buckets_.end()) {
    append(bucket->second.exactly);
    append(bucket->second.within);
  }
  for (const EntityUid* ancestor : entities.ancestors(action)) {
    if (const auto bucket = buckets_.find(*ancestor); bucket != buckets_.end()) append(bucket->second.within);
  }
  std::ranges::sort(found);
  const auto doubles = std::ranges::unique(found);
  found.erase(doubles.begin(), doubles.end());
  return found;
}

// === the set ===

namespace {

Read<std::string> id_of(const Policy& policy, std::size_t position) {
  for (const auto& [name, value] : policy.annotations) {
    if (name != "id") continue;
    if (value.empty()) return std::unexpected(Complaint{policy.begin, "@id is empty", "write @id(\"name\")"});
    return value;
  }
  return std::format("policy{}", position);
}

PolicyInfo info_of(const Policy& policy, std::string id, std::string_view text, const Lines& lines) {
  return {.id = std::move(id),
          .forbid = policy.forbid,
          .place = lines.place(policy.begin),
          .text = std::string(text.substr(policy.begin, policy.end - policy.begin)),
          .annotations = policy.annotations};
}

Read<void> number(PolicySet::Impl& set) {
  set.infos.reserve(set.policies.size());  // by_id views into infos, which must not move any more
  for (std::size_t i = 0; i < set.policies.size(); ++i) {
    const Policy& policy = set.policies[i];
    auto id = id_of(policy, i);
    if (!id) return std::unexpected(id.error());
    set.infos.push_back(info_of(policy, std::move(*id), set.text, set.lines));
    const auto [other, added] = set.by_id.emplace(set.infos.back().id, i);
    if (!added) {
      return std::unexpected(Complaint{policy.begin,
                                       std::format("the id {} is already that of the policy in line {}",
                                                   set.infos.back().id, set.infos[other->second].place.line),
                                       "give this one another @id"});
    }
    set.index.add(i, policy.action);
  }
  return {};
}

}  // namespace

Result<PolicySet> PolicySet::parse(std::string_view text, std::string_view file, const Limits& limits) {
  if (text.size() > limits.text) {
    return fail(ErrorKind::invalid_input,
                std::format("{}: {} bytes of policies, more than the limit of {}; split the set", file, text.size(),
                            limits.text));
  }
  auto impl = std::make_shared<Impl>();
  impl->text = text;
  impl->file = file;
  impl->lines = Lines(impl->text, impl->file);
  auto policies = parse_policies(impl->text, limits.policies);
  if (!policies) return std::unexpected(locate(policies.error(), impl->lines));
  impl->policies = std::move(*policies);
  if (auto numbered = number(*impl); !numbered) return std::unexpected(locate(numbered.error(), impl->lines));
  impl->digest = to_hex(crypto::sha256(as_bytes(text)));
  PolicySet set;
  set.impl_ = std::move(impl);
  return set;
}

const std::vector<PolicyInfo>& PolicySet::policies() const { return impl_->infos; }

const PolicyInfo* PolicySet::find(std::string_view id) const {
  const auto found = impl_->by_id.find(id);
  return found == impl_->by_id.end() ? nullptr : &impl_->infos[found->second];
}

std::string PolicySet::digest() const { return impl_->digest; }

}  // namespace cordon::policy
