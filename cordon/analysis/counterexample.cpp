#include "cordon/analysis/counterexample.h"

#include <algorithm>
#include <charconv>
#include <format>
#include <set>

namespace cordon::analysis {

namespace {

using policy::EntityUid;
using policy::Value;
using schema::Type;
using schema::TypeKind;

constexpr std::size_t kMostEntities = 1000;  // a model that names more is not worth showing

std::unexpected<Error> strange() { return fail(ErrorKind::internal, "the solver's model cannot be read"); }

Result<std::int64_t> integer(const Answer& answer) {
  const bool negative = answer.parts.size() == 2 && answer.parts[0].word == "-";
  const std::string text = negative ? "-" + answer.parts[1].word : answer.word;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return strange();
  return value;
}

// "#b0101" or "#x0f": the bits, highest first.
Result<std::vector<bool>> bits(const Answer& answer) {
  const std::string_view text = answer.word;
  std::vector<bool> read;
  if (text.starts_with("#b")) {
    for (const char c : text.substr(2)) read.push_back(c == '1');
    return read;
  }
  if (!text.starts_with("#x")) return strange();
  for (const char c : text.substr(2)) {
    const unsigned digit = static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    for (int bit = 3; bit >= 0; --bit) read.push_back((digit >> bit & 1U) != 0);
  }
  return read;
}

Result<Value> ip(const Answer& answer) {
  if (answer.parts.size() != 3) return strange();
  const auto address = bits(answer.parts[1]);
  const auto prefix = bits(answer.parts[2]);
  policy::IpNetwork network{.v6 = answer.parts[0].word == "Ip.v6"};
  if (!address || !prefix || address->size() != (network.v6 ? 128U : 32U)) return strange();
  for (std::size_t i = 0; i < address->size(); ++i) {
    if ((*address)[i]) network.address[i / 8] |= static_cast<std::uint8_t>(0x80U >> i % 8);
  }
  unsigned length = 0;
  for (const bool bit : *prefix) length = length << 1 | (bit ? 1U : 0U);
  network.prefix = static_cast<std::uint8_t>(length);
  return Value(network);
}

// Values by their types; notes every entity it meets.
class Reader {
 public:
  explicit Reader(std::set<EntityUid>& met) : met_(met) {}

  Result<Value> value(const Type& type, const Answer& answer) {
    switch (type.kind) {
      case TypeKind::boolean:
        return Value(answer.word == "true");
      case TypeKind::string:
        return Value(answer.word);
      case TypeKind::entity:
        return entity(type, answer);
      case TypeKind::ipaddr:
        return ip(answer);
      case TypeKind::set:
        return set(type, answer);
      case TypeKind::record: {
        auto read = record(type, answer);
        if (!read) return std::unexpected(read.error());
        return Value(std::move(*read));
      }
      default:
        return number(type, answer);
    }
  }

  Result<policy::Record> record(const Type& type, const Answer& answer) {
    policy::Record made;
    std::size_t at = 1;  // part 0 is the constructor
    for (const auto& [name, attribute] : *type.attributes) {
      if (at >= answer.parts.size()) return strange();
      const Answer* part = &answer.parts[at++];
      if (!attribute.required) {
        const bool absent = part->parts.size() != 2;  // O.none, or (O.some value)
        if (absent) continue;
        part = &part->parts[1];
      }
      auto read = value(attribute.type, *part);
      if (!read) return std::unexpected(read.error());
      made.emplace(name, std::move(*read));
    }
    return made;
  }

  // (set.union a b), (set.singleton x), (as set.empty ...)
  Result<std::vector<Value>> members(const Type& element, const Answer& answer) {
    const std::string_view head = answer.parts.empty() ? std::string_view() : answer.parts[0].word;
    std::vector<Value> found;
    if (head == "set.singleton" && answer.parts.size() == 2) {
      auto one = value(element, answer.parts[1]);
      if (!one) return std::unexpected(one.error());
      found.push_back(std::move(*one));
      return found;
    }
    if (head == "as" && answer.parts.size() == 3) return found;
    if (head != "set.union") return strange();
    for (std::size_t i = 1; i < answer.parts.size(); ++i) {
      auto more = members(element, answer.parts[i]);
      if (!more) return more;
      found.insert(found.end(), more->begin(), more->end());
    }
    return found;
  }

 private:
  Result<Value> entity(const Type& type, const Answer& answer) {
    if (!answer.quoted) return strange();
    EntityUid uid{type.entity, answer.word};
    met_.insert(uid);
    return Value(std::move(uid));
  }

  Result<Value> set(const Type& type, const Answer& answer) {
    auto found = members(*type.element, answer);
    if (!found) return std::unexpected(found.error());
    return Value::set(std::move(*found));
  }

