#include "cordon/policy/entities.h"

#include <algorithm>
#include <bit>
#include <format>
#include <optional>

namespace cordon::policy {

namespace {

using Node = Entities::Node;
using Nodes = std::vector<const Node*>;

constexpr std::size_t kFew = 8;              // nodes that are searched one after the other: a request's own
constexpr std::size_t kSmall = 64;           // nodes of a store that closes itself whenever it has to
constexpr std::size_t kMostAncestors = 512;  // listed of one entity
constexpr std::size_t kMostListed = std::size_t{8} << 20;  // of all entities of a store: 64 MiB of pointers

std::span<const Node* const> parents_of(const Node& node) { return std::span(node.above).first(node.parents); }

void sort_once(Nodes& nodes) {
  std::ranges::sort(nodes);
  const auto doubles = std::ranges::unique(nodes);
  nodes.erase(doubles.begin(), doubles.end());
}

bool lists(const Node& node, const Node* ancestor) {
  const auto parents = parents_of(node);
  return std::ranges::binary_search(parents, ancestor) ||
         std::ranges::binary_search(std::span(node.above).subspan(node.parents), ancestor);
}

// By the lists of the parents, for an entity whose own would be too long; nothing when these are wanting too.
std::optional<bool> among_parents(const Node& node, const Node* ancestor) {
  bool all = true;
  for (const Node* parent : parents_of(node)) {
    if (parent == ancestor || lists(*parent, ancestor)) return true;
    all = all && parent->complete;
  }
  return all ? std::optional(false) : std::nullopt;
}

// Parents are a set: their order and number mean nothing.
bool same_parents(const Entity& a, const Entity& b) {
  const auto within = [](const Entity& some, const Entity& all) {
    std::vector<EntityUid> sorted = all.parents;
    std::ranges::sort(sorted);
    return std::ranges::all_of(some.parents,
                               [&](const EntityUid& uid) { return std::ranges::binary_search(sorted, uid); });
  };
  return a.parents == b.parents || (within(a, b) && within(b, a));
}

bool same(const Entity& a, const Entity& b) {
  return same_parents(a, b) && a.attributes == b.attributes && a.tags == b.tags;
}

std::unexpected<Error> cycle(const EntityUid& uid, const EntityUid& parent) {
  return fail(
      ErrorKind::invalid_input,
      std::format("entity {} would be its own ancestor through {}; remove that parent", uid.text(), parent.text()));
}

// Whether it was new. The table is at most half full.
bool mark(Nodes& seen, std::size_t count, const Node* node) {
  if (seen.size() < 2 * (count + 1)) {
    Nodes larger(std::max<std::size_t>(64, 2 * seen.size()), nullptr);
    std::swap(seen, larger);
    for (const Node* old : larger) {
      if (old != nullptr) mark(seen, 0, old);
    }
  }
  const std::size_t mask = seen.size() - 1;
  for (std::size_t i = static_cast<std::size_t>(node->hash) & mask;; i = (i + 1) & mask) {
    if (seen[i] == node) return false;
    if (seen[i] == nullptr) {
      seen[i] = node;
      return true;
    }
  }
}

}  // namespace

Entities::Entities(const Entities* beneath)
    : beneath_(beneath), revision_beneath_(beneath == nullptr ? 0 : beneath->revision_) {}

Entities::Entities(const Entities& other) : Entities(other.beneath_) {
  revision_beneath_ = other.revision_beneath_;
  reshapes_ = other.reshapes_;
  for (const auto& node : other.nodes_) {
    if (node->stored) (void)insert(node->entity, Cycles::found_later);  // there is none: the other has accepted it
  }
  close();
}

Entities& Entities::operator=(const Entities& other) {
  if (this != &other) *this = Entities(other);
  return *this;
}

// === finding ===

Node* Entities::own(const EntityUid& uid, std::uint64_t hash) const {
  if (table_.empty()) {
    const auto found =
        std::ranges::find_if(nodes_, [&](const auto& node) { return node->hash == hash && node->entity.uid == uid; });
    return found == nodes_.end() ? nullptr : found->get();
  }
  const std::size_t mask = table_.size() - 1;
  for (std::size_t i = static_cast<std::size_t>(hash) & mask; table_[i].index != 0; i = (i + 1) & mask) {
    if (table_[i].tag != tag_of(hash)) continue;
    Node* node = nodes_[table_[i].index - 1].get();
    if (node->entity.uid == uid) return node;
  }
  return nullptr;
}

// A stored one before one that is only named, and one of this store before one of the store beneath.
const Node* Entities::node(const EntityUid& uid, std::uint64_t hash) const {
  const Node* named = nullptr;
  for (const Entities* store = this; store != nullptr; store = store->beneath_) {
    if (store->nodes_.empty()) continue;
    const Node* found = store->own(uid, hash);
    if (found != nullptr && found->stored) return found;
    if (named == nullptr) named = found;
  }
  return named;
}

const Entity* Entities::find(const EntityUid& uid) const {
  const Node* found = node(Hashed(uid));
  return found != nullptr && found->stored ? &found->entity : nullptr;
}

std::size_t Entities::size() const { return stored_; }

// Whether lists may be used: nothing they rest on was added or hidden since they were made.
bool Entities::settled() const {
  if (wanting_ || reshapes_) return false;
  return beneath_ == nullptr || (revision_beneath_ == beneath_->revision_ && beneath_->settled());
}

bool Entities::in(const EntityUid& descendant, const EntityUid& ancestor) const {
  return descendant == ancestor || in(node(Hashed(descendant)), ancestor);
}

bool Entities::in(const Node* low, const EntityUid& ancestor) const {
  if (low == nullptr) return false;
  const bool listed = settled();
  if (listed && low->complete && low->above.size() <= kFew) {  // comparing a few names is faster than hashing one
    return std::ranges::any_of(low->above, [&](const Node* above) { return above->entity.uid == ancestor; });
  }
  const Node* high = node(Hashed(ancestor));
  if (high == nullptr) return false;
  if (listed && low->complete) return lists(*low, high);
  if (listed) {
    if (const auto found = among_parents(*low, high)) return *found;
  }
  Walk walk;
  walk_from(*low, walk);
  return std::ranges::contains(walk.found, high);
}

std::span<const Node* const> Entities::ancestors(const Node* descendant, Walk& walk) const {
  if (descendant == nullptr) return {};
  if (descendant->complete && settled()) return descendant->above;
  walk_from(*descendant, walk);
  return walk.found;
}

std::vector<const EntityUid*> Entities::ancestors(const EntityUid& uid) const {
  Walk walk;
  std::vector<const EntityUid*> names;
  for (const Node* above : ancestors(node(Hashed(uid)), walk)) names.push_back(&above->entity.uid);
  std::ranges::sort(names, {}, [](const EntityUid* name) -> const EntityUid& { return *name; });
  return names;
}

// Fills `walk` with every ancestor, as seen from this store. What is listed completely needs no further walking.
void Entities::walk_from(const Node& node, Walk& walk) const {
  walk.found.clear();
  std::ranges::fill(walk.seen, nullptr);
  const bool trusted = settled();
  const auto current = [&](const Node* named) {
    return trusted ? named : this->node(named->entity.uid, named->hash);
  };
  const auto reach = [&](const Node& from) {
    const bool all = trusted && from.complete;
    for (const Node* above : all ? std::span<const Node* const>(from.above) : parents_of(from)) {
      const Node* known = current(above);
      if (mark(walk.seen, walk.found.size(), known)) walk.found.push_back(known);
    }
  };
  reach(node);
  for (std::size_t i = 0; i < walk.found.size(); ++i) reach(*walk.found[i]);  // grows while it is walked
  std::erase(walk.found, &node);                                              // a cycle over two stores
}

// === adding ===

Result<void> Entities::add(Entity entity) {
  const auto added = insert(std::move(entity), Cycles::refused);
  if (!added) return std::unexpected(added.error());
  if (*added == nullptr) return {};
  if (wanting_ && nodes_.size() <= kSmall) {
    close();
  } else {
    list_others(**added);
  }
  return {};
}

Result<void> Entities::add_all(std::vector<Entity> entities) {
  nodes_.reserve(nodes_.size() + entities.size());
  const Cycles cycles = beneath_ == nullptr ? Cycles::found_later : Cycles::refused;
  for (Entity& entity : entities) {
    if (const auto added = insert(std::move(entity), cycles); !added) {
      clear();
      return std::unexpected(added.error());
    }
  }
  if (const Node* around = list_all()) {
    const auto found = cycle(around->entity.uid, around->above.front()->entity.uid);
    clear();
    return found;
  }
  return {};
}

void Entities::close() {
  (void)list_all();  // what was added one by one has no cycle
}

void Entities::clear() {
  nodes_.clear();
  table_.clear();
  stored_ = listed_ = 0;
  wanting_ = reshapes_ = false;
  ++revision_;
  revision_beneath_ = beneath_ == nullptr ? 0 : beneath_->revision_;
}

// The node, or null when this store has the very same entity already.
Result<Node*> Entities::insert(Entity entity, Cycles cycles) {
  const Hashed name(entity.uid);
  Node* known = own(entity.uid, name.hash);
  if (known != nullptr && known->stored) {
    if (same(known->entity, entity)) return nullptr;
    return fail(ErrorKind::invalid_input,
                std::format("entity {} is given twice, and not alike; remove one of them", entity.uid.text()));
  }
  if (cycles == Cycles::refused) {
    if (auto refused = refuse_cycle(entity, name.hash); !refused) return std::unexpected(refused.error());
  }
  reshapes_ = reshapes_ || reshapes(name);
  wanting_ = wanting_ || known != nullptr;
  Node& node = known != nullptr ? *known : make(entity.uid, name.hash);
  node.entity = std::move(entity);
  node.stored = true;
  ++stored_;
  ++revision_;
  name_parents(node);
  return &node;
}

// Only what something belongs to already can close a cycle, but for an entity that is its own parent.
Result<void> Entities::refuse_cycle(const Entity& entity, std::uint64_t hash) const {
  bool named = false;
  for (const Entities* store = this; store != nullptr && !named; store = store->beneath_) {
    const Node* node = store->own(entity.uid, hash);
    named = node != nullptr && node->group;
  }
  for (const EntityUid& parent : entity.parents) {
    if (parent == entity.uid || (named && in(parent, entity.uid))) return cycle(entity.uid, parent);
  }
  return {};
}

// Whether an entity of that name would hide one beneath that something belongs to.
bool Entities::reshapes(const Hashed& name) const {
  const Node* hidden = beneath_ == nullptr ? nullptr : beneath_->node(name);
  if (hidden == nullptr) return false;
  if (hidden->group || nodes_.size() > kSmall) return true;
  return std::ranges::any_of(nodes_, [&](const auto& node) { return std::ranges::contains(node->above, hidden); });
}

Node& Entities::make(EntityUid uid, std::uint64_t hash) {
  nodes_.push_back(std::make_unique<Node>());
  Node& node = *nodes_.back();
  node.entity.uid = std::move(uid);
  node.hash = hash;
  if (2 * nodes_.size() <= table_.size()) {
    enter(nodes_.size() - 1);
  } else if (nodes_.size() > kFew) {
    table_.assign(4 * std::bit_ceil(nodes_.size()), {});
    for (std::size_t i = 0; i < nodes_.size(); ++i) enter(i);
  }
  return node;
}

void Entities::enter(std::size_t index) {
  const std::uint64_t hash = nodes_[index]->hash;
  const std::size_t mask = table_.size() - 1;
  std::size_t i = static_cast<std::size_t>(hash) & mask;
  while (table_[i].index != 0) i = (i + 1) & mask;
  table_[i] = {tag_of(hash), static_cast<std::uint32_t>(index + 1)};
}

void Entities::name_parents(Node& node) {
  for (const EntityUid& parent : node.entity.parents) {
    const Hashed name(parent);
    const Node* known = this->node(name);
    node.above.push_back(known != nullptr ? known : &make(parent, name.hash));
    if (Node* mine = own(parent, name.hash)) mine->group = true;
  }
  sort_once(node.above);
  node.parents = static_cast<std::uint32_t>(node.above.size());
}

// === listing ancestors ===

// What its parents list, when they list everything and it is not too much.
void Entities::list_others(Node& node) {
  Nodes others;
  for (const Node* parent : parents_of(node)) {
    node.complete = node.complete && parent->complete;
    if (node.complete) others.insert(others.end(), parent->above.begin(), parent->above.end());
  }
  if (!node.complete) return;
  sort_once(others);
  std::erase_if(others, [&](const Node* other) { return std::ranges::binary_search(parents_of(node), other); });
  node.complete = others.size() <= kMostAncestors && listed_ + others.size() <= kMostListed;
  if (!node.complete) return;
  listed_ += others.size();
  node.above.insert(node.above.end(), others.begin(), others.end());
}

// Null, or an entity on a cycle.
Node* Entities::list_all() {
  for (const auto& node : nodes_) {
    node->above.resize(node->parents);
    node->complete = true;
    node->visit = Visit::none;
  }
  listed_ = 0;
  for (const bool group : {true, false}) {  // groups first: the lists of others rest on theirs
    for (const auto& node : nodes_) {
      if (node->group != group) continue;
      if (Node* around = list_from(*node)) return around;
    }
  }
  wanting_ = false;
  ++revision_;
  return nullptr;
}

// Parents first, without recursion: a hierarchy may be as deep as it is large.
Node* Entities::list_from(Node& start) {
  struct Step {
    Node* node;
    std::size_t parent;  // the next to visit
  };
  std::vector<Step> path;
  const auto enter_node = [&](Node& node) {
    node.visit = Visit::open;
    path.push_back({&node, 0});
  };
  if (start.visit == Visit::none) enter_node(start);
  while (!path.empty()) {
    Step& step = path.back();
    if (step.parent == step.node->parents) {
      list_others(*step.node);
      step.node->visit = Visit::done;
      path.pop_back();
      continue;
    }
    const Node* above = step.node->above[step.parent++];
    Node* mine = own(above->entity.uid, above->hash);
    if (mine != above || mine->visit == Visit::done) continue;  // one beneath has its lists
    if (mine->visit == Visit::open) return mine;
    enter_node(*mine);
  }
  return nullptr;
}

}  // namespace cordon::policy
