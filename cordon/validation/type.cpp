#include "cordon/validation/type.h"

#include <algorithm>
#include <array>
#include <functional>

namespace cordon::validation {

namespace {

constexpr std::array<std::string_view, 12> kNames = {"True", "False",  "Bool",    "Long",   "String",   "entity",
                                                     "Set",  "record", "decimal", "ipaddr", "datetime", "duration"};

std::size_t mix(std::size_t seed, std::size_t value) { return (seed ^ value) * 0x9E3779B97F4A7C15ULL; }

std::size_t hash_of(const Type& type) {
  std::size_t hash = mix(static_cast<std::size_t>(type.kind), std::hash<std::string_view>{}(type.entity));
  hash = mix(hash, std::hash<const Type*>{}(type.element));
  for (const Member& member : type.members) {
    hash = mix(hash, std::hash<std::string_view>{}(member.name));
    hash = mix(hash, std::hash<const Type*>{}(member.type) + (member.required ? 1 : 0));
  }
  return hash;
}

Kind kind_of(schema::TypeKind kind) {
  switch (kind) {
    case schema::TypeKind::boolean:
      return Kind::boolean;
    case schema::TypeKind::integer:
      return Kind::integer;
    case schema::TypeKind::string:
      return Kind::string;
    case schema::TypeKind::entity:
      return Kind::entity;
    case schema::TypeKind::set:
      return Kind::set;
    case schema::TypeKind::record:
      return Kind::record;
    case schema::TypeKind::decimal:
      return Kind::decimal;
    case schema::TypeKind::ipaddr:
      return Kind::ipaddr;
    case schema::TypeKind::datetime:
      return Kind::datetime;
    case schema::TypeKind::duration:
      return Kind::duration;
  }
  return Kind::boolean;
}

bool same_names(const Type& one, const Type& other) {
  return std::ranges::equal(one.members, other.members, {}, &Member::name, &Member::name);
}

}  // namespace

bool is_action_type(std::string_view entity_type) {
  return entity_type == "Action" || entity_type.ends_with("::Action");
}

std::string Type::text(std::size_t most) const {
  if (kind == Kind::entity) return std::string(entity);
  if (kind == Kind::set) return "Set<" + element->text(most) + ">";
  if (kind != Kind::record) return std::string(kNames[static_cast<std::size_t>(kind)]);
  std::string text = "{";
  for (const Member& member : members) {
    text += text.size() == 1 ? " " : ", ";
    if (text.size() >= most) return text + "... }";
    text += std::string(member.name) + (member.required ? ": " : "?: ");
    text += member.type->text(most - std::min(most, text.size()));
  }
  return text + (members.empty() ? "}" : " }");
}

const Member* Type::member(std::string_view name) const {
  const auto found = std::ranges::lower_bound(members, name, {}, &Member::name);
  return found != members.end() && found->name == name ? &*found : nullptr;
}

const Type* Types::keep(Type type) {
  const std::size_t hash = hash_of(type);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto found = first; found != last; ++found) {
    if (*found->second == type) return found->second;
  }
  const Type* kept = &kept_.emplace_back(std::move(type));
  by_hash_.emplace(hash, kept);
  return kept;
}

const Type* Types::simple(Kind kind) { return keep({.kind = kind}); }

const Type* Types::entity(std::string_view name) {
  const auto [found, fresh] = entities_.try_emplace(name);
  if (fresh) found->second = keep({.kind = Kind::entity, .entity = name, .declared = schema_.entity_type(name)});
  return found->second;
}

const Type* Types::set(const Type* element) { return keep({.kind = Kind::set, .element = element}); }

const Type* Types::record(std::vector<Member> members) {
  std::ranges::sort(members, {}, &Member::name);
  return keep({.kind = Kind::record, .members = std::move(members)});
}

const Type* Types::of(const schema::Type& type) {
  const Kind kind = kind_of(type.kind);
  if (kind == Kind::entity) return entity(type.entity);
  if (kind == Kind::record) return of(*type.attributes);
  if (kind != Kind::set) return simple(kind);
  if (const auto found = of_schema_.find(type.element.get()); found != of_schema_.end()) return found->second;
  return of_schema_[type.element.get()] = set(of(*type.element));
}

