#include "cordon/validation/conformance.h"

#include <algorithm>
#include <format>
#include <vector>

#include "cordon/policy/token.h"
#include "cordon/validation/report.h"
#include "cordon/validation/type.h"

namespace cordon::validation {

using policy::EntityUid;
using policy::Record;
using policy::Value;
using schema::Attributes;
using schema::Schema;

using schema::TypeKind;

namespace {

std::unexpected<Error> refuse(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

std::unexpected<Error> mismatch(const Value& value, const schema::Type& type) {
  return refuse(
      std::format("expected {}, found {} of type {}", shortened(type.text()), shortened(value.text()), value.kind()));
}

bool is_of(const Value& value, TypeKind kind) {
  switch (kind) {
    case TypeKind::boolean:
      return value.as_bool() != nullptr;
    case TypeKind::integer:
      return value.as_long() != nullptr;
    case TypeKind::string:
      return value.as_string() != nullptr;
    case TypeKind::entity:
      return value.as_entity() != nullptr;
    case TypeKind::set:
      return value.as_set() != nullptr;
    case TypeKind::record:
      return value.as_record() != nullptr;
    case TypeKind::decimal:
      return value.as_decimal() != nullptr;
    case TypeKind::ipaddr:
      return value.as_ip() != nullptr;
    case TypeKind::datetime:
      return value.as_datetime() != nullptr;
    case TypeKind::duration:
      return value.as_duration() != nullptr;
  }
  return false;
}

}  // namespace

Result<void> check_identity(const EntityUid& uid, const Schema& schema) {
  if (is_action_type(uid.type)) {
    if (schema.action(uid) != nullptr) return {};
    return refuse(std::format("the schema has no action `{}`", uid.text()));
  }
  const schema::EntityType* type = schema.entity_type(uid.type);
  if (type == nullptr || type->enumerated.empty()) return {};
  if (std::ranges::find(type->enumerated, uid.id) != type->enumerated.end()) return {};
  const std::vector<std::string_view> known(type->enumerated.begin(), type->enumerated.end());
  const auto near = policy::nearest(uid.id, known);
  return refuse(std::format("`{}` is none of the entities that the schema lists for `{}`{}", uid.text(), uid.type,
                            near ? std::format("; did you mean `{}`?", *near) : std::string()));
}

// As deep as the type is, and the depth of a schema's types is limited.
Result<void> conforms(const Value& value, const schema::Type& type, const Schema& schema) {
  if (!is_of(value, type.kind)) return mismatch(value, type);
  if (const EntityUid* uid = value.as_entity()) {
    return uid->type == type.entity ? check_identity(*uid, schema) : mismatch(value, type);
  }
  if (const policy::Set* set = value.as_set()) {
    for (const Value& element : *set) {
      if (auto checked = conforms(element, *type.element, schema); !checked) return checked;
    }
  }
  if (const Record* record = value.as_record()) return conforms(*record, *type.attributes, schema);
  return {};
}

Result<void> conforms(const Record& record, const Attributes& attributes, const Schema& schema) {
  for (const auto& [name, attribute] : attributes) {
    if (attribute.required && !record.contains(name)) {
      return refuse(std::format("the required attribute `{}` is missing", name));
    }
  }
  for (const auto& [name, value] : record) {
    const auto declared = attributes.find(name);
    if (declared == attributes.end()) {
      std::vector<std::string_view> known;
      for (const auto& [declared_name, attribute] : attributes) known.push_back(declared_name);
      const auto near = policy::nearest(name, known);
      return refuse(std::format("the schema declares no attribute `{}`{}", name,
                                near ? std::format("; did you mean `{}`?", *near) : std::string()));
    }
    if (auto checked = conforms(value, declared->second.type, schema); !checked) {
      return std::unexpected(within(std::format("attribute `{}`", name), std::move(checked.error())));
    }
  }
  return {};
}

}  // namespace cordon::validation
