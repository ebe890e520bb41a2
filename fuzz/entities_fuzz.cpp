// Entities, with and without a schema: what is read must come back as it was.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/notation/notation.h"

namespace {

using namespace cordon;

const schema::Schema& schema_of_everything() {
  static const schema::Schema schema =
      schema::Schema::parse(
          "entity G in [G]; entity E enum [\"a\", \"b\"];"
          "entity U in [G] { l?: Long, b?: Bool, s?: String, i?: ipaddr, d?: decimal, t?: datetime,"
          "  u?: duration, e?: E, g?: Set<G>, r?: { x: Long, y?: Set<ipaddr> } } tags Set<Long>;"
          "action all; action a in [all] appliesTo { principal: U, resource: G };",
          "fuzz")
          .value();
  return schema;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const schema::Schema* schema : {static_cast<const schema::Schema*>(nullptr), &schema_of_everything()}) {
    const auto read = notation::entities_from_json(text, "fuzz", schema);
    if (!read) continue;
    wire::JsonArray written;
    for (const policy::Entity& entity : *read) written.push_back(notation::to_json(entity));
    const auto again = notation::entities_from_json(wire::Json(written).dump(), "again", schema);
    if (!again || again->size() != read->size()) std::abort();
    for (std::size_t i = 0; i < read->size(); ++i) {
      if (!((*again)[i].attributes == (*read)[i].attributes)) std::abort();
    }
  }
  return 0;
}
