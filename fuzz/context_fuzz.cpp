// Contexts and requests, with and without a schema.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/notation/limits.h"
#include "cordon/notation/notation.h"

namespace {

using namespace cordon;

const schema::Schema& schema_of_everything() {
  static const schema::Schema schema =
      schema::Schema::parse(
          "entity U; entity E enum [\"a\", \"b\"]; action a appliesTo { principal: U, resource: U,"
          "  context: { l?: Long, b?: Bool, s?: String, i?: ipaddr, d?: decimal, t?: datetime,"
          "  u?: duration, e?: E, g?: Set<U>, r?: { x: Long, y?: Set<ipaddr> } } };",
          "fuzz")
          .value();
  return schema;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = wire::parse_json(text, notation::kDataLimits);
  if (!json) return 0;
  const policy::EntityUid action{"Action", "a"};
  for (const schema::Schema* schema : {static_cast<const schema::Schema*>(nullptr), &schema_of_everything()}) {
    if (const auto context = notation::context_from_json(*json, schema, &action)) {
      const wire::Json written = notation::to_json(policy::Value(*context));
      const auto again = notation::context_from_json(written, schema, &action);
      if (!again || !(*again == *context)) std::abort();
    }
    if (const auto request = notation::request_from_json(*json, schema)) {
      const auto again = notation::request_from_json(notation::to_json(*request), schema);
      if (!again || again->principal != request->principal || !(again->context == request->context)) std::abort();
    }
  }
  return 0;
}
