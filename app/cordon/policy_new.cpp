#include <filesystem>
#include <print>

#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "cordon/administrator/default_schema.h"
#include "cordon/base/file.h"

namespace cordon::app {

namespace {

constexpr std::string_view kPolicies =
    R"cedar(// Your policies for the service-based interface. Nothing is permitted that no permit names; a forbid wins.
// The words they may use are in the schema beside this file.

@id("amf-reads-access-data")
@because("an AMF reads the access and mobility subscription of the UEs it serves")
@source("TS 23.502 5.2.3.3.1")
permit (
  principal in NfType::"AMF",
  action == Action::"nudm-sdm:GetAmData",
  resource in NfType::"UDM"
);

@id("own-network-only")
@because("an NF asks within its own network")
forbid (principal, action, resource)
unless { principal.plmn == resource.plmn };
)cedar";

constexpr std::string_view kTests = R"json({
  "entities": [
    {"uid": {"type": "Nf", "id": "amf1"}, "parents": [{"type": "NfType", "id": "AMF"}],
     "attrs": {"instance": "amf1", "nfType": "AMF", "name": "amf1", "hosts": [], "plmn": "99970", "slices": []}},
    {"uid": {"type": "Nf", "id": "bsf1"}, "parents": [{"type": "NfType", "id": "BSF"}],
     "attrs": {"instance": "bsf1", "nfType": "BSF", "name": "bsf1", "hosts": [], "plmn": "99970", "slices": []}},
    {"uid": {"type": "Nf", "id": "visitor"}, "parents": [{"type": "NfType", "id": "AMF"}],
     "attrs": {"instance": "visitor", "nfType": "AMF", "name": "visitor", "hosts": [], "plmn": "00101", "slices": []}},
    {"uid": {"type": "Service", "id": "udm1/nudm-sdm"}, "parents": [{"type": "NfType", "id": "UDM"}],
     "attrs": {"service": "nudm-sdm", "producer": "udm1", "producerType": "UDM", "plmn": "99970", "slices": []}}
  ],
  "tests": [
    {"name": "the AMF reads access data",
     "request": {"principal": "Nf::\"amf1\"", "action": "Action::\"nudm-sdm:GetAmData\"",
                 "resource": "Service::\"udm1/nudm-sdm\"", "context": CONTEXT},
     "decision": "allow", "reason": ["amf-reads-access-data"]},
    {"name": "the BSF does not",
     "request": {"principal": "Nf::\"bsf1\"", "action": "Action::\"nudm-sdm:GetAmData\"",
                 "resource": "Service::\"udm1/nudm-sdm\"", "context": CONTEXT},
     "decision": "deny", "reason": []},
    {"name": "nor an AMF of another network",
     "request": {"principal": "Nf::\"visitor\"", "action": "Action::\"nudm-sdm:GetAmData\"",
                 "resource": "Service::\"udm1/nudm-sdm\"", "context": CONTEXT},
     "decision": "deny", "reason": ["own-network-only"]}
  ]
}
)json";

constexpr std::string_view kContext =
    R"({"method": "GET", "access": "read", "callback": false, "path": {"supi": "imsi-999700000000001"},
                             "query": {}, "body": {}, "bodyKind": "none", "tls": {"version": "TLSv1.3", "group": "X25519MLKEM768"}})";

std::string tests() {
  constexpr std::string_view kMark = "CONTEXT";
  std::string text(kTests);
  for (auto at = text.find(kMark); at != text.npos; at = text.find(kMark, at + kContext.size())) {
    text.replace(at, kMark.size(), kContext);
  }
  return text;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.most_words = 1});
  if (!arguments) return report("policy new", arguments.error());
  const std::string name = arguments->words().empty() ? "policy" : arguments->words()[0];
  const std::vector<std::pair<std::string, std::string>> files = {
      {name + ".cedar", std::string(kPolicies)},
      {name + ".cedarschema", std::string(administrator::default_schema())},
      {name + ".tests.json", tests()}};
  for (const auto& [file, text] : files) {
    if (std::filesystem::exists(file)) {
      return report("policy new", {ErrorKind::invalid_input, file + " exists already and is left as it is"});
    }
  }
  for (const auto& [file, text] : files) {
    if (const auto written = write_file(file, text); !written) return report("policy new", written.error());
    std::println("wrote {}", file);
  }
  std::println("next: cordon policy check {0}.cedar && cordon policy test {0}.cedar {0}.tests.json", name);
  return kOk;
}

}  // namespace

const Command kPolicyNewCommand{
    .name = "new",
    .summary = "start a policy with its tests",
    .help =
        "usage: cordon policy new [NAME]\n\n"
        "Writes NAME.cedar (two policies to begin with), NAME.cedarschema (the service-based interface: every NF "
        "type,\n"
        "operation and attribute) and NAME.tests.json. NAME is `policy` when left out. Existing files are left as "
        "they are.\n\n"
        "example: cordon policy new roaming && cordon policy test roaming.cedar roaming.tests.json",
    .run = run};

}  // namespace cordon::app
