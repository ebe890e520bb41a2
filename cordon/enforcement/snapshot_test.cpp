#include "cordon/enforcement/snapshot.h"

#include <gtest/gtest.h>

#include "cordon/base/bytes.h"
#include "cordon/enforcement/test_network.h"
#include "cordon/wire/json.h"

namespace cordon::enforcement {
namespace {

using namespace test;

constexpr WallTime kNow{std::chrono::seconds{1'790'000'000}};

const crypto::PrivateKey& key() {
  static const auto made = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  return made;
}

Snapshot example() {
  auto snapshot = TestNetwork().snapshot(kPermitAll, 7);
  snapshot.issued = kNow;
  snapshot.expires = kNow + std::chrono::hours(1);
  return snapshot;
}

// The signed form of any text, as only the holder of the key can make it.
std::string signed_form(std::string_view text) {
  wire::Json json{wire::JsonObject{}};
  json.set("snapshot", text).set("signature", to_base64(key().sign(as_bytes(text)).value()));
  return json.dump();
}

TEST(Snapshot, ComesBackAsItWasSigned) {
  const auto before = example();
  const auto text = sign_snapshot(before, key());
  ASSERT_TRUE(text);
  EXPECT_FALSE(text->contains('\n'));  // it travels as one line
  const auto after = open_snapshot(*text, key().public_key(), kNow);
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->sequence, before.sequence);
  EXPECT_EQ(after->issued, before.issued);
  EXPECT_EQ(after->expires, before.expires);
  EXPECT_EQ(after->policy_file, before.policy_file);
  EXPECT_EQ(after->policy, before.policy);
  EXPECT_EQ(after->inventory_file, before.inventory_file);
  EXPECT_EQ(after->inventory, before.inventory);
}

TEST(Snapshot, IsNotSignedWithoutAKey) { EXPECT_FALSE(sign_snapshot(example(), {})); }

TEST(Snapshot, OfAnotherKeyIsRefused) {
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  const auto opened = open_snapshot(sign_snapshot(example(), other).value(), key().public_key(), kNow);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::permission);
  EXPECT_TRUE(opened.error().message.contains("signature"));
}

// Every byte of the signed text counts: each one changed alone must be noticed.
TEST(Snapshot, ChangedAnywhereIsRefused) {
  auto small = example();
  small.inventory = "nfs: []";
  const auto text = sign_snapshot(small, key()).value();
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto changed = text;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(open_snapshot(changed, key().public_key(), kNow)) << "byte " << i;
  }
}

TEST(Snapshot, IsGoodUntilItsExpiryAndNotAtIt) {
  const auto text = sign_snapshot(example(), key()).value();
  const auto expires = example().expires;
  EXPECT_TRUE(open_snapshot(text, key().public_key(), expires - std::chrono::nanoseconds(1)));
  const auto late = open_snapshot(text, key().public_key(), expires);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::permission);
  EXPECT_TRUE(late.error().message.contains("expired at " + format_time(expires)));
}

constexpr const char* kTimes = R"("issued":"2026-01-01T00:00:00Z","expires":"2099-01-01T00:00:00Z")";

struct Form {
  const char* name;
  std::string text;
  const char* word;  // of the error
};
class WrongForm : public testing::TestWithParam<Form> {};
INSTANTIATE_TEST_SUITE_P(
    Each, WrongForm,
    testing::Values(
        Form{"NoJson", "hello", "snapshot"}, Form{"NoObject", "[]", "format"},
        Form{"OtherRelease", R"({"format":"cordon-snapshot-2","sequence":1})", "different releases"},
        Form{"NoSequence", std::format(R"({{"format":"cordon-snapshot-1",{}}})", kTimes), "sequence"},
        Form{"NegativeSequence", std::format(R"({{"format":"cordon-snapshot-1","sequence":-1,{}}})", kTimes),
             "sequence"},
        Form{"BrokenSequence", std::format(R"({{"format":"cordon-snapshot-1","sequence":1.5,{}}})", kTimes),
             "sequence"},
        Form{"SequenceAsText", std::format(R"({{"format":"cordon-snapshot-1","sequence":"1",{}}})", kTimes),
             "sequence"},
        Form{"NoTimes", R"({"format":"cordon-snapshot-1","sequence":1})", "time"},
        Form{"WrongTime",
             R"({"format":"cordon-snapshot-1","sequence":1,"issued":"2026-01-01T00:00:00Z","expires":"never"})",
             "time"},
        Form{"MemberTwice", std::format(R"({{"format":"cordon-snapshot-1","sequence":1,"sequence":2,{}}})", kTimes),
             "duplicate"}),
    [](const auto& each) { return each.param.name; });

TEST_P(WrongForm, IsRefusedEvenWhenSigned) {
  const auto opened = open_snapshot(signed_form(GetParam().text), key().public_key(), kNow);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().message.contains(GetParam().word)) << opened.error().message;
}

