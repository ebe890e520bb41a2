// As SDK 4.12.0 reads it: members it does not know are refused, and null stands for an absent member only in an
// action's attributes, appliesTo, memberOf, and the type of a group.
#include "cordon/schema/read_json.h"

#include <algorithm>
#include <array>
#include <deque>
#include <format>
#include <ranges>
#include <span>
#include <utility>

#include "cordon/base/text.h"
#include "cordon/schema/names.h"

namespace cordon::schema {

using wire::Json;
using wire::JsonMember;

Where Paths::member(Where parent, std::string_view name) {
  steps_.push_back({parent, std::string(name), 0, false});
  return static_cast<Where>(steps_.size() - 1);
}

Where Paths::item(Where parent, std::size_t index) {
  steps_.push_back({parent, {}, index, true});
  return static_cast<Where>(steps_.size() - 1);
}

std::string Paths::text(Where where) const {
  std::vector<const Step*> way;
  for (; where != kRoot; where = steps_[where].parent) way.push_back(&steps_[where]);
  std::string text;
  for (const Step* step : way | std::views::reverse) {
    if (step->is_item) {
      text += std::format("[{}]", step->index);
    } else {
      if (!text.empty()) text += '.';
      text += is_name(step->name) ? step->name : '"' + printable(step->name) + '"';
    }
  }
  return text.empty() ? "the document" : text;
}

namespace {

using Names = std::span<const std::string_view>;

// The members in the reference's order, which counts where a list of values stands for the object.
constexpr std::array<std::string_view, 4> kNamespace = {"commonTypes", "entityTypes", "actions", "annotations"};
constexpr std::array<std::string_view, 5> kEntity = {"memberOfTypes", "shape", "tags", "enum", "annotations"};
constexpr std::array<std::string_view, 4> kAction = {"attributes", "appliesTo", "memberOf", "annotations"};
constexpr std::array<std::string_view, 3> kAppliesTo = {"resourceTypes", "principalTypes", "context"};
constexpr std::array<std::string_view, 2> kGroup = {"id", "type"};
constexpr std::array<std::string_view, 5> kType = {"type", "element", "attributes", "additionalAttributes", "name"};

// What may stand beside a type's own members.
enum class Beside : std::uint8_t { nothing, annotations, annotations_and_required };

class Reader {
 public:
  Reader(const Limits& limits, Paths& paths) : limits_(limits), paths_(paths) {}
  Read<WrittenSchema> run(const Json& document);

 private:
  struct Value {
    const Json* json = nullptr;  // none: absent
    Where where = 0;
    explicit operator bool() const { return json != nullptr; }
  };

  void name_space(const std::string& name, Value value);
  void commons(WrittenNamespace& space, Value values);
  void entities(WrittenNamespace& space, Value values);
  void entity(WrittenNamespace& space, std::string_view name, Value value);
  void enumerated(EntityBody& body, Value entity, Value ids);
  void actions(WrittenNamespace& space, Value values);
  void action(WrittenNamespace& space, std::string_view id, Value value);
  void applies_to(ActionBody& body, Value value);
  ActionReference group(Value value);
  void annotations(Value values);

  WrittenType type(Value value, Beside beside, std::size_t depth);
  void known_type(WrittenType& type, Value value, std::string_view word, std::size_t depth);
  void only(Value value, Names own, std::string_view word);
  WrittenAttribute attribute(const std::string& name, Value value, std::size_t depth);
  std::string named(Value value);

  std::vector<Reference> references(Value value);
  Value find(Value object, std::string_view name);
  Value need(Value object, std::string_view name);
  bool object(Value value, Names known);
  bool structure(Value& value, Names known);
  bool is_object(Value value);
  bool is_array(Value value);
  std::string string(Value value);
  std::string identifier(std::string_view name, Where where);
  bool boolean(Value value, bool fallback);
  void count(Where where);
  void complain(Where where, std::string message, std::string hint = {});
  bool failed() const { return complaint_.has_value(); }

