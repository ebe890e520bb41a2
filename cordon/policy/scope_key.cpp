#include "cordon/policy/scope_key.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cordon::policy {

// === names ===

NameTable::Head NameTable::head(std::uint32_t at) const {
  Head head;
  std::memcpy(&head, &names_[at], sizeof head);
  return head;
}

bool NameTable::is(std::uint32_t at, std::string_view type, std::string_view id) const {
  const Head found = head(at);
  if (found.type_size != type.size() || found.id_size != id.size()) return false;
  const char* text = &names_[at] + sizeof found;
  return std::string_view(text, found.type_size) == type && std::string_view(text + type.size(), found.id_size) == id;
}

std::uint32_t NameTable::find(std::uint64_t hash, std::string_view type, std::string_view id) const {
  if (table_.empty()) return kNoKey;
  const std::size_t mask = table_.size() - 1;
  for (std::size_t i = static_cast<std::size_t>(hash) & mask; table_[i].index != 0; i = (i + 1) & mask) {
    if (table_[i].tag == tag_of(hash) && is(table_[i].index - 1, type, id)) return table_[i].index - 1;
  }
  return kNoKey;
}

std::uint32_t NameTable::find_or_add(std::uint64_t hash, std::string_view type, std::string_view id) {
  if (const std::uint32_t known = find(hash, type, id); known != kNoKey) return known;
  const auto at = static_cast<std::uint32_t>(names_.size());
  const Head head{.keys = {},
                  .type_size = static_cast<std::uint32_t>(type.size()),
                  .id_size = static_cast<std::uint32_t>(id.size())};
  const char* bytes = reinterpret_cast<const char*>(&head);
  names_.insert(names_.end(), bytes, bytes + sizeof head);
  names_.insert(names_.end(), type.begin(), type.end());
  names_.insert(names_.end(), id.begin(), id.end());
  hashes_.push_back(hash);
  places_.push_back(at);
  if (2 * hashes_.size() > table_.size()) {
    grow();
  } else {
    enter(hash, at);
  }
  return at;
}

void NameTable::grow() {
  table_.assign(std::max<std::size_t>(8, 2 * std::bit_ceil(hashes_.size())), {});
  for (std::size_t i = 0; i < hashes_.size(); ++i) enter(hashes_[i], places_[i]);
}

void NameTable::enter(std::uint64_t hash, std::uint32_t at) {
  const std::size_t mask = table_.size() - 1;
  std::size_t i = static_cast<std::size_t>(hash) & mask;
  while (table_[i].index != 0) i = (i + 1) & mask;
  table_[i] = {tag_of(hash), at + 1};
}

void NameTable::seal() {
  hashes_ = {};
  places_ = {};
  names_.shrink_to_fit();
}

NameTable::Keys NameTable::keys(std::uint32_t at) const { return head(at).keys; }

void NameTable::set_keys(std::uint32_t at, const Keys& keys) { std::memcpy(&names_[at], &keys, sizeof keys); }

// === constraints ===

namespace {

std::uint64_t pair_of(std::uint32_t group, std::uint32_t type) { return std::uint64_t{group} << 32 | type; }
std::size_t place_of(std::uint64_t pair, std::size_t mask) {
  return static_cast<std::size_t>(mix(pair ^ hashing::kFirst, hashing::kSecond)) & mask;
}

}  // namespace

std::uint32_t ScopeKeys::key(const Scope& scope) { return key(scope.kind, scope.entity, scope.type); }

std::uint32_t ScopeKeys::key(ScopeKind kind, const EntityUid& entity, std::string_view type) {
  if (kind == ScopeKind::any) return numbered(any_);
  NameTable::Keys keys;
  std::uint32_t type_at = kNoKey;
  if (kind == ScopeKind::is || kind == ScopeKind::is_in) {
    type_at = types_.find_or_add(hash_type(type), type, {});
    keys = types_.keys(type_at);
  }
  if (kind == ScopeKind::is) {
    numbered(keys.equal);
    types_.set_keys(type_at, keys);
    return keys.equal;
  }
  const std::uint32_t at = entities_.find_or_add(Hashed(entity).hash, entity.type, entity.id);
  keys = entities_.keys(at);
  std::uint32_t number = kNoKey;
  if (kind == ScopeKind::equal) {
    number = numbered(keys.equal);
  } else {
    asks_for_ancestors_ = true;
    if (kind == ScopeKind::in) {
      number = numbered(keys.in);
    } else {
      keys.typed = 1;
      number = typed_key(pair_of(at, type_at));
      if (number == kNoKey) add_typed(pair_of(at, type_at), number = count_++);
    }
  }
  entities_.set_keys(at, keys);
  return number;
}

std::uint32_t ScopeKeys::typed_key(std::uint64_t pair) const {
  if (typed_.empty()) return kNoKey;
  const std::size_t mask = typed_.size() - 1;
  std::size_t i = place_of(pair, mask);
  while (typed_[i].key != kNoKey && typed_[i].pair != pair) i = (i + 1) & mask;
  return typed_[i].key;
}

void ScopeKeys::add_typed(std::uint64_t pair, std::uint32_t key) {
  if (2 * (typed_count_ + 1) > typed_.size()) {
    std::vector<Typed> larger(std::max<std::size_t>(16, 2 * typed_.size()));
    std::swap(typed_, larger);
    typed_count_ = 0;
    for (const Typed& old : larger) {
      if (old.key != kNoKey) add_typed(old.pair, old.key);
    }
  }
  const std::size_t mask = typed_.size() - 1;
  std::size_t i = place_of(pair, mask);
  while (typed_[i].key != kNoKey) i = (i + 1) & mask;
  typed_[i] = {pair, key};
  ++typed_count_;
}

void ScopeKeys::seal() {
  entities_.seal();
  types_.seal();
}

void ScopeKeys::meet_group(std::uint32_t at, std::uint32_t type, std::vector<std::uint32_t>& met) const {
  const NameTable::Keys keys = entities_.keys(at);
  if (keys.in != kNoKey) met.push_back(keys.in);
  if (keys.typed == 0 || type == kNoKey) return;
  if (const std::uint32_t key = typed_key(pair_of(at, type)); key != kNoKey) met.push_back(key);
}

void ScopeKeys::meet(const Hashed& name, std::span<const Entities::Node* const> ancestors,
                     std::vector<std::uint32_t>& met) const {
  met.clear();
  if (any_ != kNoKey) met.push_back(any_);
  const std::uint32_t type = types_.find(name.type, name.uid->type, {});
  if (type != kNoKey) {
    if (const std::uint32_t is = types_.keys(type).equal; is != kNoKey) met.push_back(is);
  }
  if (const std::uint32_t self = entities_.find(name.hash, name.uid->type, name.uid->id); self != kNoKey) {
    if (const std::uint32_t equal = entities_.keys(self).equal; equal != kNoKey) met.push_back(equal);
    meet_group(self, type, met);
  }
  for (const Entities::Node* ancestor : ancestors) {
    const EntityUid& uid = ancestor->entity.uid;
    if (const std::uint32_t at = entities_.find(ancestor->hash, uid.type, uid.id); at != kNoKey) {
      meet_group(at, type, met);
    }
  }
}

}  // namespace cordon::policy
