#include "cordon/administrator/access_request.h"

#include <algorithm>

#include "cordon/notation/notation.h"

namespace cordon::administrator {

namespace {

using wire::Json;

constexpr wire::JsonLimits kLimits{.bytes = std::size_t{1} << 20, .depth = 32, .leaves = 16'000};

Result<std::string> text_of(const Json* object, std::string_view owner, std::string_view name) {
  const auto* member = object ? object->find(name) : nullptr;
  if (!member || !member->is_string() || member->text().empty()) {
    return fail(ErrorKind::invalid_input, std::format("{}.{} is missing or no text", owner, name));
  }
  return std::string(member->text());
}

struct Party {
  policy::EntityUid uid;
  std::optional<policy::Entity> entity;
};

// AuthZEN 1.0 5.1 and 5.2: subject and resource.
Result<Party> party(const Json& body, std::string_view name, const policy::Entities& known) {
  const auto* object = body.find(name);
  auto type = text_of(object, name, "type");
  if (!type) return std::unexpected(type.error());
  auto id = text_of(object, name, "id");
  if (!id) return std::unexpected(id.error());
  Party made{{std::move(*type), std::move(*id)}, std::nullopt};
  const auto* properties = object->find("properties");
  if (!properties || properties->object().empty()) return made;
  if (known.find(made.uid) != nullptr) {
    return fail(ErrorKind::invalid_input,
                std::format("{}.properties: {} is known here; leave its properties out", name, made.uid.text()));
  }
  auto attributes = notation::context_from_json(*properties);
  if (!attributes) {
    return fail(ErrorKind::invalid_input, std::format("{}.properties: {}", name, attributes.error().message));
  }
  made.entity = policy::Entity{made.uid, std::move(*attributes), {}};
  return made;
}

Json names(const std::vector<std::string>& ids) { return wire::JsonArray(ids.begin(), ids.end()); }

}  // namespace

Result<AccessRequest> read_access_request(std::string_view body, const policy::Entities& known) {
  const auto json = wire::parse_json(body, kLimits);
  if (!json) return std::unexpected(json.error());
  if (!json->is_object()) return fail(ErrorKind::invalid_input, "an access evaluation is a JSON object");
  auto subject = party(*json, "subject", known);
  if (!subject) return std::unexpected(subject.error());
  auto name = text_of(json->find("action"), "action", "name");
  if (!name) return std::unexpected(name.error());
  auto resource = party(*json, "resource", known);
  if (!resource) return std::unexpected(resource.error());
  const auto* given = json->find("context");
  auto context = given ? notation::context_from_json(*given) : Result<policy::Record>(policy::Record{});
  if (!context) return fail(ErrorKind::invalid_input, "context: " + context.error().message);
  AccessRequest asked{{subject->uid, {"Action", std::move(*name)}, resource->uid, std::move(*context)}, {}};
  if (subject->entity) asked.entities.push_back(std::move(*subject->entity));
  if (resource->entity && resource->uid != subject->uid) asked.entities.push_back(std::move(*resource->entity));
  return asked;
}

Json access_answer(const policy::PolicySet& policies, const AccessRequest& asked, const policy::Entities& entities,
                   const policy::Decision& decision) {
  Json context{wire::JsonObject{}};
  context.set("policy_set_hash", policies.digest()).set("determining", names(decision.determining));
  wire::JsonArray errors;
  for (const auto& error : decision.errors) errors.push_back(std::format("{}: {}", error.policy, error.message));
  if (!errors.empty()) context.set("errors", std::move(errors));
  if (!decision.allow) {
    context.set("refusal", decision.forbidden ? "forbidden" : "not-permitted");
    if (decision.erring_forbid) context.set("failed_closed", true);
    wire::JsonArray nearest;
    for (const auto& miss :
         decision.forbidden ? std::vector<policy::NearMiss>{} : policies.near_misses(asked.request, entities)) {
      nearest.push_back(std::format("{}: {} fails: {}", miss.policy, miss.clause, miss.because));
    }
    if (!nearest.empty()) context.set("nearest", std::move(nearest));
  }
  Json answer{wire::JsonObject{}};
  return answer.set("decision", decision.allow).set("context", std::move(context));
}

}  // namespace cordon::administrator
