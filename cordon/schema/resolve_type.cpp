// The types half of the resolution. Common types are resolved once and shared: nested ones that would make an
// exponential tree stay small in memory, and their size as a tree is what the limit counts.
#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "cordon/base/text.h"
#include "cordon/schema/names.h"
#include "cordon/schema/resolve.h"

namespace cordon::schema {

namespace {

Type primitive(TypeKind kind) {
  Type type;
  type.kind = kind;
  return type;
}

}  // namespace

void Resolution::add_built_in() {
  for (const std::string_view name : {"Bool", "Long", "String", "decimal", "ipaddr", "datetime", "duration"}) {
    Common common;
    common.resolved = Resolved{primitive(*built_in(name))};
    commons_.emplace(qualified("__cedar", name), common);
    // A declaration of the empty namespace takes the short name away.
    if (!entities_.contains(std::string(name))) commons_.emplace(name, common);
  }
}

void Resolution::resolve_commons() {
  for (const WrittenNamespace& space : written_.namespaces) {
    for (const WrittenCommon& each : space.commons) {
      std::string name = qualified(space.name, each.name);
      Common& declared = commons_.at(name);
      common(declared, name, each.where, 1);
      if (failed()) return;
    }
  }
}

Resolution::Resolved Resolution::type(std::string_view space, const WrittenType& written, std::size_t depth) {
  if (failed()) return {};
  if (depth > limits_.depth) {
    complain(written.where, std::format("types nest deeper than {} levels", limits_.depth),
             "make the nesting flatter");
    return {};
  }
  switch (written.kind) {
    case WrittenKind::boolean:
      return {primitive(TypeKind::boolean)};
    case WrittenKind::integer:
      return {primitive(TypeKind::integer)};
    case WrittenKind::string:
      return {primitive(TypeKind::string)};
    case WrittenKind::set:
      return set(space, written, depth);
    case WrittenKind::record:
      return record(space, written, depth);
    case WrittenKind::extension:
      return extension(written);
    case WrittenKind::entity:
    case WrittenKind::common:
    case WrittenKind::either:
      break;
  }
  return named(space, written, depth);
}

Resolution::Resolved Resolution::set(std::string_view space, const WrittenType& written, std::size_t depth) {
  Resolved element = type(space, written.element.front(), depth + 1);
  Resolved resolved{primitive(TypeKind::set), element.nodes + 1, element.depth + 1};
  resolved.type.element = std::make_shared<const Type>(std::move(element.type));
  within_limits(resolved, written.where);
  return resolved;
}

Resolution::Resolved Resolution::record(std::string_view space, const WrittenType& written, std::size_t depth) {
  if (written.open) {
    complain(written.where, "records with further attributes are not supported", "remove additionalAttributes");
  }
  Resolved resolved{primitive(TypeKind::record)};
  auto attributes = std::make_shared<Attributes>();
  for (const WrittenAttribute& attribute : written.attributes) {
    Resolved inner = type(space, attribute.type, depth + 1);
    if (failed()) return {};
    resolved.nodes += inner.nodes;
    resolved.depth = std::max(resolved.depth, inner.depth + 1);
    if (!within_limits(resolved, written.where)) return {};
    attributes->insert_or_assign(attribute.name, Attribute{std::move(inner.type), attribute.required});
  }
  resolved.type.attributes = std::move(attributes);
  return resolved;
}

Resolution::Resolved Resolution::extension(const WrittenType& written) {
  if (const auto kind = extension_type(written.name)) return {primitive(*kind)};
  constexpr std::array<std::string_view, 4> kKnown = {"decimal", "ipaddr", "datetime", "duration"};
  const std::string_view meant = written.name == "ip" ? "ipaddr" : closest(written.name, kKnown);
  complain(written.where, std::format("there is no extension type `{}`", written.name),
           meant.empty() ? "use decimal, ipaddr, datetime or duration" : std::format("did you mean `{}`?", meant));
  return {};
}

Resolution::Resolved Resolution::named(std::string_view space, const WrittenType& written, std::size_t depth) {
  const Meaning meaning = written.kind == WrittenKind::entity   ? Meaning::entity
                          : written.kind == WrittenKind::common ? Meaning::common
                                                                : Meaning::either;
  auto found = find(space, written.name, meaning);
  if (!found) {
    undeclared(space, written.name, written.where, meaning);
    return {};
  }
  if (found->common) return common(*found->common, found->name, written.where, depth);
  Type type = primitive(TypeKind::entity);
  type.entity = std::move(found->name);
  return {std::move(type)};
}

// A name counts as a level of nesting: what depth is allowed must not depend on which declaration is resolved first.
Resolution::Resolved Resolution::common(Common& common, std::string_view name, Where where, std::size_t depth) {
  if (!common.resolved) {
    if (common.open) {
      complain(where, std::format("type `{}` is made of itself", name), "break the cycle, or make it an entity type");
      return {};
    }
    common.open = true;
    Resolved resolved = type(common.space, *common.written, depth + 1);
    common.open = false;
    if (failed()) return {};
    ++resolved.depth;
    common.resolved = std::move(resolved);
  }
  within_limits(*common.resolved, where);
  return *common.resolved;
}

bool Resolution::within_limits(const Resolved& resolved, Where where) {
  if (resolved.depth > limits_.depth) {
    complain(where, std::format("types nest deeper than {} levels", limits_.depth), "make the nesting flatter");
  } else if (resolved.nodes > limits_.resolved) {
    complain(where, std::format("this type has more than {} parts", limits_.resolved),
             "make its common types smaller");
  }
  return !failed();
}

// === names ===

// A name without `::` is looked for in its own namespace first and then in the empty one; in each a common type comes
// before an entity type (RFC 24).
std::optional<Resolution::Found> Resolution::find(std::string_view space, std::string_view name, Meaning meaning) {
  std::vector<std::string> possible;
  if (!space.empty() && !name.contains("::")) possible.push_back(qualified(space, name));
  possible.emplace_back(name);
  for (std::string& each : possible) {
    if (meaning != Meaning::entity) {
      if (const auto found = commons_.find(each); found != commons_.end())
        return Found{std::move(each), &found->second};
    }
    if (meaning != Meaning::common && (entities_.contains(each) || action_types_.contains(each))) {
      return Found{std::move(each)};
    }
  }
  return std::nullopt;
}

void Resolution::undeclared(std::string_view space, std::string_view name, Where where, Meaning meaning) {
  if (failed()) return;
  const std::string_view what = meaning == Meaning::entity   ? "entity type"
                                : meaning == Meaning::common ? "common type"
                                                             : "type";
  if (meaning == Meaning::entity && find(space, name, Meaning::common)) {
    return complain(where, std::format("`{}` is a common type, not an entity type", name), "name an entity type");
  }
  if (meaning == Meaning::common && find(space, name, Meaning::entity)) {
    return complain(where, std::format("`{}` is an entity type, not a common type", name),
                    "name a common type; in JSON an entity type is {\"type\": \"Entity\", \"name\": ...}");
  }
  complain(where, std::format("{} `{}` is not declared", what, name), remedy(name, meaning));
}

std::string Resolution::remedy(std::string_view name, Meaning meaning) const {
  if (const auto mistake = usual_mistake(name); !mistake.empty()) return std::string(mistake);
  std::vector<std::string_view> known;
  if (meaning != Meaning::entity) {
    for (const auto& [declared, common] : commons_) known.push_back(declared);
  }
  if (meaning != Meaning::common) {
    for (const auto& [declared, where] : entities_) known.push_back(declared);
  }
  std::ranges::sort(known);  // the maps have no order, the message has
  const auto same_base = [&](std::string_view declared) { return base_name(declared) == base_name(name); };
  if (const auto found = std::ranges::find_if(known, same_base); found != known.end()) {
    return std::format("write `{}`", *found);
  }
  const std::size_t full = known.size();
  for (std::size_t i = 0; i < full; ++i) known.push_back(base_name(known[i]));
  if (const auto meant = closest(name, known); !meant.empty()) return std::format("did you mean `{}`?", meant);
  return meaning == Meaning::entity   ? std::format("declare it with `entity {};`", name)
         : meaning == Meaning::common ? std::format("declare it with `type {} = {{ ... }};`", name)
                                      : "declare it with `entity` or `type`";
}

}  // namespace cordon::schema
