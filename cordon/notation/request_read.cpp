// Contexts and requests from JSON.
#include <format>

#include "cordon/notation/escape.h"
#include "cordon/notation/notation.h"
#include "cordon/notation/values.h"

namespace cordon::notation {

namespace {

using policy::Record;

Result<Record> context_at(const Spot& spot, const schema::Schema* schema, const policy::EntityUid* action) {
  if (schema != nullptr && action != nullptr) {
    const schema::Action* declared = schema->action(*action);
    if (declared == nullptr) return spot.wrong(std::format("the schema declares no {}", action->text()));
    return record_from_json(spot, declared->applies_to.context, *schema);
  }
  auto value = value_from_json(spot);
  if (!value) return std::unexpected(value.error());
  if (const Record* record = value->as_record()) return *record;
  return spot.wrong(std::format("a context is a record, not {}", value->kind()));
}

Result<policy::EntityUid> uid_at(const Spot& spot, std::string_view member) {
  return spot.required(member).and_then([](const Spot& place) { return uid_from_json(place); });
}

}  // namespace

Result<Record> context_from_json(const wire::Json& json, const schema::Schema* schema,
                                 const policy::EntityUid* action) {
  return context_at(Spot(json, "context"), schema, action);
}

Result<policy::Request> request_from_json(const wire::Json& json, const schema::Schema* schema) {
  const Spot spot(json);
  auto principal = uid_at(spot, "principal");
  if (!principal) return std::unexpected(principal.error());
  auto action = uid_at(spot, "action");
  if (!action) return std::unexpected(action.error());
  auto resource = uid_at(spot, "resource");
  if (!resource) return std::unexpected(resource.error());
  const auto place = spot.required("context");
  if (!place) return std::unexpected(place.error());
  auto context = context_at(*place, schema, &*action);
  if (!context) return std::unexpected(context.error());
  return policy::Request{std::move(*principal), std::move(*action), std::move(*resource), std::move(*context)};
}

}  // namespace cordon::notation
