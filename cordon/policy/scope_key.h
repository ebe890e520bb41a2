// The keys of one part of the scopes (principal, action or resource): every distinct constraint of a set has a
// number, and a request finds the numbers of those it meets with a handful of lookups.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/entities.h"
#include "cordon/policy/hash.h"

namespace cordon::policy {

inline constexpr std::uint32_t kNoKey = 0xFFFFFFFF;

// Names in a hash table of open addressing. A name and its keys lie together, so that finding one touches two places.
class NameTable {
 public:
  struct Keys {
    std::uint32_t equal = kNoKey;  // of a type: `is`
    std::uint32_t in = kNoKey;
    std::uint32_t typed = 0;  // 1: some `is..in` names it as its group
  };

  // Where the name lies, or kNoKey.
  std::uint32_t find(std::uint64_t hash, std::string_view type, std::string_view id) const;
  std::uint32_t find_or_add(std::uint64_t hash, std::string_view type, std::string_view id);
  Keys keys(std::uint32_t at) const;
  void set_keys(std::uint32_t at, const Keys& keys);
  void seal();  // nothing is added any more: gives back what only adding needs
  void prefetch(std::uint64_t hash) const {
    if (!table_.empty()) __builtin_prefetch(&table_[hash & (table_.size() - 1)]);
  }

 private:
  struct Head {
    Keys keys;
    std::uint32_t type_size = 0;
    std::uint32_t id_size = 0;
  };
  Head head(std::uint32_t at) const;
  bool is(std::uint32_t at, std::string_view type, std::string_view id) const;
  void enter(std::uint64_t hash, std::uint32_t index);
  void grow();

  std::vector<HashSlot> table_;        // index: 1 + where the name lies
  std::vector<std::uint64_t> hashes_;  // of every name, to grow the table
  std::vector<std::uint32_t> places_;  // in step with hashes_
  std::vector<char> names_;            // Head, type, id, one after the other
};

class ScopeKeys {
 public:
  // The number of a constraint, given one when it is new. Templates' slots must be bound.
  std::uint32_t key(const Scope& scope);
  std::uint32_t key(ScopeKind kind, const EntityUid& entity, std::string_view type);
  std::uint32_t count() const { return count_; }

  void seal();
  void prefetch(const Hashed& name) const { entities_.prefetch(name.hash); }
  bool asks_for_ancestors() const { return asks_for_ancestors_; }
  // The numbers of all constraints that hold for this entity, in no particular order.
  void meet(const Hashed& name, std::span<const Entities::Node* const> ancestors,
            std::vector<std::uint32_t>& met) const;

 private:
  struct Typed {  // `is type in group`
    std::uint64_t pair = 0;
    std::uint32_t key = kNoKey;
  };
  std::uint32_t typed_key(std::uint64_t pair) const;
  void add_typed(std::uint64_t pair, std::uint32_t key);
  std::uint32_t numbered(std::uint32_t& key) { return key == kNoKey ? key = count_++ : key; }
  void meet_group(std::uint32_t at, std::uint32_t type, std::vector<std::uint32_t>& met) const;

  NameTable entities_;
  NameTable types_;
  std::vector<Typed> typed_;  // a table of open addressing
  std::size_t typed_count_ = 0;
  std::uint32_t any_ = kNoKey;
  std::uint32_t count_ = 0;
  bool asks_for_ancestors_ = false;
};

}  // namespace cordon::policy
