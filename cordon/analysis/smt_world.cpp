#include "cordon/analysis/smt_world.h"

#include <algorithm>
#include <format>
#include <limits>

namespace cordon::analysis::smt {

namespace {

using schema::Type;
using schema::TypeKind;

bool is_action_type(std::string_view type) { return type == "Action" || type.ends_with("::Action"); }

Term literal(std::string_view text) {
  return string_literal(text).value_or("\"?\"");  // ids of a schema that SMT-LIB cannot write: no solution has them
}

Type record_type(const schema::Attributes& attributes) {
  return {.kind = TypeKind::record,
          .entity = {},
          .element = nullptr,
          .attributes = std::make_shared<const schema::Attributes>(attributes)};
}

Type entity_type(std::string name) {
  return {.kind = TypeKind::entity, .entity = std::move(name), .element = nullptr, .attributes = nullptr};
}

}  // namespace

schema::Type boolean() { return {}; }
schema::Type integer() {
  return {.kind = TypeKind::integer, .entity = {}, .element = nullptr, .attributes = nullptr};
}

World::World(const schema::Schema& schema, const Environment& environment, Script& script)
    : schema_(schema), script_(script) {
  // IP networks: address and prefix, the prefix as wide as the address, for shifting.
  script_.line(
      "(declare-datatypes ((Ip 0)) (((Ip.v4 (Ip.a4 (_ BitVec 32)) (Ip.p4 (_ BitVec 32)))"
      " (Ip.v6 (Ip.a6 (_ BitVec 128)) (Ip.p6 (_ BitVec 128))))))");
  principal_ = unknown(entity_type(environment.principal), "principal");
  resource_ = unknown(entity_type(environment.resource), "resource");
  action_ = {entity_type(environment.action.type), literal(environment.action.id), kTrue};
  const auto* action = schema.action(environment.action);
  context_ = unknown(record_type(action ? action->applies_to.context : schema::Attributes{}), "context");
  std::set<std::string> seen;
  for (const auto* each : {&principal_, &resource_, &context_}) declare_reachable(each->type, seen);
}

// A declaration ends a model, so whatever a counterexample may be asked about is declared before the question.
void World::declare_reachable(const Type& type, std::set<std::string>& seen) {
  if (type.kind == TypeKind::set) declare_reachable(*type.element, seen);
  for (const auto& [name, attribute] : type.kind == TypeKind::record ? *type.attributes : schema::Attributes{}) {
    declare_reachable(attribute.type, seen);
  }
  if (type.kind != TypeKind::entity || is_action_type(type.entity) || !seen.insert(type.entity).second) return;
  attributes_function(type.entity);
  declare_reachable(record_of(type.entity), seen);
  if (const auto* tags = tag_type(type.entity)) {
    tags_function(type.entity);
    declare_reachable(*tags, seen);
  }
  for (const auto& above : ancestor_types(type.entity)) {
    ancestors_function(type.entity, above);
    declare_reachable(smt::entity_type(above), seen);
  }
}

Symbolic World::unknown(Type type, std::string_view hint) {
  const auto sort = sort_of(type);
  Symbolic made{std::move(type), script_.constant(sort, hint), kTrue};
  conform(made.type, made.term);
  return made;
}

Symbolic World::entity(std::string type, Term id) {
  Symbolic made{entity_type(std::move(type)), std::move(id), kTrue};
  conform(made.type, made.term);
  return made;
}

// === sorts ===

std::string World::sort_of(const Type& type) {
  switch (type.kind) {
    case TypeKind::boolean:
      return "Bool";
    case TypeKind::integer:
    case TypeKind::decimal:
    case TypeKind::datetime:
    case TypeKind::duration:
      return "Int";
    case TypeKind::string:
    case TypeKind::entity:
      return "String";
    case TypeKind::ipaddr:
      return "Ip";
    case TypeKind::set:
      return std::format("(Set {})", sort_of(*type.element));
    case TypeKind::record:
      return record_sort(type);
  }
  return "Bool";
}

std::string World::option_sort(const Type& type) {
  const auto of = sort_of(type);
  if (const auto known = option_sorts_.find(of); known != option_sorts_.end()) return known->second;
  const auto name = std::format("O{}", option_sorts_.size());
  script_.line(std::format("(declare-datatypes (({0} 0)) ((({0}.none) ({0}.some ({0}.value {1})))))", name, of));
  return option_sorts_.emplace(of, name).first->second;
}

std::string World::record_sort(const Type& type) {
  const auto text = type.text();
  if (const auto known = record_sorts_.find(text); known != record_sorts_.end()) return known->second;
  std::vector<std::string> sorts;
  for (const auto& [name, attribute] : *type.attributes) {
    sorts.push_back(attribute.required ? sort_of(attribute.type) : option_sort(attribute.type));
  }
  const auto name = std::format("R{}", record_sorts_.size());
  std::string fields;
  for (std::size_t i = 0; i < sorts.size(); ++i) fields += std::format(" ({}.{} {})", name, i, sorts[i]);
  script_.line(std::format("(declare-datatypes (({0} 0)) ((({0}.mk{1}))))", name, fields));
  return record_sorts_.emplace(text, name).first->second;
}

Term World::make_record(const Type& type, const std::vector<Term>& present_values) {
  Term term = record_sort(type) + ".mk";
  if (present_values.empty()) return term;
  for (const Term& value : present_values) term += ' ' + value;
  return '(' + term + ')';
}

// === what the schema promises ===

void World::conform(const Type& type, const Term& term) {
  if (type.kind == TypeKind::entity) {
    if (is_action_type(type.entity)) return;
    mentioned_[type.entity].insert(term);
    const auto* declared = schema_.entity_type(type.entity);
    Term known = declared && !declared->enumerated.empty() ? kFalse : kTrue;
    for (const auto& id : declared ? declared->enumerated : std::vector<std::string>{}) {
      known = either(known, term == literal(id) ? kTrue : apply("=", {term, literal(id)}));
    }
    script_.assume(known);
  } else if (type.kind == TypeKind::integer || type.kind == TypeKind::decimal || type.kind == TypeKind::datetime ||
             type.kind == TypeKind::duration) {
    script_.assume(apply("<=", {number(std::numeric_limits<std::int64_t>::min()), term,
                                number(std::numeric_limits<std::int64_t>::max())}));
  } else if (type.kind == TypeKind::ipaddr) {
    script_.assume(
        std::format("(ite ((_ is Ip.v4) {0}) (bvule (Ip.p4 {0}) (_ bv32 32)) (bvule (Ip.p6 {0}) "
                    "(_ bv128 128)))",
                    term));
  } else if (type.kind == TypeKind::set && type.element->kind == TypeKind::entity) {
    const auto* declared = schema_.entity_type(type.element->entity);
    if (!declared || declared->enumerated.empty()) return;
    Term all = "(as set.empty (Set String))";
    for (const auto& id : declared->enumerated)
      all = apply("set.union", {all, apply("set.singleton", {literal(id)})});
    script_.assume(apply("set.subset", {term, script_.share("(Set String)", all)}));
  }
}

// === attributes and tags ===

std::string World::attributes_function(const std::string& entity_type) {
  return declared_in("attributes", entity_type, record_sort(record_of(entity_type)));
}

std::string World::tags_function(const std::string& entity_type) {
  return declared_in("tags", entity_type, option_sort(*tag_type(entity_type)));
}

std::string World::ancestors_function(const std::string& entity_type, const std::string& ancestor_type) {
  const auto& low = short_names_.try_emplace(entity_type, std::format("E{}", short_names_.size())).first->second;
  const auto& high = short_names_.try_emplace(ancestor_type, std::format("E{}", short_names_.size())).first->second;
  const auto name = std::format("ancestors.{}.{}", low, high);
  if (declared_.insert(name).second) script_.declare_function(name, "String", "(Set String)");
  return name;
}

Term World::declared_in(const std::string& function, const std::string& entity_type, const std::string& sort) {
  const auto& type = short_names_.try_emplace(entity_type, std::format("E{}", short_names_.size())).first->second;
  const auto name = std::format("{}.{}", function, type);
  if (declared_.insert(name).second) {
    script_.declare_function(name, function == "tags" ? "String String" : "String", sort);
  }
  return name;
}

Type World::record_of(const std::string& entity_type) const {
  const auto* declared = schema_.entity_type(entity_type);
  return record_type(declared ? declared->attributes : schema::Attributes{});
}

const Type* World::tag_type(const std::string& entity_type) const {
  const auto* declared = schema_.entity_type(entity_type);
  return declared && declared->tags ? &*declared->tags : nullptr;
}

bool World::has_tags(const std::string& entity_type) const { return tag_type(entity_type) != nullptr; }

World::Field World::field(const Symbolic& of, const std::string& name) {
  const auto record = of.type.kind == TypeKind::entity ? record_of(of.type.entity) : of.type;
  const auto found = record.attributes->find(name);
  if (found == record.attributes->end()) return {};
  const auto sort = record_sort(record);
  const auto whole =
      of.type.kind == TypeKind::entity ? apply(attributes_function(of.type.entity), {of.term}) : of.term;
  const auto index = std::distance(record.attributes->begin(), found);
  const auto& attribute = found->second;
  Term term = apply(std::format("{}.{}", sort, index), {whole});
  Field made{kTrue, {attribute.type, {}, kTrue}};
  if (!attribute.required) {
    const auto option = option_sort(attribute.type);
    term = script_.share(option, std::move(term));
    made.present = script_.share("Bool", std::format("((_ is {}.some) {})", option, term));
    term = apply(option + ".value", {term});
  }
  made.value.term = script_.share(sort_of(attribute.type), std::move(term));
  conform(made.value.type, made.value.term);
  return made;
}

World::Field World::tag(const Symbolic& entity, const Term& key) {
  const auto* type = tag_type(entity.type.entity);
  if (!type) return {};
  tag_keys_[entity.type.entity].insert(key);
  const auto option = option_sort(*type);
  const auto whole = script_.share(option, apply(tags_function(entity.type.entity), {entity.term, key}));
  Field made{script_.share("Bool", std::format("((_ is {}.some) {})", option, whole)), {*type, {}, kTrue}};
  made.value.term = script_.share(sort_of(*type), apply(option + ".value", {whole}));
  conform(made.value.type, made.value.term);
  return made;
}

// === comparing ===

Term World::equal(const Symbolic& a, const Symbolic& b) {
  if (a.type.kind != b.type.kind) return kFalse;
  if (a.type.kind == TypeKind::entity && a.type.entity != b.type.entity) return kFalse;
  if (a.type.kind == TypeKind::record && !(a.type == b.type)) return records_equal(a, b);
  if (a.term == b.term) return kTrue;
  if (is_literal(a.term) && is_literal(b.term)) return kFalse;
  return script_.share("Bool", apply("=", {a.term, b.term}));
}

// Records of types that differ, for instance in which attributes are optional.
Term World::records_equal(const Symbolic& a, const Symbolic& b) {
  std::set<std::string> names;
  for (const auto* side : {&a, &b}) {
    for (const auto& [name, attribute] : *side->type.attributes) names.insert(name);
  }
  Term same = kTrue;
  for (const auto& name : names) {
    const auto left = field(a, name);
    const auto right = field(b, name);
    same = both(same, left.present == right.present ? kTrue : apply("=", {left.present, right.present}));
    if (left.present == kFalse || right.present == kFalse) continue;
    same = script_.share("Bool", both(same, implies(left.present, equal(left.value, right.value))));
  }
  return same;
}

Term World::is_in(const Symbolic& entity, const Symbolic& ancestor) {
  const auto& low = entity.type.entity;
  const auto& high = ancestor.type.entity;
  if (is_action_type(low)) {  // what contains an action is the schema's business
    if (!is_literal(entity.term) || !is_literal(ancestor.term)) return equal(entity, ancestor);
    for (const auto& [uid, action] : schema_.actions()) {
      if (uid.type != low || literal(uid.id) != entity.term) continue;
      for (const auto& [group, members] : schema_.actions()) {
        if (group.type == high && literal(group.id) == ancestor.term) {
          return schema_.action_in(uid, group) ? kTrue : kFalse;
        }
      }
    }
    return equal(entity, ancestor);
  }
  const Term self = equal(entity, ancestor);
  if (!may_be_beneath(schema_, low, high)) return self;
  const auto above = apply(ancestors_function(low, high), {entity.term});
  return script_.share("Bool", either(self, apply("set.member", {ancestor.term, above})));
}

Term World::is_in_any(const Symbolic& entity, const Symbolic& set) {
  const auto& low = entity.type.entity;
  const auto& high = set.type.element->entity;
  Term in = low == high ? apply("set.member", {entity.term, set.term}) : kFalse;
  if (may_be_beneath(schema_, low, high)) {
    const auto above = apply(ancestors_function(low, high), {entity.term});
    in = either(in, no(is_empty(apply("set.inter", {above, set.term}), "(Set String)")));
  }
  return script_.share("Bool", std::move(in));
}

std::vector<std::string> World::ancestor_types(const std::string& entity_type) const {
  std::vector<std::string> types;
  for (const auto& [name, declared] : schema_.entity_types()) {
    if (may_be_beneath(schema_, entity_type, name)) types.push_back(name);
  }
  return types;
}

void World::close() {
  const auto mentioned = mentioned_;  // closing mentions no further entities
  for (const auto& [type, ids] : mentioned) {
    for (const auto& id : ids) close_ancestors(type, id);
  }
}

void World::close_ancestors(const std::string& type, const Term& id) {
  for (const auto& above : ancestor_types(type)) {
    const auto set = apply(ancestors_function(type, above), {id});
    if (above == type) script_.assume(no(apply("set.member", {id, set})));
    conform({.kind = TypeKind::set,
             .entity = {},
             .element = std::make_shared<const Type>(entity_type(above)),
             .attributes = nullptr},
            set);
    const auto known = mentioned_.find(above);
    if (known == mentioned_.end()) continue;
    for (const auto& other : known->second) {
      for (const auto& further : ancestor_types(above)) {
        const auto lower = apply(ancestors_function(type, further), {id});
        const auto upper = apply(ancestors_function(above, further), {other});
        script_.assume(
            script_.share("Bool", implies(apply("set.member", {other, set}), apply("set.subset", {upper, lower}))));
      }
    }
  }
}

}  // namespace cordon::analysis::smt
