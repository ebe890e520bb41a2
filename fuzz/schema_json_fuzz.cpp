// Any bytes as a schema in JSON: an error that names its place, or a schema whose parts fit together.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/schema/schema.h"

using cordon::schema::Schema;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto schema = Schema::parse_json(text, "fuzz.json", {.resolved = 10'000});
  if (!schema) {
    if (!schema.error().message.starts_with("fuzz.json:")) std::abort();
    return 0;
  }
  for (const auto& [name, type] : schema->entity_types()) {
    for (const auto& parent : type.parents) {
      if (!schema->entity_type(parent) || !schema->may_be_in(name, parent)) std::abort();
    }
  }
  for (const auto& [uid, action] : schema->actions()) {
    for (const auto& resource : action.applies_to.resources) {
      if (!schema->entity_type(resource)) std::abort();
    }
  }
  return 0;
}
