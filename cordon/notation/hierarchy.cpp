#include "cordon/notation/hierarchy.h"

#include <algorithm>
#include <format>
#include <unordered_map>

namespace cordon::notation {

namespace {

using policy::Entity;
using policy::EntityUid;

struct UidHash {
  std::size_t operator()(const EntityUid* uid) const {
    const std::size_t type = std::hash<std::string>{}(uid->type);
    return std::hash<std::string>{}(uid->id) ^ (type * 0x9E3779B97F4A7C15ULL);
  }
};
struct SameUid {
  bool operator()(const EntityUid* a, const EntityUid* b) const { return *a == *b; }
};
using Index = std::unordered_map<const EntityUid*, std::size_t, UidHash, SameUid>;

bool same(const Entity& a, const Entity& b) {
  return a.attributes == b.attributes && a.tags == b.tags && a.parents == b.parents;
}

// Depth first without recursion: hierarchies may be as deep as they are large.
class CycleSearch {
 public:
  CycleSearch(const std::vector<Entity>& entities, const Index& index)
      : entities_(entities), index_(index), state_(entities.size(), State::unseen) {}

  const Entity* find() {
    for (std::size_t i = 0; i < entities_.size(); ++i) {
      if (state_[i] == State::unseen && !visit(i)) return &entities_[trail_.back().entity];
    }
    return nullptr;
  }

 private:
  enum class State : std::uint8_t { unseen, open, done };
  struct Step {
    std::size_t entity;
    std::size_t next_parent;
  };

  // False when the last of the trail has a parent that is on the trail.
  bool visit(std::size_t start) {
    open(start);
    while (!trail_.empty()) {
      Step& step = trail_.back();
      const std::vector<EntityUid>& parents = entities_[step.entity].parents;
      if (step.next_parent == parents.size()) {
        state_[step.entity] = State::done;
        trail_.pop_back();
        continue;
      }
      const auto parent = index_.find(&parents[step.next_parent++]);
      if (parent == index_.end() || state_[parent->second] == State::done) continue;
      if (state_[parent->second] == State::open) return false;
      open(parent->second);
    }
    return true;
  }

  void open(std::size_t entity) {
    state_[entity] = State::open;
    trail_.push_back({entity, 0});
  }

  const std::vector<Entity>& entities_;
  const Index& index_;
  std::vector<State> state_;
  std::vector<Step> trail_;
};

}  // namespace

Result<std::vector<Entity>> joined(const Spot& document, std::vector<Entity> entities) {
  std::vector<Entity> kept;
  kept.reserve(entities.size());  // the index points into it
  Index index;
  for (std::size_t i = 0; i < entities.size(); ++i) {
    if (const auto other = index.find(&entities[i].uid); other != index.end()) {
      if (same(kept[other->second], entities[i])) continue;
      return document.within(i).wrong(
          std::format("{} is given twice and differently; remove one of them", entities[i].uid.text()));
    }
    kept.push_back(std::move(entities[i]));
    index.emplace(&kept.back().uid, kept.size() - 1);
  }
  if (const Entity* entity = CycleSearch(kept, index).find()) {
    return document.wrong(
        std::format("the parents of {} lead back to it; a hierarchy has no cycle", entity->uid.text()));
  }
  return kept;
}

}  // namespace cordon::notation
