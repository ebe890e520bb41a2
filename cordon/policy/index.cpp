#include "cordon/policy/index.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace cordon::policy {

namespace {

enum Part : std::size_t { kPrincipal, kAction, kResource, kNoPart };

constexpr std::size_t kFewEntries = 8;  // looked at one by one: no more than two lines of the cache
constexpr std::size_t kFewNumbers = 16;

// `numbers` is sorted when there are many.
bool among(const std::vector<std::uint32_t>& numbers, std::uint32_t wanted) {
  if (numbers.size() > kFewNumbers) return std::ranges::binary_search(numbers, wanted);
  for (const std::uint32_t number : numbers) {
    if (number == wanted) return true;
  }
  return false;
}

}  // namespace

// === making ===

ScopeIndex::ScopeIndex(std::span<const Policy> policies, std::span<const std::uint32_t> rules) {
  std::vector<Keyed> all = keyed(policies, rules);
  const auto order = [](const Keyed& k) {
    return std::tuple(k.principal, k.entry.action, k.entry.resource, k.entry.policy.position);
  };
  std::ranges::sort(all, {}, order);
  const auto doubles = std::ranges::unique(all, {}, order);  // an action listed twice
  all.erase(doubles.begin(), doubles.end());
  entries_.reserve(all.size());
  for (const Keyed& one : all) entries_.push_back(one.entry);
  nodes_.resize(keys_[kPrincipal].count());
  for (std::size_t first = 0, end = 0; first < all.size(); first = end) {
    while (end < all.size() && all[end].principal == all[first].principal) ++end;
    const Node node = made(first, end, kAction);
    nodes_[all[first].principal] = node;
  }
  for (ScopeKeys& keys : keys_) keys.seal();
  nodes_.shrink_to_fit();
  branches_.shrink_to_fit();
}

std::vector<ScopeIndex::Keyed> ScopeIndex::keyed(std::span<const Policy> policies,
                                                 std::span<const std::uint32_t> rules) {
  std::vector<Keyed> all;
  all.reserve(policies.size());
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const Policy& policy = policies[i];
    Keyed one{.principal = keys_[kPrincipal].key(policy.principal),
              .entry = {.action = kNoKey,
                        .resource = keys_[kResource].key(policy.resource),
                        .policy = {static_cast<std::uint32_t>(i), rules[i]}}};
    if (policy.action.kind == ScopeKind::any) {
      one.entry.action = keys_[kAction].key(ScopeKind::any, {}, {});
      all.push_back(one);
    }
    for (const EntityUid& action : policy.action.actions) {  // none: `in []` never holds
      one.entry.action = keys_[kAction].key(policy.action.kind, action, {});
      all.push_back(one);
    }
  }
  return all;
}

// The node for entries that agree in every part before `part`.
ScopeIndex::Node ScopeIndex::made(std::size_t first, std::size_t end, std::size_t part) {
  if (part == kNoPart || end - first <= kFewEntries) {
    return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end - first)};
  }
  return forked(first, end, part);
}

ScopeIndex::Node ScopeIndex::forked(std::size_t first, std::size_t end, std::size_t part) {
  std::vector<Branch> children;
  const auto key = [&](std::size_t i) { return part == kAction ? entries_[i].action : entries_[i].resource; };
  for (std::size_t last = first; first < end; first = last) {
    while (last < end && key(last) == key(first)) ++last;
    const Node child = made(first, last, part + 1);
    children.push_back({key(first), static_cast<std::uint32_t>(nodes_.size())});
    nodes_.push_back(child);
  }
  const std::size_t size = 2 * std::bit_ceil(children.size());
  const std::size_t at = branches_.size();
  branches_.resize(at + size);
  for (const Branch& child : children) {
    std::size_t i = child.key & (size - 1);
    while (branches_[at + i].key != kNoKey) i = (i + 1) & (size - 1);
    branches_[at + i] = child;
  }
  return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(size) | Node::kFork};
}

// === looking ===

std::span<const Candidate> ScopeIndex::candidates(const Request& request, const Entities& entities,
                                                  Probe& probe) const {
  probe.found.clear();
  probe.nodes = {};
  const Hashed principal(request.principal), resource(request.resource), action(request.action);
  keys_[kPrincipal].prefetch(principal);
  keys_[kResource].prefetch(resource);
  if (!meets(kPrincipal, principal, entities, probe) || !meets(kAction, action, entities, probe) ||
      !meets(kResource, resource, entities, probe)) {
    return {};
  }
  for (const std::uint32_t key : probe.met[kPrincipal]) follow(nodes_[key], kAction, probe);
  auto& found = probe.found;
  if (!std::ranges::is_sorted(found, {}, &Candidate::position)) {
    std::ranges::sort(found, {}, &Candidate::position);
  }
  const auto doubles = std::ranges::unique(found, {}, &Candidate::position);  // by two of the actions it lists
  found.erase(doubles.begin(), doubles.end());
  return found;
}

// Finds the numbers met in this part; whether there are any.
bool ScopeIndex::meets(std::size_t part, const Hashed& name, const Entities& entities, Probe& probe) const {
  const ScopeKeys& keys = keys_[part];
  std::vector<std::uint32_t>& met = probe.met[part];
  std::span<const Entities::Node* const> ancestors;
  if (keys.asks_for_ancestors()) {
    probe.nodes[part] = entities.node(name);
    ancestors = entities.ancestors(*probe.nodes[part], probe.walk);
  }
  keys.meet(name, ancestors, met);
  if (met.size() > kFewNumbers) std::ranges::sort(met);
  return !met.empty();
}

// Entries of this node agree with the request in every part before `part`.
void ScopeIndex::follow(const Node& node, std::size_t part, Probe& probe) const {
  if (node.fork()) return follow_fork(node, part, probe);
  for (const Entry& entry : std::span(entries_).subspan(node.first, node.count)) {
    if (part <= kAction && !among(probe.met[kAction], entry.action)) continue;
    if (part <= kResource && !among(probe.met[kResource], entry.resource)) continue;
    probe.found.push_back(entry.policy);
  }
}

void ScopeIndex::follow_fork(const Node& node, std::size_t part, Probe& probe) const {
  const std::vector<std::uint32_t>& met = probe.met[part];
  const auto branches = std::span(branches_).subspan(node.first, node.count & ~Node::kFork);
  if (branches.size() <= met.size()) {
    for (const Branch& branch : branches) {
      if (branch.key != kNoKey && among(met, branch.key)) follow(nodes_[branch.node], part + 1, probe);
    }
    return;
  }
  const std::size_t mask = branches.size() - 1;
  for (const std::uint32_t key : met) {
    std::size_t i = key & mask;
    while (branches[i].key != kNoKey && branches[i].key != key) i = (i + 1) & mask;
    if (branches[i].key == key) follow(nodes_[branches[i].node], part + 1, probe);
  }
}

}  // namespace cordon::policy
