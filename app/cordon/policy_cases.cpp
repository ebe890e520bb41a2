// cordon policy test
#include <algorithm>
#include <print>

#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "cordon/analysis/cases.h"
#include "cordon/base/file.h"
#include "cordon/policy/explain.h"

namespace cordon::app {

namespace {

struct Loaded {
  policy::PolicySet policies;
  std::optional<FoundSchema> schema;
  policy::Entities base;
  analysis::CaseFile file;
};

Result<Loaded> load(const Arguments& arguments) {
  const auto& file = arguments.words()[0];
  auto policies = read_policies(file);
  if (!policies) return std::unexpected(policies.error());
  auto schema = read_schema(arguments, file);
  if (!schema) return std::unexpected(schema.error());
  const auto* known = *schema ? &(*schema)->schema : nullptr;
  auto base = read_entities(arguments, known);
  if (!base) return std::unexpected(base.error());
  const auto text = read_file(arguments.words()[1], kMostPolicyText);
  if (!text) return std::unexpected(text.error());
  auto cases = analysis::read_cases(*text, arguments.words()[1], known);
  if (!cases) return std::unexpected(cases.error());
  return Loaded{std::move(*policies), std::move(*schema), std::move(*base), std::move(*cases)};
}

wire::Json to_json(const std::vector<analysis::CaseResult>& results, std::size_t failed) {
  wire::JsonArray list;
  for (const auto& result : results) {
    wire::Json one = decision_json(result.decision);
    one.set("name", result.name).set("passed", result.passed);
    if (!result.passed) one.set("difference", result.difference);
    list.push_back(std::move(one));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("passed", std::uint64_t{results.size() - failed}).set("failed", std::uint64_t{failed});
  return json.set("tests", std::move(list)), json;
}

void print(const std::vector<analysis::CaseResult>& results, std::size_t failed) {
  for (const auto& result : results) {
    if (result.passed) continue;
    std::println("{} {}: {}", tinted(Tint::bad, "FAILED"), result.name, result.difference);
    for (const auto& error : result.decision.errors) std::println("       {}: {}", error.policy, error.message);
  }
  std::println("{} of {} tests passed", results.size() - failed, results.size());
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json", "--reference"}, .options = {"--schema", "--entities"}, .most_words = 2});
  if (!arguments) return report("policy test", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().size() != 2) {
    return report("policy test", {ErrorKind::invalid_input, "say which: cordon policy test FILE CASES.json"}, json);
  }
  const auto loaded = load(*arguments);
  if (!loaded) return report("policy test", loaded.error(), json);
  const auto results = analysis::run_cases(loaded->policies, loaded->file, loaded->base, profile_of(*arguments));
  if (!results) return report("policy test", results.error(), json);
  const auto failed = static_cast<std::size_t>(std::ranges::count(*results, false, &analysis::CaseResult::passed));
  if (json) {
    print_json(to_json(*results, failed));
  } else {
    print(*results, failed);
  }
  return failed == 0 ? kOk : kFailed;
}

}  // namespace

const Command kPolicyTestCommand{
    .name = "test",
    .summary = "run the cases of a file",
    .help =
        "usage: cordon policy test FILE CASES.json [--schema FILE] [--entities FILE] [--reference] [--json]\n\n"
        "Asks the policies of FILE every request of CASES.json and compares the answers with the expected ones. The\n"
        "cases are those of Cedar's own `cedar run-tests`: a list of objects with name, request (principal, action,\n"
        "resource, context), entities, decision, and where wanted reason (policy ids) and num_errors; or an object "
        "with\n"
        "the entities all cases share under \"entities\" and the list under \"tests\". Exit status 1 when one "
        "differs.\n\n"
        "  --schema FILE    lets values be written as the schema says: \"10.0.0.1\" where an ipaddr is declared\n"
        "  --entities FILE  entities in JSON, for all cases\n"
        "  --reference      as Cedar answers: a policy that cannot be evaluated is skipped; without it an erring "
        "forbid\n"
        "                   refuses\n"
        "  --json           one object\n\n"
        "example: cordon policy test policies/sbi.cedar policies/sbi.tests.json",
    .run = run};

}  // namespace cordon::app
