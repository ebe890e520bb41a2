#include <print>

#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "cordon/analysis/read_request.h"
#include "cordon/base/file.h"
#include "cordon/policy/explain.h"

namespace cordon::app {

namespace {

struct Asked {
  policy::PolicySet policies;
  policy::Entities entities;
  policy::Request request;
};

Result<Asked> load(const Arguments& arguments) {
  const auto& file = arguments.words()[0];
  auto policies = read_policies(file);
  if (!policies) return std::unexpected(policies.error());
  const auto schema = read_schema(arguments, file);
  if (!schema) return std::unexpected(schema.error());
  const auto* known = *schema ? &(*schema)->schema : nullptr;
  auto entities = read_entities(arguments, known);
  if (!entities) return std::unexpected(entities.error());
  const auto text = read_file(arguments.words()[1], kMostPolicyText);
  if (!text) return std::unexpected(text.error());
  const auto json = wire::parse_json(*text);
  if (!json) return fail(json.error().kind, std::format("{}: {}", arguments.words()[1], json.error().message));
  auto request = analysis::read_request(*json, known);
  if (!request)
    return fail(request.error().kind, std::format("{}: {}", arguments.words()[1], request.error().message));
  return Asked{std::move(*policies), std::move(*entities), std::move(*request)};
}

wire::Json to_json(const Asked& asked, const policy::Decision& decision, const policy::Decision& reference) {
  wire::Json json = decision_json(decision);
  wire::JsonArray near;
  if (!decision.allow && !decision.forbidden) {
    for (const auto& miss : asked.policies.near_misses(asked.request, asked.entities)) {
      wire::Json one{wire::JsonObject{}};
      near.push_back(one.set("policy", miss.policy).set("clause", miss.clause).set("because", miss.because));
    }
  }
  wire::JsonArray places;
  for (const auto& id : decision.determining) {
    const auto* info = asked.policies.find(id);
    if (!info) continue;
    wire::Json one{wire::JsonObject{}};
    places.push_back(
        one.set("policy", id).set("file", info->place.file).set("line", std::uint64_t{info->place.line}));
  }
  json.set("places", std::move(places)).set("nearest", std::move(near));
  json.set("cedar", decision_json(reference)).set("policySet", asked.policies.digest());
  return json;
}

int run(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"}, .options = {"--schema", "--entities"}, .most_words = 2});
  if (!arguments) return report("policy explain", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().size() != 2) {
    return report("policy explain", {ErrorKind::invalid_input, "say which: cordon policy explain FILE REQUEST.json"},
                  json);
  }
  const auto asked = load(*arguments);
  if (!asked) return report("policy explain", asked.error(), json);
  const auto decision = asked->policies.decide(asked->request, asked->entities);
  const auto reference = asked->policies.decide(asked->request, asked->entities, policy::Profile::reference);
  if (json) {
    print_json(to_json(*asked, decision, reference));
  } else {
    std::print("{}", policy::describe(asked->policies, asked->request, asked->entities, decision));
    if (decision.allow != reference.allow)
      std::println("Cedar itself would answer allow: it skips policies that fail");
  }
  return decision.allow ? kOk : kFailed;
}

}  // namespace

const Command kPolicyExplainCommand{
    .name = "explain",
    .summary = "why one request is permitted or refused",
    .help =
        "usage: cordon policy explain FILE REQUEST.json [--schema FILE] [--entities FILE] [--json]\n\n"
        "Asks the policies of FILE one request {\"principal\": \"Nf::\\\"amf\\\"\", \"action\": ..., \"resource\": "
        "...,\n"
        "\"context\": {...}} and says which policies decided. When none permits it: the permits that came nearest "
        "and the\n"
        "clause that failed, with its values. Exit status 0 permitted, 1 refused.\n\n"
        "  --schema FILE    lets values be written as the schema says\n"
        "  --entities FILE  entities in JSON\n"
        "  --json           one object, with Cedar's own answer beside\n\n"
        "example: cordon policy explain policies/sbi.cedar request.json --entities entities.json",
    .run = run};

}  // namespace cordon::app
