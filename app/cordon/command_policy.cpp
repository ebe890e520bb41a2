#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/output.h"
#include "cordon/base/file.h"
#include "cordon/policy/policy.h"

namespace cordon::app {

namespace {

wire::Json to_json(const policy::PolicySet& set, const std::string& file) {
  wire::JsonArray policies;
  for (const auto& policy : set.policies()) {
    wire::Json each{wire::JsonObject{}};
    each.set("id", policy.id).set("effect", policy.forbid ? "forbid" : "permit");
    each.set("line", static_cast<std::uint64_t>(policy.place.line));
    policies.push_back(std::move(each));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("file", file).set("valid", true).set("policySet", set.digest()).set("policies", std::move(policies));
  return json;
}

int check(const std::string& file, bool json) {
  const auto text = read_file(file);
  if (!text) return report("policy check", text.error(), json);
  const auto set = policy::PolicySet::parse(*text, file);
  if (!set) {
    report("policy check", set.error(), json);
    return kFailed;
  }
  if (json) return print_json(to_json(*set, file)), kOk;
  std::size_t forbids = 0;
  for (const auto& policy : set->policies()) forbids += policy.forbid ? 1 : 0;
  std::println("{}: {} policies ({} permit, {} forbid), policy set {}", file, set->policies().size(),
               set->policies().size() - forbids, forbids, set->digest().substr(0, 16));
  return kOk;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json"}, .most_words = 2});
  if (!arguments) return report("policy", arguments.error());
  const auto& rest = arguments->words();
  if (rest.size() != 2 || rest[0] != "check") {
    return report("policy", {ErrorKind::invalid_input, "say what to do: cordon policy check FILE"});
  }
  return check(rest[1], arguments->has("--json"));
}

}  // namespace

const Command kPolicyCommand{
    .name = "policy",
    .summary = "check a policy file",
    .help =
        "usage: cordon policy check FILE [--json]\n\n"
        "Parses FILE (Cedar language) and says what is in it, or what is wrong: file, line, column and a hint.\n"
        "Exit status 0 when it is right, 1 when it is not, 2 when it cannot be read.\n\n"
        "  --json  one object\n\n"
        "example: cordon policy check policies/sbi.cedar",
    .run = run};

}  // namespace cordon::app
