#include "cordon/enforcement/settings.h"

#include <gtest/gtest.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::enforcement {
namespace {

constexpr std::string_view kWhole = R"(
name: edge1
state: /var/lib/cordon
policy: sbi.cedar
inventory: nfs/inventory.yaml
tls:
  certificate: tls/proxy.pem
  key: tls/proxy.key
  callers: tls/callers.pem
  producers: /etc/ssl/producers.pem
  tls12: true
  groups: [X25519, P-256]
shared_listen: 127.0.0.1:7777
metrics: "[::1]:9464"
upstream_milliseconds: 2500
snapshot_seconds: 60
evidence:
  origin: operator.example/evidence/edge1
  token: {module: /usr/lib/softhsm/libsofthsm2.so, label: cordon, pin_file: hsm-pin}
  witnesses: witnesses.policy
  witness_milliseconds: 250
  spool_mebibytes: 8
  free_mebibytes: 1024
)";

constexpr std::string_view kShort = R"(
policy: sbi.cedar
inventory: inventory.yaml
tls: {certificate: c.pem, key: k.pem, callers: a.pem, producers: p.pem}
)";

TEST(Settings, ReadsEveryKeyAndTakesPathsFromTheFilesFolder) {
  const auto settings = parse_settings(kWhole, "/etc/cordon/cordon.yaml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->name, "edge1");
  EXPECT_EQ(settings->state, "/var/lib/cordon");
  EXPECT_EQ(settings->policy, "/etc/cordon/sbi.cedar");
  EXPECT_EQ(settings->inventory, "/etc/cordon/nfs/inventory.yaml");
  ASSERT_EQ(settings->tls.own.size(), 1U);
  EXPECT_EQ(settings->tls.own[0].certificate, "/etc/cordon/tls/proxy.pem");
  EXPECT_EQ(settings->tls.own[0].key, "/etc/cordon/tls/proxy.key");
  ASSERT_EQ(settings->tls.callers.size(), 1U);
  EXPECT_EQ(settings->tls.callers[0].file, "/etc/cordon/tls/callers.pem");
  EXPECT_EQ(settings->tls.producers, "/etc/ssl/producers.pem");
  EXPECT_EQ(settings->tls.lowest, crypto::TlsVersion::tls12);
  EXPECT_EQ(settings->tls.groups, (std::vector<std::string>{"X25519", "P-256"}));
  EXPECT_EQ(settings->shared_listen, (Endpoint{"127.0.0.1", 7777}));
  EXPECT_EQ(settings->metrics, (Endpoint{"::1", 9464}));
  EXPECT_EQ(settings->upstream_time, std::chrono::milliseconds(2500));
  EXPECT_EQ(settings->snapshot_life, std::chrono::seconds(60));
  EXPECT_FALSE(settings->lab_cleartext);
  EXPECT_EQ(settings->evidence.origin, "operator.example/evidence/edge1");
  ASSERT_TRUE(settings->evidence.token);
  EXPECT_EQ(settings->evidence.token->module, "/usr/lib/softhsm/libsofthsm2.so");
  EXPECT_EQ(settings->evidence.token->label, "cordon");
  EXPECT_EQ(settings->evidence.token->pin, "/etc/cordon/hsm-pin");
  EXPECT_EQ(settings->evidence.witnesses, "/etc/cordon/witnesses.policy");
  EXPECT_EQ(settings->evidence.witness_time, std::chrono::milliseconds(250));
  EXPECT_EQ(settings->evidence.spool_bytes, 8U << 20);
  EXPECT_EQ(settings->evidence.free_bytes, 1U << 30);
}

TEST(Settings, HasDefaultsForWhatIsNotThere) {
  const auto settings = parse_settings(kShort, "cordon.yaml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->name, "cordon");
  EXPECT_EQ(settings->evidence.origin, "cordon.cordon.invalid/evidence");
  EXPECT_EQ(settings->evidence.root_key_file.lexically_normal(), "state/vault-key");
  EXPECT_FALSE(settings->evidence.token || settings->evidence.passphrase || settings->evidence.witnesses);
  EXPECT_EQ(settings->state.lexically_normal(), "state");
  EXPECT_EQ(settings->tls.lowest, crypto::TlsVersion::tls13);
  EXPECT_TRUE(settings->tls.groups.empty());
  EXPECT_FALSE(settings->shared_listen);
  EXPECT_FALSE(settings->metrics);
  EXPECT_EQ(settings->upstream_time, std::chrono::seconds(10));
  EXPECT_EQ(settings->snapshot_life, std::chrono::hours(1));
}

TEST(Settings, PutsKeysSocketsAndEvidenceBelowState) {
  Settings settings;
  settings.state = "/s";
  EXPECT_EQ(settings.evidence_folder(), "/s/evidence");
  EXPECT_EQ(settings.evidence_socket(), "/s/run/evidence.sock");
  EXPECT_EQ(settings.engine_socket(), "/s/run/engine.sock");
  EXPECT_EQ(settings.engine_key(), "/s/engine-key.pem");
  EXPECT_EQ(settings.engine_public_key(), "/s/engine-key.pub");
  EXPECT_EQ(settings.last_snapshot(), "/s/proxy/snapshot.json");
}

TEST(Settings, NeedsNoTlsFilesInACleartextLaboratory) {
  const auto settings = parse_settings("policy: p\ninventory: i\nlab_cleartext: true\n", "cordon.yaml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_TRUE(settings->lab_cleartext);
}

TEST(Settings, TakeASignedBundleWithTheKeysThatCount) {
  const auto settings = parse_settings(R"(
policy: {bundle: sbi.bundle, keys: [old.pub, keys/new.pub], threshold: 2, name: sbi}
schema: my.cedarschema
inventory: inventory.yaml
lab_cleartext: true
)",
                                       "/etc/cordon/cordon.yaml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->policy, "/etc/cordon/sbi.bundle");
  ASSERT_TRUE(settings->bundle);
  EXPECT_EQ(settings->bundle->keys,
            (std::vector<std::filesystem::path>{"/etc/cordon/old.pub", "/etc/cordon/keys/new.pub"}));
  EXPECT_EQ(settings->bundle->threshold, 2U);
  EXPECT_EQ(settings->bundle->name, "sbi");
  EXPECT_EQ(settings->schema, "/etc/cordon/my.cedarschema");
}

TEST(Settings, HaveNoBundleWhenThePolicyIsAFile) {
  const auto settings = parse_settings(kShort, "cordon.yaml");
  EXPECT_FALSE(settings->bundle);
  EXPECT_FALSE(settings->schema);
}

struct Wrong {
  const char* name;
  const char* yaml;
  std::vector<const char*> words;  // of the error
};
class WrongSettings : public testing::TestWithParam<Wrong> {};
INSTANTIATE_TEST_SUITE_P(
    Each, WrongSettings,
    testing::Values(
        Wrong{"NothingNamed", "name: edge1\n", {"policy", "inventory", "certificate", "key", "callers", "producers"}},
        Wrong{"UnknownKey",
              "policy: p\ninventory: i\nlab_cleartext: true\npolicies: x\n",
              {"cordon.yaml:4", "policies", "policy"}},
        Wrong{"UnknownTlsKey",
              "policy: p\ninventory: i\nlab_cleartext: true\ntls: {cert: x}\n",
              {"cordon.yaml:4", "cert"}},
        Wrong{"ListenWithoutPort",
              "policy: p\ninventory: i\nlab_cleartext: true\nshared_listen: 127.0.0.1\n",
              {"cordon.yaml:4", "shared_listen", "127.0.0.1"}},
        Wrong{"MetricsByName",
              "policy: p\ninventory: i\nlab_cleartext: true\nmetrics: localhost:9464\n",
              {"cordon.yaml:4", "metrics", "localhost"}},
        Wrong{"NoTimeAtAll",
              "policy: p\ninventory: i\nlab_cleartext: true\nupstream_milliseconds: 0\n",
              {"cordon.yaml:4", "upstream_milliseconds"}},
        Wrong{"EternalSnapshot",
              "policy: p\ninventory: i\nlab_cleartext: true\nsnapshot_seconds: 99999999\n",
              {"cordon.yaml:4", "snapshot_seconds"}},
        Wrong{"BundleWithoutKeys",
              "policy: {bundle: b}\ninventory: i\nlab_cleartext: true\n",
              {"cordon.yaml:1", "policy.keys", "at least one"}},
        Wrong{"BundleWithAnEmptyListOfKeys",
              "policy: {bundle: b, keys: []}\ninventory: i\nlab_cleartext: true\n",
              {"cordon.yaml:1", "policy.keys", "at least one"}},
        Wrong{"KeysWithoutBundle",
              "policy: {keys: [k]}\ninventory: i\nlab_cleartext: true\n",
              {"cordon.yaml:1", "policy.bundle"}},
        Wrong{"ThresholdOverTheKeys",
              "policy: {bundle: b, keys: [k], threshold: 2}\ninventory: i\nlab_cleartext: true\n",
              {"cordon.yaml:1", "policy.threshold", "1"}},
        Wrong{"UnknownBundleKey",
              "policy: {bundle: b, keys: [k], signers: 2}\ninventory: i\nlab_cleartext: true\n",
              {"cordon.yaml:1", "policy.signers"}},
        Wrong{"PolicyList", "policy: [p]\ninventory: i\nlab_cleartext: true\n", {"cordon.yaml:1", "policy"}},
        Wrong{"NoFlag", "policy: p\ninventory: i\nlab_cleartext: yes\n", {"cordon.yaml:3", "lab_cleartext"}},
        Wrong{"Empty", "", {"cordon.yaml:1:1", "empty"}}, Wrong{"NoYaml", "policy: [", {"cordon.yaml"}}),
    [](const auto& each) { return each.param.name; });

TEST_P(WrongSettings, AreRefusedWithTheirPlace) {
  const auto settings = parse_settings(GetParam().yaml, "cordon.yaml");
  ASSERT_FALSE(settings);
  for (const auto* word : GetParam().words) {
    EXPECT_TRUE(settings.error().message.contains(word)) << word << " is not in: " << settings.error().message;
  }
}

TEST(Settings, AreLoadedFromAFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(load_settings(folder / "cordon.yaml").error().kind, ErrorKind::not_found);
  ASSERT_TRUE(write_file(folder / "cordon.yaml", kShort));
  const auto settings = load_settings(folder / "cordon.yaml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->policy, folder / "sbi.cedar");
}

}  // namespace
}  // namespace cordon::enforcement
