#include "app/cordon/command.h"
#include "app/cordon/policy_commands.h"

namespace cordon::app {

namespace {

std::vector<const Command*> parts() {
  return {&kPolicyNewCommand,   &kPolicyCheckCommand,   &kPolicyFormatCommand, &kPolicyConvertCommand,
          &kPolicyTestCommand,  &kPolicyExplainCommand, &kPolicyReplayCommand, &kPolicyDiffCommand,
          &kPolicyProveCommand, &kPolicyBundleCommand};
}

}  // namespace

const Command kPolicyCommand{
    .name = "policy",
    .summary = "write, check, test, compare, prove and sign policies",
    .help =
        "usage: cordon policy COMMAND [OPTION...]\n\n"
        "  new      start a policy with its tests\n"
        "  check    parse and validate against a schema: file, line, column and a hint for every mistake\n"
        "  format   lay out policy text\n"
        "  convert  policies to and from Cedar's JSON\n"
        "  test     run the cases of a file\n"
        "  explain  why one request is permitted or refused\n"
        "  replay   recorded decisions through a candidate: every answer that changes\n"
        "  diff     what one set permits and another does not, in words\n"
        "  prove    what holds for every request, with a counterexample when it does not\n"
        "  bundle   sign policies, schema and entities as one archive; show and verify it\n\n"
        "  cordon policy COMMAND --help shows options and examples. Policies are Cedar 4.5 (SDK 4.12.0).\n\n"
        "FILE is Cedar text, or a policy set in JSON when its name ends in .json. Where --schema is not given, the "
        "file\n"
        "beside it with the ending .cedarschema is taken when there is one.",
    .parts = parts};

}  // namespace cordon::app