const Type* Types::of(const schema::Attributes& attributes) {
  if (const auto found = of_schema_.find(&attributes); found != of_schema_.end()) return found->second;
  std::vector<Member> members;
  members.reserve(attributes.size());
  for (const auto& [name, attribute] : attributes) members.push_back({name, of(attribute.type), attribute.required});
  return of_schema_[&attributes] = record(std::move(members));
}

const Type* Types::of(const policy::EntityUid& uid) {
  const bool known =
      is_action_type(uid.type) ? schema_.action(uid) != nullptr : schema_.entity_type(uid.type) != nullptr;
  return known ? entity(uid.type) : nullptr;
}

std::expected<Member, std::vector<std::string_view>> Types::attribute(const Type& of_type, std::string_view name) {
  std::vector<std::string_view> names;
  if (of_type.kind == Kind::record) {
    if (const Member* member = of_type.member(name)) return *member;
    for (const Member& member : of_type.members) names.push_back(member.name);
  } else if (of_type.declared != nullptr) {
    const schema::Attributes& attributes = of_type.declared->attributes;
    if (const auto found = attributes.find(name); found != attributes.end()) {
      return Member{found->first, of(found->second.type), found->second.required};
    }
    for (const auto& [known, attribute] : attributes) names.push_back(known);
  }
  return std::unexpected(std::move(names));
}

bool Types::subtype(const Type* lower, const Type* upper) const {
  if (lower == upper) return true;
  if (lower->kind != upper->kind) return is_boolean(lower->kind) && upper->kind == Kind::boolean;
  if (lower->kind == Kind::set) return subtype(lower->element, upper->element);
  if (lower->kind != Kind::record || !same_names(*lower, *upper)) return false;
  return std::ranges::equal(lower->members, upper->members, [this](const Member& one, const Member& other) {
    return one.required == other.required && subtype(one.type, other.type);
  });
}

std::expected<const Type*, Mismatch> Types::least_upper_bound(const Type* one, const Type* other) {
  if (subtype(one, other)) return other;
  if (subtype(other, one)) return one;
  if (is_boolean(one->kind) && is_boolean(other->kind)) return simple(Kind::boolean);
  if (one->kind == other->kind) {
    if (one->kind == Kind::entity) return std::unexpected(Mismatch::entities);
    if (one->kind == Kind::record) return bound_of_records(*one, *other);
    if (one->kind == Kind::set) {
      return least_upper_bound(one->element, other->element).transform([this](const Type* element) {
        return set(element);
      });
    }
  }
  const auto either = [&](Kind kind) { return one->kind == kind || other->kind == kind; };
  if (either(Kind::entity) && either(Kind::record)) return std::unexpected(Mismatch::entity_and_record);
  return std::unexpected(Mismatch::different);
}

std::expected<const Type*, Mismatch> Types::bound_of_records(const Type& one, const Type& other) {
  if (!same_names(one, other)) return std::unexpected(Mismatch::width);
  std::vector<Member> members;
  for (std::size_t i = 0; i < one.members.size(); ++i) {
    const auto bound = least_upper_bound(one.members[i].type, other.members[i].type);
    if (!bound) return std::unexpected(bound.error());
    if (one.members[i].required != other.members[i].required) return std::unexpected(Mismatch::optionality);
    members.push_back({one.members[i].name, *bound, one.members[i].required});
  }
  return record(std::move(members));
}

bool Types::may_be_in(const Type& member, const Type& group) {
  if (member.entity == group.entity || schema_.may_be_in(member.entity, group.entity)) return true;
  if (!is_action_type(member.entity) || !is_action_type(group.entity)) return false;
  const auto [found, fresh] = actions_in_.try_emplace({member.entity, group.entity});
  if (fresh) found->second = actions_may_be_in(member.entity, group.entity);
  return found->second;
}

bool Types::actions_may_be_in(std::string_view member, std::string_view group) const {
  return std::ranges::any_of(schema_.actions(), [&](const auto& entry) {
    if (entry.first.type != group) return false;
    const std::vector<policy::EntityUid> members = schema_.members_of(entry.first);
    return std::ranges::any_of(members, [&](const policy::EntityUid& uid) { return uid.type == member; });
  });
}

}  // namespace cordon::validation
