// Cedar values and entities.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::policy {

struct EntityUid {
  std::string type;  // "Nf", "SBI::Nf"
  std::string id;
  auto operator<=>(const EntityUid&) const = default;
  std::string text() const;  // Nf::"f990ed9a-..." with Cedar escapes
};

class Value;
using Record = std::map<std::string, Value, std::less<>>;
using Set = std::vector<Value>;  // no duplicates, in the total order of Value

class Value {
 public:
  Value() : value_(false) {}
  Value(bool value);
  Value(std::int64_t value);
  Value(int value);
  Value(const char* value);
  Value(std::string value);
  Value(std::string_view value);
  Value(EntityUid value);
  Value(Record value);
  static Value set(std::vector<Value> members);  // drops duplicates, sorts
  static Value view(const Record& record);       // shares without owning: the record must outlive the value

  const bool* as_bool() const;
  const std::int64_t* as_long() const;
  const std::string* as_string() const;
  const EntityUid* as_entity() const;
  const Set* as_set() const;
  const Record* as_record() const;
  std::string_view kind() const;              // "Bool", "Long", "String", "Entity", "Set", "Record"
  std::string text() const;                   // as Cedar would write it
  bool operator==(const Value& other) const;  // values of different kinds are unequal
  bool operator<(const Value& other) const;   // a total order, for containers

 private:
  std::variant<bool, std::int64_t, std::string, EntityUid, std::shared_ptr<const Set>, std::shared_ptr<const Record>>
      value_;
};

struct Entity {
  EntityUid uid;
  Record attributes;
  std::vector<EntityUid> parents;
};

// A store of entities with an optional store beneath it (the inventory beneath what one request adds).
class Entities {
 public:
  explicit Entities(const Entities* beneath = nullptr) : beneath_(beneath) {}
  Result<void> add(Entity entity);  // a duplicate in this store, or a cycle, is an error
  const Entity* find(const EntityUid& uid) const;
  bool in(const EntityUid& descendant, const EntityUid& ancestor) const;  // reflexive and transitive
  std::vector<const EntityUid*> ancestors(const EntityUid& uid) const;    // transitive, without uid itself

 private:
  const Entities* beneath_;
  std::map<EntityUid, Entity> entities_;
};

}  // namespace cordon::policy
