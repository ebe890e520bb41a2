// Any bytes as a schema in Cedar's syntax: an error that names its place, or a schema that answers questions.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/schema/schema.h"

using cordon::schema::Schema;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto schema = Schema::parse(text, "fuzz.cedarschema", {.resolved = 10'000});
  if (!schema) {
    if (!schema.error().message.starts_with("fuzz.cedarschema:")) std::abort();
    return 0;
  }
  for (const auto& [name, type] : schema->entity_types()) {
    for (const auto& parent : type.parents) {
      if (!schema->entity_type(parent) || !schema->may_be_in(name, parent)) std::abort();
    }
    for (const auto& [attribute, declared] : type.attributes) {
      if (declared.type.text().empty() || declared.type != declared.type) std::abort();
    }
  }
  for (const auto& [uid, action] : schema->actions()) {
    for (const auto& group : action.parents) {
      if (!schema->action_in(uid, group) || schema->action_in(group, uid)) std::abort();  // no cycles
    }
    for (const auto& principal : action.applies_to.principals) {
      if (!schema->entity_type(principal)) std::abort();
    }
  }
  return 0;
}
