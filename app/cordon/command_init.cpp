#include <fcntl.h>

#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/default_policy.h"
#include "app/cordon/init_open5gs.h"
#include "app/cordon/output.h"
#include "app/cordon/token_commands.h"
#include "cordon/base/file.h"
#include "cordon/tokens/authority_keys.h"

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
  # crls: [pki/operator.crl]    # revocation lists; in mode hard (the default) a certificate needs a fresh one
  # revocation: soft            # more keys: several certificates, an anchor for each PLMN, OCSP (docs/guides/certificates.md)
evidence:
  origin: cordon1.cordon.invalid/evidence   # the log's name for all time: a name of yours, before others witness it
  # passphrase_file: vault-passphrase       # or token: {module: .../libsofthsm2.so, label: cordon, pin_file: pin};
  #                                         # default: a key file in the state folder
  # witnesses: witnesses.policy             # whose cosignatures a checkpoint needs (C2SP tlog-policy)
# limits: {rate_per_peer: 2000/s, connections_per_address: 512}   # docs/guides/limits.md; on without being configured
# tokens:                       # access tokens (docs/guides/tokens.md); without the section none are looked at
#   mode: attach                # or required, optional: tokens attached for NFs that cannot ask for them
#   authority: {issuer: 11111111-1111-4111-8111-111111111111}   # in the name of that NRF; key: state/token-key.pem
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

Result<void> write_samples(const std::filesystem::path& folder, bool open5gs) {
  if (auto made = make_folder(folder); !made) return made;
  for (const auto& [name, text] : {std::pair{"cordon.yaml", kConfig},
                                   {"inventory.yaml", open5gs ? kOpen5gsInventory : kInventory},
                                   {"policy.cedar", kDefaultPolicy}}) {
    if (open5gs && std::filesystem::exists(folder / name)) continue;  // a second time, for NFs that were added
    if (auto written = write_new(folder / name, text); !written) return written;
    std::println("wrote {}", (folder / name).string());
  }
  return {};
}

int run_open5gs(const std::filesystem::path& folder, const std::filesystem::path& from) {
  const auto written = prepare_open5gs(folder, from);
  if (!written) return report("init", written.error());
  for (const auto& file : *written) std::println("wrote {}", file.string());
  std::println(
      "next: cordon up --config {0}/cordon.yaml; add {0}/open5gs/hosts to /etc/hosts; start the NFs with the files "
      "of {0}/open5gs\n"
      "then: cordon doctor --config {0}/cordon.yaml --certificate {0}/pki/smf.crt --key {0}/pki/smf.key",
      folder.string());
  return kOk;
}

// For the token authority, once the section tokens turns it on. Its public half goes beside it.
Result<void> make_token_key(const std::filesystem::path& state) {
  const auto file = state / "token-key.pem";
  if (std::filesystem::exists(file)) return {};
  if (auto made = make_folder(state, 0700); !made) return made;
  if (auto made = tokens::make_authority_key(file, crypto::KeyKind::ecdsa_p256); !made) return made;
  std::println("wrote {}", file.string());
  return write_jwks(file);
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.options = {"--open5gs"}, .most_words = 1});
  if (!arguments) return report("init", arguments.error());
  const std::filesystem::path folder = arguments->words().empty() ? "." : arguments->words()[0];
  const auto open5gs = arguments->option("--open5gs");
  if (const auto written = write_samples(folder, open5gs.has_value()); !written)
    return report("init", written.error());
  if (const auto made = make_token_key(folder / "state"); !made) return report("init", made.error());
  if (open5gs) return run_open5gs(folder, *open5gs);
  std::println("next: put your NFs into inventory.yaml and the certificates into pki/, then: cordon up --config {}",
               (folder / "cordon.yaml").string());
  return kOk;
}

}  // namespace

const Command kInitCommand{
    .name = "init",
    .summary = "write a sample configuration",
    .help =
        "usage: cordon init [FOLDER] [--open5gs CONFIGURATIONS]\n\n"
        "Writes cordon.yaml, inventory.yaml and policy.cedar (the default policy) into FOLDER (default: here), and\n"
        "a key for the token authority into its state folder.\n"
        "Existing files are never overwritten.\n\n"
        "--open5gs: in front of Open5GS by configuration only. Reads its files (nrf.yaml, amf.yaml, ...) in the "
        "folder\n"
        "CONFIGURATIONS and leaves them as they are; writes into FOLDER/open5gs the same files with TLS, names and\n"
        "addresses such that every NF reaches every other through Cordon, and a hosts file; makes the certificates "
        "in\n"
        "FOLDER/pki. Called again after a change of inventory.yaml it adds what is new. docs/guides/open5gs.md\n\n"
        "examples: cordon init /etc/cordon\n"
        "          cordon init /etc/cordon --open5gs /etc/open5gs",
    .run = run};

}  // namespace cordon::app
