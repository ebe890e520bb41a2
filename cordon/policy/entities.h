// Entities and the store that finds them, with everything an entity belongs to worked out beforehand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/hash.h"
#include "cordon/policy/value.h"

namespace cordon::policy {

struct Entity {
  EntityUid uid;
  Record attributes;
  std::vector<EntityUid> parents;
  Record tags = {};
};

// A store of entities with an optional store beneath it (the inventory beneath what one request adds), whose entities
// it hides when it has its own of the same name. Any number of threads may read a store that nobody changes. Pointers
// stay valid until clear().
//
// Each entity's ancestors are listed when it is added. In a store of more than a few dozen, an entity added after
// something that belongs to it leaves lists wanting: the store then walks from parent to parent, until close().
class Entities {
 public:
  enum class Visit : std::uint8_t { none, open, done };

  // A stored entity, or one that is only named as a parent.
  struct Node {
    Entity entity;  // of one only named: nothing but its uid
    std::uint64_t hash = 0;
    std::vector<const Node*> above;  // its parents, then its other ancestors; each part in the order of addresses
    std::uint32_t parents = 0;       // how many of these are parents
    Visit visit = Visit::none;       // of list_all
    bool stored = false;
    bool group = false;    // an entity of the same store names it as a parent
    bool complete = true;  // every ancestor is listed, not the parents only
  };

  // Memory for walking, reused.
  struct Walk {
    std::vector<const Node*> found;
    std::vector<const Node*> seen;  // a table of open addressing
  };

  explicit Entities(const Entities* beneath = nullptr);
  Entities(const Entities& other);
  Entities& operator=(const Entities& other);
  Entities(Entities&&) noexcept = default;
  Entities& operator=(Entities&&) noexcept = default;
  ~Entities() = default;

  // An unequal duplicate in this store, or a cycle, is an error; an equal duplicate changes nothing.
  Result<void> add(Entity entity);
  // Many at once, in any order and in linear time; the store is closed then. After an error it is empty.
  Result<void> add_all(std::vector<Entity> entities);
  void close();              // lists the ancestors of every entity anew
  void clear();              // forgets the entities of this store, not those beneath
  std::size_t size() const;  // how many this store holds

  const Entity* find(const EntityUid& uid) const;
  bool in(const EntityUid& descendant, const EntityUid& ancestor) const;  // reflexive and transitive
  std::vector<const EntityUid*> ancestors(const EntityUid& uid) const;    // transitive, without uid itself; ascending

  // The same for those that have hashed already. No node: nothing of that name is stored or named as a parent.
  const Node* node(const Hashed& name) const { return node(*name.uid, name.hash); }
  bool in(const Node* descendant, const EntityUid& ancestor) const;  // transitive only; null is in nothing
  // Allocates nothing, but for an entity with more ancestors than are listed: then in `walk`, whose memory is reused.
  std::span<const Node* const> ancestors(const Node* descendant, Walk& walk) const;

 private:
  enum class Cycles { refused, found_later };

  const Node* node(const EntityUid& uid, std::uint64_t hash) const;
  Node* own(const EntityUid& uid, std::uint64_t hash) const;
  bool settled() const;
  void walk_from(const Node& node, Walk& walk) const;

  Result<Node*> insert(Entity entity, Cycles cycles);
  Result<void> refuse_cycle(const Entity& entity, std::uint64_t hash) const;
  bool reshapes(const Hashed& name) const;
  Node& make(EntityUid uid, std::uint64_t hash);
  void enter(std::size_t index);
  void name_parents(Node& node);
  void list_others(Node& node);
  Node* list_from(Node& start);
  Node* list_all();

  const Entities* beneath_;
  std::uint64_t revision_ = 0;          // grows with every change
  std::uint64_t revision_beneath_ = 0;  // of the store beneath, when this one was made
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<HashSlot> table_;  // of nodes_; empty while they are few
  std::size_t stored_ = 0;
  std::size_t listed_ = 0;  // ancestors in all lists
  bool wanting_ = false;    // an entity was added after something that belongs to it
  bool reshapes_ = false;   // hides an entity that others belong to: no list may be trusted
};

}  // namespace cordon::policy
