#include "app/cordon/policy_commands.h"
#include "cordon/base/file.h"
#include "cordon/notation/notation.h"

namespace cordon::app {

Result<policy::PolicySet> read_policies(const std::string& file) {
  const auto text = read_file(file, kMostPolicyText);
  if (!text) return std::unexpected(text.error());
  return file.ends_with(".json") ? notation::policy_set_from_json(*text, file)
                                 : policy::PolicySet::parse(*text, file);
}

Result<std::optional<FoundSchema>> read_schema(const Arguments& arguments, const std::string& file) {
  auto named = arguments.option("--schema");
  if (!named) {
    const auto beside = std::filesystem::path(file).replace_extension(".cedarschema");
    if (!std::filesystem::exists(beside)) return std::nullopt;
    named = beside.string();
  }
  const auto text = read_file(*named, kMostPolicyText);
  if (!text) return std::unexpected(text.error());
  auto schema =
      named->ends_with(".json") ? schema::Schema::parse_json(*text, *named) : schema::Schema::parse(*text, *named);
  if (!schema) return std::unexpected(schema.error());
  return FoundSchema{*named, std::move(*schema)};
}

Result<policy::Entities> read_entities(const Arguments& arguments, const schema::Schema* schema) {
  auto all = schema ? schema->action_entities() : std::vector<policy::Entity>{};
  if (const auto file = arguments.option("--entities")) {
    const auto text = read_file(*file, kMostPolicyText);
    if (!text) return std::unexpected(text.error());
    auto read = notation::entities_from_json(*text, *file, schema);
    if (!read) return std::unexpected(read.error());
    std::ranges::move(*read, std::back_inserter(all));
  }
  policy::Entities entities;
  for (auto& entity : all) {
    if (auto added = entities.add(std::move(entity)); !added) return std::unexpected(added.error());
  }
  return entities;
}

policy::Profile profile_of(const Arguments& arguments) {
  return arguments.has("--reference") ? policy::Profile::reference : policy::Profile::fail_closed;
}

wire::Json decision_json(const policy::Decision& decision) {
  wire::JsonArray determining(decision.determining.begin(), decision.determining.end());
  wire::JsonArray errors;
  for (const auto& error : decision.errors) {
    errors.push_back(wire::Json(wire::JsonObject{}).set("policy", error.policy).set("message", error.message));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("decision", decision.allow ? "allow" : "deny");
  json.set("refusal", decision.allow ? wire::Json() : decision.forbidden ? "forbidden" : "not-permitted");
  json.set("reason", std::move(determining)).set("errors", std::move(errors));
  json.set("failedClosed", decision.erring_forbid);
  return json;
}

}  // namespace cordon::app
