#include <fcntl.h>

#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/default_policy.h"
#include "app/cordon/output.h"
#include "cordon/base/file.h"

namespace cordon::app {

namespace {

constexpr std::string_view kConfig = R"(# Cordon's configuration. Relative paths are taken from this file's folder.
name: cordon1                # names this enforcement point in every record
state: state                 # keys, sockets and the evidence log; keep it on a disk that lasts
policy: policy.cedar         # who may do what; must be valid by the schema
# policy:                       # or a signed bundle, of versions that only grow (cordon policy bundle --help):
#   bundle: policy.bundle
#   keys: [operator.pub]        # whose signatures count; two during a rotation
#   threshold: 1                # so many of them must have signed
#   name: sbi                   # the bundle's name; without this line, the name that ran so far
# schema: policy.cedarschema    # what policies may say, when the policy brings no schema; default: the built-in one
inventory: inventory.yaml    # which NFs are expected, and where they listen
tls:
  certificate: pki/cordon.crt   # shown to callers and to producers; its SAN must hold every name and address callers use
  key: pki/cordon.key           # PKCS#8, mode 0600
  callers: pki/operator-ca.crt  # anchors for the NFs that call
  producers: pki/operator-ca.crt  # anchors for the NFs that are called
  # tls12: true                 # also TLS 1.2 with the 3GPP profile's suites (TS 33.210 6.2)
evidence:
  origin: cordon1.cordon.invalid/evidence   # the log's name for all time: a name of yours, before others witness it
  # passphrase_file: vault-passphrase       # or token: {module: .../libsofthsm2.so, label: cordon, pin_file: pin};
  #                                         # default: a key file in the state folder
  # witnesses: witnesses.policy             # whose cosignatures a checkpoint needs (C2SP tlog-policy)
# metrics: 127.0.0.1:9464       # GET /metrics for Prometheus
# lab_cleartext: true           # h2c, callers known by address only: for a laboratory, never for a network
)";

constexpr std::string_view kInventory =
    R"(# The NFs Cordon expects. A certificate must carry SAN URI urn:uuid:<instance> and one of the names under dns.
nfs:
  - instance: 11111111-1111-4111-8111-111111111111   # nfInstanceId
    type: NRF                                        # NFType of TS 29.510
    name: nrf1                                       # for people, in records and explanations
    dns: [nrf.5gc.mnc070.mcc999.3gppnetwork.org]
    plmn: "99970"
    listen: 127.0.1.10:7777      # where Cordon stands in for it: what the NF advertises
    upstream: 127.0.0.10:7777    # where it really listens
  - instance: 22222222-2222-4222-8222-222222222222
    type: AMF
    name: amf1
    dns: [amf.5gc.mnc070.mcc999.3gppnetwork.org]
    plmn: "99970"
    listen: 127.0.1.5:7777
    upstream: 127.0.0.5:7777
)";

// Never over an existing file.
Result<void> write_new(const std::filesystem::path& path, std::string_view text) {
  if (std::filesystem::exists(path))
    return fail(ErrorKind::invalid_input, path.string() + " exists already and is left as it is");
  return write_file(path, text);
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.most_words = 1});
  if (!arguments) return report("init", arguments.error());
  const std::filesystem::path folder = arguments->words().empty() ? "." : arguments->words()[0];
  if (const auto made = make_folder(folder); !made) return report("init", made.error());
  for (const auto& [name, text] :
       {std::pair{"cordon.yaml", kConfig}, {"inventory.yaml", kInventory}, {"policy.cedar", kDefaultPolicy}}) {
    if (const auto written = write_new(folder / name, text); !written) return report("init", written.error());
    std::println("wrote {}", (folder / name).string());
  }
  std::println("next: put your NFs into inventory.yaml and the certificates into pki/, then: cordon up --config {}",
               (folder / "cordon.yaml").string());
  return kOk;
}

}  // namespace

const Command kInitCommand{
    .name = "init",
    .summary = "write a sample configuration",
    .help =
        "usage: cordon init [FOLDER]\n\n"
        "Writes cordon.yaml, inventory.yaml and policy.cedar (the default policy) into FOLDER (default: here).\n"
        "Existing files are never overwritten.\n\n"
        "example: cordon init /etc/cordon",
    .run = run};

}  // namespace cordon::app