  static Result<Value> number(const Type& type, const Answer& answer) {
    const auto read = integer(answer);
    if (!read) return std::unexpected(read.error());
    if (type.kind == TypeKind::decimal) return Value(policy::Decimal{*read});
    if (type.kind == TypeKind::datetime) return Value(policy::Datetime{*read});
    if (type.kind == TypeKind::duration) return Value(policy::Duration{*read});
    return Value(*read);
  }

  std::set<EntityUid>& met_;
};

Type entity_type(std::string name) {
  return {.kind = TypeKind::entity, .entity = std::move(name), .element = nullptr, .attributes = nullptr};
}

Result<policy::Entity> read_entity(smt::World& world, Solver& solver, Reader& reader, const EntityUid& uid,
                                   const std::set<std::string>& tag_keys) {
  const auto id = smt::string_literal(uid.id);
  if (!id) return std::unexpected(id.error());
  const auto ancestors = world.ancestor_types(uid.type);
  std::vector<std::string> keys;
  std::vector<std::string> terms = {smt::apply(world.attributes_function(uid.type), {*id})};
  for (const auto& type : ancestors) terms.push_back(smt::apply(world.ancestors_function(uid.type, type), {*id}));
  for (const auto& key : world.has_tags(uid.type) ? tag_keys : std::set<std::string>{}) {
    const auto term = smt::string_literal(key);
    if (!term) continue;
    keys.push_back(key);
    terms.push_back(smt::apply(world.tags_function(uid.type), {*id, *term}));
  }
  const auto values = solver.values(terms);
  if (!values) return std::unexpected(values.error());
  policy::Entity entity{.uid = uid, .attributes = {}, .parents = {}};
  auto attributes = reader.record(world.record_of(uid.type), (*values)[0]);
  if (!attributes) return std::unexpected(attributes.error());
  entity.attributes = std::move(*attributes);
  for (std::size_t i = 0; i < ancestors.size(); ++i) {
    const auto parents = reader.members(entity_type(ancestors[i]), (*values)[1 + i]);
    if (!parents) return std::unexpected(parents.error());
    for (const auto& parent : *parents) entity.parents.push_back(*parent.as_entity());
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& option = (*values)[1 + ancestors.size() + i];
    if (option.parts.size() != 2) continue;
    auto tag = reader.value(*world.tag_type(uid.type), option.parts[1]);
    if (!tag) return std::unexpected(tag.error());
    entity.tags.emplace(keys[i], std::move(*tag));
  }
  return entity;
}

// What the terms of each type are in this model.
Result<std::set<EntityUid>> texts_of(Solver& solver, const std::map<std::string, std::set<smt::Term>>& terms) {
  std::set<EntityUid> found;
  for (const auto& [type, of_type] : terms) {
    const auto values = solver.values({of_type.begin(), of_type.end()});
    if (!values) return std::unexpected(values.error());
    for (const auto& value : *values) found.insert({type, value.word});
  }
  return found;
}

}  // namespace

Result<Counterexample> read_counterexample(smt::World& world, Solver& solver, const Environment& environment) {
  std::set<EntityUid> met;
  Reader reader(met);
  const auto values = solver.values({world.principal().term, world.resource().term, world.context().term});
  if (!values) return std::unexpected(values.error());
  auto context = reader.record(world.context().type, (*values)[2]);
  if (!context) return std::unexpected(context.error());
  Counterexample found{.request = {{environment.principal, (*values)[0].word},
                                   environment.action,
                                   {environment.resource, (*values)[1].word},
                                   std::move(*context)},
                       .entities = world.schema().action_entities()};
  met.insert(found.request.principal);
  met.insert(found.request.resource);
  const auto mentioned = texts_of(solver, world.mentioned());
  const auto keys_by_type = texts_of(solver, world.tag_keys());
  if (!mentioned || !keys_by_type) return strange();
  met.insert(mentioned->begin(), mentioned->end());
  std::set<std::string> keys;
  for (const auto& key : *keys_by_type) keys.insert(key.id);
  std::set<EntityUid> done;
  while (done.size() < kMostEntities) {
    const auto next = std::ranges::find_if(met, [&](const EntityUid& uid) { return !done.contains(uid); });
    if (next == met.end()) return found;
    const EntityUid uid = *next;
    done.insert(uid);
    if (!world.schema().entity_type(uid.type)) continue;  // actions come from the schema
    auto entity = read_entity(world, solver, reader, uid, keys);
    if (!entity) return std::unexpected(entity.error());
    // Of entities that no term names, the model says nothing that counts: their ancestors may even be cyclic.
    if (!mentioned->contains(uid)) entity->parents.clear();
    found.entities.push_back(std::move(*entity));
  }
  return fail(ErrorKind::unavailable, std::format("the model names more than {} entities", kMostEntities));
}

}  // namespace cordon::analysis