TEST(Snapshot, WithoutItsEnvelopeIsRefused) {
  for (const auto* text :
       {"", "{}", "null", R"({"snapshot":"x","signature":"!"})", R"({"snapshot":1,"signature":2})"}) {
    EXPECT_FALSE(open_snapshot(text, key().public_key(), kNow)) << text;
  }
}

TEST(Snapshot, CompilesToPoliciesInventoryAndEntities) {
  const auto compiled = compile(example());
  ASSERT_TRUE(compiled) << compiled.error().message;
  const auto& protection = **compiled;
  EXPECT_EQ(protection.sequence, 7U);
  EXPECT_EQ(protection.expires, example().expires);
  EXPECT_EQ(protection.digest, protection.policies.digest());
  EXPECT_EQ(protection.inventory.nfs().size(), 4U);
  const auto* amf = protection.entities.find({"Nf", kAmf});
  ASSERT_NE(amf, nullptr);
  EXPECT_EQ(*amf->attributes.at("nfType").as_string(), "AMF");
  EXPECT_EQ(*amf->attributes.at("name").as_string(), "amf1");
  EXPECT_EQ(*amf->attributes.at("plmn").as_string(), "99970");
  EXPECT_EQ(amf->attributes.at("hosts"), policy::Value::set({"amf1.5gc.test", "127.0.0.1", "127.0.0.2"}));
  EXPECT_TRUE(protection.entities.in({"Nf", kAmf}, {"NfType", "AMF"}));
  EXPECT_FALSE(protection.entities.in({"Nf", kAmf}, {"NfType", "NRF"}));
  EXPECT_TRUE(protection.entities.in({"Nf", kAmf}, {"Plmn", "99970"}));
  EXPECT_TRUE(protection.entities.in({"Action", "nnrf-nfm:RegisterNFInstance"}, {"Action", "nnrf-nfm"}));
  EXPECT_TRUE(protection.entities.in({"Action", "nnrf-nfm:RegisterNFInstance"}, {"Action", "modify"}));
  EXPECT_TRUE(protection.entities.in({"Action", "nnrf-nfm:RegisterNFInstance"}, {"Action", "data:topology"}));
}

TEST(Snapshot, HoldsTheServicesOfEveryNfWithItsNetworkAndSlices) {
  auto snapshot = example();
  snapshot.inventory.insert(snapshot.inventory.find("plmn: \"99970\""), "slices: [\"1\", \"1-000001\"], ");
  const auto compiled = compile(snapshot);
  ASSERT_TRUE(compiled) << compiled.error().message;
  const auto& entities = (*compiled)->entities;
  const policy::EntityUid service{"Service", std::string(kAmf) + "/namf-comm"};
  ASSERT_NE(entities.find(service), nullptr);
  EXPECT_EQ(entities.find(service)->attributes.at("slices"), policy::Value::set({"1", "1-000001"}));
  for (const auto& group : {policy::EntityUid{"NfType", "AMF"}, {"Plmn", "99970"}, {"Slice", "99970/1-000001"}}) {
    EXPECT_TRUE(entities.in(service, group)) << group.text();
    EXPECT_TRUE(entities.in({"Nf", kAmf}, group)) << group.text();
  }
  EXPECT_TRUE(entities.in({"Slice", "99970/1"}, {"Plmn", "99970"}));
  // Of its type, and what it may be called back on; nothing of others.
  EXPECT_NE(entities.find({"Service", std::string(kAmf) + "/nnrf-nfm"}), nullptr);
  EXPECT_EQ(entities.find({"Service", std::string(kAmf) + "/nudm-sdm"}), nullptr);
}

TEST(Snapshot, WithoutANetworkHasNoSlices) {
  auto snapshot = example();
  snapshot.inventory =
      std::format("nfs:\n  - {{instance: {}, type: AMF, name: a, dns: [a], slices: [\"1\"]}}\n", kAmf);
  const auto compiled = compile(snapshot);
  ASSERT_TRUE(compiled) << compiled.error().message;
  EXPECT_EQ((*compiled)->entities.ancestors({"Nf", kAmf}).size(), 1U);  // its type
}

TEST(Snapshot, DoesNotCompileWithAnErrorInEitherPart) {
  auto wrong_policy = example();
  wrong_policy.policy = "permit (principal, action, resource)";  // no semicolon
  const auto policy = compile(wrong_policy);
  ASSERT_FALSE(policy);
  EXPECT_TRUE(policy.error().message.contains("test.cedar:1:")) << policy.error().message;

  auto wrong_inventory = example();
  wrong_inventory.inventory += "  - {type: AMF}\n";
  const auto inventory = compile(wrong_inventory);
  ASSERT_FALSE(inventory);
  EXPECT_TRUE(inventory.error().message.contains("inventory.yaml:6")) << inventory.error().message;
}

}  // namespace
}  // namespace cordon::enforcement