  // Every member of an object, or item of an array, until the first complaint.
  template <class Each>
  void members(Value value, Each each) {
    if (!value || !is_object(value)) return;
    for (const JsonMember& member : value.json->object()) {
      if (failed()) return;
      each(member.name, Value{&member.value, paths_.member(value.where, member.name)});
    }
  }
  template <class Each>
  void items(Value value, Each each) {
    if (!value || !is_array(value)) return;
    std::size_t index = 0;
    for (const Json& item : value.json->array()) {
      if (failed()) return;
      each(Value{&item, paths_.item(value.where, index++)});
    }
  }

  Limits limits_;
  Paths& paths_;
  std::size_t counted_ = 0;
  std::optional<Complaint> complaint_;
  WrittenSchema schema_;
  std::deque<Json> renamed_;  // keeps its elements in place
};

Read<WrittenSchema> Reader::run(const Json& document) {
  members({&document, Paths::kRoot}, [&](const std::string& name, Value value) { name_space(name, value); });
  if (failed()) return std::unexpected(*complaint_);
  return std::move(schema_);
}

// === small questions ===

void Reader::complain(Where where, std::string message, std::string hint) {
  if (!complaint_) complaint_ = Complaint{where, std::move(message), std::move(hint)};
}

void Reader::count(Where where) {
  if (++counted_ <= limits_.resolved) return;
  complain(where, std::format("the schema has more than {} names and types", limits_.resolved),
           "split it into several schemas");
}

bool Reader::is_object(Value value) {
  if (!value.json->is_object()) complain(value.where, "not an object", "write `{ ... }`");
  return !failed();
}

bool Reader::is_array(Value value) {
  if (!value.json->is_array()) complain(value.where, "not an array", "write `[ ... ]`");
  return !failed();
}

// An object with no other members than those known.
bool Reader::object(Value value, Names known) {
  if (!is_object(value)) return false;
  for (const JsonMember& member : value.json->object()) {
    if (std::ranges::find(known, member.name) != known.end()) continue;
    const auto meant = closest(member.name, known);
    complain(value.where, std::format("member \"{}\" is not known here", printable(member.name)),
             meant.empty() ? "remove it" : std::format("did you mean \"{}\"?", meant));
  }
  return !failed();
}

// The reference takes the members' values in a list, without their names, for the object itself.
bool Reader::structure(Value& value, Names known) {
  if (value.json->is_array()) {
    const auto& values = value.json->array();
    if (values.size() > known.size()) complain(value.where, "too many values", "write an object with named members");
    Json named(wire::JsonObject{});
    for (std::size_t i = 0; i < std::min(values.size(), known.size()); ++i) named.set(known[i], values[i]);
    value.json = &renamed_.emplace_back(std::move(named));
  }
  return object(value, known);
}

Reader::Value Reader::find(Value object, std::string_view name) {
  const Json* found = object.json->find(name);
  return found ? Value{found, paths_.member(object.where, name)} : Value{};
}

Reader::Value Reader::need(Value object, std::string_view name) {
  const Value found = find(object, name);
  if (!found) complain(object.where, std::format("member \"{}\" is missing", name), "add it");
  return found;
}

std::string Reader::string(Value value) {
  if (!value) return {};
  if (!value.json->is_string()) complain(value.where, "not a string", "write \"...\"");
  return std::string(value.json->text());
}

bool Reader::boolean(Value value, bool fallback) {
  if (!value) return fallback;
  if (!value.json->is_bool()) complain(value.where, "neither true nor false", "write true or false");
  return value.json->boolean();
}

std::string Reader::identifier(std::string_view name, Where where) {
  if (!is_identifier(name)) {
    complain(where, std::format("\"{}\" is not a name", printable(name)),
             "use letters, digits and `_`, and no word of the language");
  }
  return std::string(name);
}

std::string Reader::named(Value value) {
  std::string name = string(value);
  if (!failed() && !is_name(name)) {
    complain(value.where, std::format("\"{}\" is not the name of a type", printable(name)),
             "write `Type` or `Namespace::Type`, without spaces");
  }
  return name;
}

std::vector<Reference> Reader::references(Value value) {
  std::vector<Reference> references;
  items(value, [&](Value item) {
    count(item.where);
    references.push_back({named(item), item.where});
  });
  return references;
}

void Reader::annotations(Value values) {
  members(values, [&](const std::string& name, Value value) {
    if (!policy::is_identifier(name)) {
      complain(value.where, std::format("\"{}\" is not the name of an annotation", printable(name)),
               "use letters, digits and `_`");
    }
    if (!value.json->is_null()) string(value);
  });
}

// === declarations ===

void Reader::name_space(const std::string& name, Value value) {
  if (!name.empty() && !is_name(name)) {
    return complain(value.where, std::format("\"{}\" is not the name of a namespace", printable(name)),
                    "write `Name` or `Name::Name`, without spaces");
  }
  if (!structure(value, kNamespace)) return;
  const Value notes = find(value, "annotations");
  annotations(notes);
  if (name.empty() && notes && !notes.json->object().empty()) {
    complain(notes.where, "the empty namespace cannot have annotations", "remove them");
  }
  WrittenNamespace space;
  space.name = name;
  space.where = value.where;
  commons(space, find(value, "commonTypes"));
  entities(space, need(value, "entityTypes"));
  actions(space, need(value, "actions"));
  schema_.namespaces.push_back(std::move(space));
}

void Reader::commons(WrittenNamespace& space, Value values) {
  members(values, [&](const std::string& name, Value value) {
    space.commons.push_back({identifier(name, value.where), value.where, type(value, Beside::annotations, 1)});
  });
}

void Reader::entities(WrittenNamespace& space, Value values) {
  members(values, [&](const std::string& name, Value value) { entity(space, name, value); });
}

void Reader::entity(WrittenNamespace& space, std::string_view name, Value value) {
  count(value.where);
  if (!structure(value, kEntity)) return;
  EntityBody body;
  body.shape.where = value.where;
  annotations(find(value, "annotations"));
  if (const Value ids = find(value, "enum")) {
    enumerated(body, value, ids);
  } else {
    body.parents = references(find(value, "memberOfTypes"));
    if (const Value shape = find(value, "shape")) body.shape = type(shape, Beside::nothing, 1);
    if (const Value tags = find(value, "tags")) body.tags = type(tags, Beside::nothing, 1);
  }
  space.entities.push_back(
      {identifier(name, value.where), value.where, std::make_shared<const EntityBody>(std::move(body))});
}

void Reader::enumerated(EntityBody& body, Value entity, Value ids) {
  for (const std::string_view other : {"memberOfTypes", "shape", "tags"}) {
    if (entity.json->find(other)) {
      complain(entity.where, std::format("an enumerated entity type has no \"{}\"", other), "remove it, or \"enum\"");
    }
  }
  items(ids, [&](Value id) {
    count(id.where);
    body.enumerated.push_back(string(id));
  });
  if (body.enumerated.empty()) complain(ids.where, "the list of ids is empty", "name at least one id");
}

void Reader::actions(WrittenNamespace& space, Value values) {
  members(values, [&](const std::string& id, Value value) { action(space, id, value); });
}

void Reader::action(WrittenNamespace& space, std::string_view id, Value value) {
  count(value.where);
  if (!structure(value, kAction)) return;
  ActionBody body;
  body.context.where = value.where;
  annotations(find(value, "annotations"));
  if (const Value attributes = find(value, "attributes"); attributes && !attributes.json->is_null()) {
    complain(attributes.where, "actions have no attributes", "remove this member");
  }
  if (const Value applies = find(value, "appliesTo"); applies && !applies.json->is_null()) applies_to(body, applies);
  if (const Value groups = find(value, "memberOf"); groups && !groups.json->is_null()) {
    items(groups, [&](Value item) { body.parents.push_back(group(item)); });
  }
  space.actions.push_back({std::string(id), value.where, std::make_shared<const ActionBody>(std::move(body))});
}

void Reader::applies_to(ActionBody& body, Value value) {
  if (!structure(value, kAppliesTo)) return;
  body.principals = references(need(value, "principalTypes"));
  body.resources = references(need(value, "resourceTypes"));
  if (const Value context = find(value, "context")) body.context = type(context, Beside::nothing, 1);
}

ActionReference Reader::group(Value value) {
  count(value.where);
  ActionReference group;
  group.where = value.where;
  if (!structure(value, kGroup)) return group;
  group.id = string(need(value, "id"));
  if (const Value type = find(value, "type"); type && !type.json->is_null()) group.type = named(type);
  return group;
}

// === types ===

WrittenType Reader::type(Value value, Beside beside, std::size_t depth) {
  WrittenType type;
  type.where = value.where;
  count(value.where);
  if (depth > limits_.depth) {
    complain(value.where, std::format("types nest deeper than {} levels", limits_.depth),
             "give the inner ones names in commonTypes");
  }
  if (failed() || !is_object(value)) return type;
  std::vector<std::string_view> known(kType.begin(), kType.end());
  if (beside != Beside::nothing) known.emplace_back("annotations");
  if (beside == Beside::annotations_and_required) known.emplace_back("required");
  if (!object(value, known)) return type;
  if (beside != Beside::nothing) annotations(find(value, "annotations"));
  const std::string word = string(need(value, "type"));
  if (!failed()) known_type(type, value, word, depth);
  return type;
}

void Reader::known_type(WrittenType& type, Value value, std::string_view word, std::size_t depth) {
  if (word == "Set") {
    constexpr std::array<std::string_view, 1> kOwn = {"element"};
    only(value, kOwn, word);
    type.kind = WrittenKind::set;
    if (const Value element = need(value, "element"))
      type.element.push_back(this->type(element, Beside::nothing, depth + 1));
  } else if (word == "Record") {
    constexpr std::array<std::string_view, 2> kOwn = {"attributes", "additionalAttributes"};
    only(value, kOwn, word);
    type.open = boolean(find(value, "additionalAttributes"), false);
    members(need(value, "attributes"), [&](const std::string& name, Value attribute) {
      type.attributes.push_back(this->attribute(name, attribute, depth));
    });
  } else if (word == "Entity" || word == "EntityOrCommon" || word == "Extension") {
    constexpr std::array<std::string_view, 1> kOwn = {"name"};
    only(value, kOwn, word);
    type.kind = word == "Entity"      ? WrittenKind::entity
                : word == "Extension" ? WrittenKind::extension
                                      : WrittenKind::either;
    type.name = named(need(value, "name"));
  } else {
    only(value, {}, word);
    type.kind = word == "Long"      ? WrittenKind::integer
                : word == "String"  ? WrittenKind::string
                : word == "Boolean" ? WrittenKind::boolean
                                    : WrittenKind::common;
    if (type.kind == WrittenKind::common) type.name = named(find(value, "type"));
  }
}

// Members of other kinds of type are refused.
void Reader::only(Value value, Names own, std::string_view word) {
  for (const std::string_view name : kType) {
    if (name == "type" || std::ranges::find(own, name) != own.end() || !value.json->find(name)) continue;
    complain(value.where, std::format("a type \"{}\" has no \"{}\"", printable(word), name), "remove it");
  }
}

WrittenAttribute Reader::attribute(const std::string& name, Value value, std::size_t depth) {
  WrittenAttribute attribute;
  attribute.name = name;
  attribute.where = value.where;
  attribute.type = type(value, Beside::annotations_and_required, depth + 1);
  if (!failed()) attribute.required = boolean(find(value, "required"), true);
  return attribute;
}

}  // namespace

Read<WrittenSchema> read_json(const Json& document, const Limits& limits, Paths& paths) {
  return Reader(limits, paths).run(document);
}

}  // namespace cordon::schema
