// A Cedar schema, resolved: every name is absolute, every common type replaced by what it stands for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/entities.h"

namespace cordon::schema {

using policy::EntityUid;

enum class TypeKind : std::uint8_t {
  boolean,
  integer,
  string,
  entity,
  set,
  record,
  decimal,
  ipaddr,
  datetime,
  duration
};

struct Attribute;
using Attributes = std::map<std::string, Attribute, std::less<>>;

struct Type {
  TypeKind kind = TypeKind::boolean;
  std::string entity;                            // entity: the absolute name of its type
  std::shared_ptr<const Type> element;           // set
  std::shared_ptr<const Attributes> attributes;  // record; records are closed
  bool operator==(const Type& other) const;      // by structure
  std::string text() const;                      // "Set<SBI::Nf>", "{ name: String, plmn?: String }"
};

struct Attribute {
  Type type;
  bool required = true;
  bool operator==(const Attribute&) const = default;
};

struct EntityType {
  std::string name;
  std::set<std::string> parents;  // the types it may be directly in
  Attributes attributes;
  std::optional<Type> tags;
  std::vector<std::string> enumerated;  // not empty: the only ids there are
  bool operator==(const EntityType&) const = default;
};

// What one action may be asked about.
struct AppliesTo {
  std::vector<std::string> principals;  // in order, each once
  std::vector<std::string> resources;   // in order, each once
  Attributes context;
  bool operator==(const AppliesTo&) const = default;
};

struct Action {
  EntityUid uid;
  std::set<EntityUid> parents;  // the groups it is directly in
  AppliesTo applies_to;         // both lists empty: a group only
  bool operator==(const Action&) const = default;
};

struct Limits {
  std::size_t text = std::size_t{64} << 20;  // bytes
  std::size_t depth = 128;                   // nesting of types; the name of a common type is a level too
  std::size_t resolved = 1'000'000;          // names and types, as written and after common types are replaced
};

class Schema {
 public:
  // Errors name file:line:column (JSON: the member) and the remedy. `warnings` are what the reference warns of.
  static Result<Schema> parse(std::string_view text, std::string_view file, const Limits& limits = {});
  static Result<Schema> parse_json(std::string_view text, std::string_view file, const Limits& limits = {});

  const std::map<std::string, EntityType, std::less<>>& entity_types() const { return entity_types_; }
  const std::map<EntityUid, Action>& actions() const { return actions_; }
  const EntityType* entity_type(std::string_view name) const;
  const Action* action(const EntityUid& uid) const;

  bool may_be_in(std::string_view type, std::string_view ancestor) const;  // entity types; reflexive, transitive
  bool action_in(const EntityUid& action, const EntityUid& group) const;   // reflexive, transitive
  std::vector<EntityUid> members_of(const EntityUid& group) const;         // actions in it, itself too
  std::vector<policy::Entity> action_entities() const;                     // every action and group, with parents
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  friend class Resolution;
  std::map<std::string, EntityType, std::less<>> entity_types_;
  std::map<EntityUid, Action> actions_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>>
      ancestor_types_;                                         // transitive, without itself
  std::map<EntityUid, std::set<EntityUid>> ancestor_actions_;  // transitive, without itself
  std::vector<std::string> warnings_;
};

}  // namespace cordon::schema
