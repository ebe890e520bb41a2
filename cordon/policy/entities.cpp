#include <algorithm>
#include <format>
#include <unordered_set>

#include "cordon/policy/value.h"

namespace cordon::policy {

Result<void> Entities::add(Entity entity) {
  if (entities_.contains(entity.uid)) {
    return fail(ErrorKind::invalid_input,
                std::format("entity {} is given twice; remove one of them", entity.uid.text()));
  }
  for (const EntityUid& parent : entity.parents) {
    if (in(parent, entity.uid)) {
      return fail(ErrorKind::invalid_input,
                  std::format("entity {} would be its own ancestor through {}; remove that parent", entity.uid.text(),
                              parent.text()));
    }
  }
  EntityUid uid = entity.uid;
  entities_.emplace(std::move(uid), std::move(entity));
  return {};
}

const Entity* Entities::find(const EntityUid& uid) const {
  for (const Entities* store = this; store != nullptr; store = store->beneath_) {
    if (const auto found = store->entities_.find(uid); found != store->entities_.end()) return &found->second;
  }
  return nullptr;
}

bool Entities::in(const EntityUid& descendant, const EntityUid& ancestor) const {
  if (descendant == ancestor) return true;
  const Entity* entity = find(descendant);
  if (entity == nullptr) return false;
  if (std::ranges::contains(entity->parents, ancestor)) return true;
  // Most parents are groups without parents of their own: they are answered without allocating.
  const bool deeper = std::ranges::any_of(entity->parents, [&](const EntityUid& parent) {
    const Entity* found = find(parent);
    return found != nullptr && !found->parents.empty();
  });
  if (!deeper) return false;
  return std::ranges::any_of(ancestors(descendant), [&](const EntityUid* uid) { return *uid == ancestor; });
}

std::vector<const EntityUid*> Entities::ancestors(const EntityUid& uid) const {
  std::vector<const EntityUid*> found;
  const Entity* entity = find(uid);
  if (entity == nullptr) return found;
  const auto less = [](const EntityUid* a, const EntityUid* b) { return *a < *b; };
  std::set<const EntityUid*, decltype(less)> seen(less);
  for (const EntityUid& parent : entity->parents) {
    if (seen.insert(&parent).second) found.push_back(&parent);
  }
  for (std::size_t i = 0; i < found.size(); ++i) {  // grows while it is walked
    const Entity* next = find(*found[i]);
    if (next == nullptr) continue;
    for (const EntityUid& parent : next->parents) {
      if (seen.insert(&parent).second) found.push_back(&parent);
    }
  }
  return found;
}

}  // namespace cordon::policy
