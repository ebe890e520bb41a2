#include <print>

#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "cordon/notation/notation.h"

namespace cordon::app {

namespace {

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.options = {"--to"}, .most_words = 1});
  if (!arguments) return report("policy convert", arguments.error());
  const auto to = arguments->option("--to").value_or("");
  if (arguments->words().empty() || (to != "json" && to != "cedar")) {
    return report("policy convert", {ErrorKind::invalid_input,
                                     "say what becomes what: cordon policy convert FILE --to json, or cedar"});
  }
  const auto policies = read_policies(arguments->words()[0]);
  if (!policies) return report("policy convert", policies.error());
  if (to == "json") return std::println("{}", notation::to_json(*policies).pretty()), kOk;
  if (!policies->links().empty()) {
    return report("policy convert", {ErrorKind::invalid_input,
                                     "the set links templates, which Cedar text cannot say; keep it as JSON"});
  }
  std::print("{}", policies->text());
  return kOk;
}

}  // namespace

const Command kPolicyConvertCommand{.name = "convert",
                                    .summary = "policies to and from Cedar's JSON",
                                    .help =
                                        "usage: cordon policy convert FILE --to json\n"
                                        "       cordon policy convert FILE.json --to cedar\n\n"
                                        "Prints the policies of FILE as a policy set in JSON (staticPolicies, "
                                        "templates, templateLinks), or as text.\n\n"
                                        "  --to FORM  json or cedar\n\n"
                                        "example: cordon policy convert policies/sbi.cedar --to json",
                                    .run = run};

}  // namespace cordon::app
