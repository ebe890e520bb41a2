// The types the checker works with: the schema's types, and True and False, the types of what is always true or
// false.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/schema/schema.h"

namespace cordon::validation {

enum class Kind : std::uint8_t {
  yes,  // a boolean that is always true
  no,   // a boolean that is always false
  boolean,
  integer,
  string,
  entity,
  set,
  record,
  decimal,
  ipaddr,
  datetime,
  duration,
};

struct Type;

struct Member {
  std::string_view name;
  const Type* type = nullptr;
  bool required = true;
  bool operator==(const Member&) const = default;
};

struct Type {
  Kind kind = Kind::boolean;
  std::string_view entity;                       // entity: the name of its type
  const schema::EntityType* declared = nullptr;  // entity: what the schema says; nothing for actions
  const Type* element = nullptr;                 // set
  std::vector<Member> members = {};              // record, by name; records are closed
  bool operator==(const Type&) const = default;
  std::string text(std::size_t most = 200) const;     // about so many characters: records may be large
  const Member* member(std::string_view name) const;  // of a record
};

constexpr bool is_boolean(Kind kind) { return kind <= Kind::boolean; }

// Why two types have no least upper bound.
enum class Mismatch : std::uint8_t { different, optionality, width, entities, entity_and_record };

// The entity types of actions are those whose last name is Action; they need no declaration.
bool is_action_type(std::string_view entity_type);

// Makes types. The same type is always the same object, so that pointers compare. Names are kept as views: the schema
// and the policies must outlive this.
class Types {
 public:
  explicit Types(const schema::Schema& schema) : schema_(schema) {}
  Types(const Types&) = delete;
  Types& operator=(const Types&) = delete;

  const schema::Schema& schema() const { return schema_; }
  const Type* simple(Kind kind);  // all but entity, set and record
  const Type* boolean(bool value) { return simple(value ? Kind::yes : Kind::no); }
  const Type* entity(std::string_view name);
  const Type* set(const Type* element);
  const Type* record(std::vector<Member> members);  // names distinct, in any order
  const Type* of(const schema::Type& type);
  const Type* of(const schema::Attributes& attributes);
  const Type* of(const policy::EntityUid& uid);  // nothing when the schema does not know its type, or the action

  // Of an entity or record type. Nothing when it has no such attribute; actions have none.
  std::expected<Member, std::vector<std::string_view>> attribute(const Type& of, std::string_view name);

  // Cedar's strict subtyping: True and False are Bool, to any depth; all else must be the same.
  std::expected<const Type*, Mismatch> least_upper_bound(const Type* one, const Type* other);

  // Whether an entity of one type may be in an entity of the other: the types' declarations, or the actions'.
  bool may_be_in(const Type& member, const Type& group);

 private:
  const Type* keep(Type type);
  bool actions_may_be_in(std::string_view member, std::string_view group) const;
  bool subtype(const Type* lower, const Type* upper) const;
  std::expected<const Type*, Mismatch> bound_of_records(const Type& one, const Type& other);

  const schema::Schema& schema_;
  std::deque<Type> kept_;
  std::unordered_multimap<std::size_t, const Type*> by_hash_;
  std::unordered_map<const void*, const Type*> of_schema_;  // by the address of the schema's type or attributes
  std::unordered_map<std::string_view, const Type*> entities_;
  std::map<std::pair<std::string_view, std::string_view>, bool> actions_in_;  // kinds of actions: member, group
};

}  // namespace cordon::validation
