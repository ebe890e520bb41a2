#include "cordon/identity/inventory.h"

#include <gtest/gtest.h>

namespace cordon::identity {
namespace {

constexpr auto* kTwo = R"(
nfs:
  - instance: F990ED9A-e555-41f1-9dea-7f66d0edecbf
    type: AMF
    name: amf1
    dns: [AMF1.5gc.mnc070.mcc999.3gppnetwork.org]
    plmn: "99970"
    slices: ["1", "1-00000A"]
    listen: 127.0.1.5:7777
    upstream: 127.0.0.5:7777
    upstream_name: amf1.internal
  - {instance: 0b3a8dca-d35b-41f1-a13b-c1b0f3d63d4d, type: 5G_EIR, name: eir, dns: [eir.example]}
)";

TEST(Inventory, ReadsEveryKey) {
  const auto inventory = Inventory::parse(kTwo, "inventory.yaml");
  ASSERT_TRUE(inventory) << inventory.error().message;
  ASSERT_EQ(inventory->nfs().size(), 2U);
  const auto& amf = inventory->nfs().front();
  EXPECT_EQ(amf.instance.text(), "f990ed9a-e555-41f1-9dea-7f66d0edecbf");
  EXPECT_EQ(amf.type, "AMF");
  EXPECT_EQ(amf.name, "amf1");
  EXPECT_EQ(amf.dns_names, std::vector<std::string>{"amf1.5gc.mnc070.mcc999.3gppnetwork.org"});
  EXPECT_EQ(amf.plmn, "99970");
  EXPECT_EQ(amf.slices, (std::vector<std::string>{"1", "1-00000a"}));
  EXPECT_EQ(amf.listen->text(), "127.0.1.5:7777");
  EXPECT_EQ(amf.upstream->text(), "127.0.0.5:7777");
  EXPECT_EQ(amf.upstream_name, "amf1.internal");
  const auto& eir = inventory->nfs().back();
  EXPECT_FALSE(eir.listen);
  EXPECT_FALSE(eir.upstream);
  EXPECT_EQ(eir.upstream_name + eir.plmn, "");
}

TEST(Inventory, FindsByInstanceAndByName) {
  const auto inventory = Inventory::parse(kTwo, "inventory.yaml").value();
  EXPECT_EQ(inventory.find(NfInstanceId::parse("0b3a8dca-d35b-41f1-a13b-c1b0f3d63d4d").value())->name, "eir");
  EXPECT_EQ(inventory.find(NfInstanceId{}), nullptr);
  EXPECT_EQ(inventory.find_name("amf1")->type, "AMF");
  EXPECT_EQ(inventory.find_name("amf2"), nullptr);
}

TEST(Inventory, MayBeEmptyWhenItSaysSo) { EXPECT_TRUE(Inventory::parse("nfs: []\n", "i.yaml")); }

struct Bad {
  const char* name;
  const char* from;  // a piece of kTwo
  const char* to;
  const char* message;
};
class Refused : public testing::TestWithParam<Bad> {};
INSTANTIATE_TEST_SUITE_P(
    Inventory, Refused,
    testing::Values(
        Bad{"no_uuid", "F990ED9A-e555", "F990ED9A", "inventory.yaml:3:"},
        Bad{"no_instance", "instance: F990ED9A-e555-41f1-9dea-7f66d0edecbf\n    ", "", "instance"},
        Bad{"type_in_small_letters", "type: AMF", "type: amf", "nfs[0].type"},
        Bad{"long_type", "type: AMF", "type: AMFAMFAMFAMFAMFAMFAMFAMFAMFAMFAMFA", "type"},
        Bad{"name_with_blank", "name: amf1", "name: amf 1", "name"},
        Bad{"name_with_path", "name: amf1", "name: ../amf1", "name"},
        Bad{"wildcard", "AMF1.5gc.mnc070.mcc999.3gppnetwork.org", "'*.5gc.org'", "no wildcard"},
        Bad{"no_dns", "dns: [AMF1.5gc.mnc070.mcc999.3gppnetwork.org]", "dns: []", "at least one name"},
        Bad{"double_dot", "AMF1.5gc", "AMF1..5gc", "dns"}, Bad{"dash_at_the_end", "AMF1.5gc", "AMF1-.5gc", "dns"},
        Bad{"plmn_of_four", "99970", "9997", "plmn"}, Bad{"plmn_with_letter", "99970", "9997A", "plmn"},
        Bad{"sst_too_large", "\"1\", ", "\"256\", ", "slices"}, Bad{"sst_negative", "\"1\", ", "\"-1\", ", "slices"},
        Bad{"sst_with_zero", "\"1\", ", "\"01\", ", "slices"}, Bad{"sd_of_five", "1-00000A", "1-0000A", "slices"},
        Bad{"sd_no_hex", "1-00000A", "1-00000G", "slices"},
        Bad{"listen_without_port", "127.0.1.5:7777", "127.0.1.5", "nfs[0].listen"},
        Bad{"listen_on_a_name", "127.0.1.5:7777", "localhost:7777", "nfs[0].listen"},
        Bad{"port_zero", "127.0.1.5:7777", "127.0.1.5:0", "nfs[0].listen"},
        Bad{"listen_without_upstream", "    upstream: 127.0.0.5:7777\n", "", "no upstream"},
        Bad{"circle", "upstream: 127.0.0.5:7777", "upstream: 127.0.1.5:7777", "circle"},
        Bad{"upstream_name_with_blank", "amf1.internal", "amf1 internal", "upstream_name"},
        Bad{"upstream_name_alone", "name: eir,", "name: eir, upstream_name: x,", "no upstream"},
        Bad{"unknown_key", "plmn:", "plnm:", "did you mean 'plmn'"},
        Bad{"instance_twice", "0b3a8dca-d35b-41f1-a13b-c1b0f3d63d4d", "f990ed9a-e555-41f1-9dea-7f66d0edecbf",
            "inventory.yaml:12:"},
        Bad{"name_twice", "name: eir", "name: amf1", "'amf1' is there twice"},
        Bad{"listener_twice", "name: eir,", "name: eir, listen: '127.0.1.5:7777', upstream: '127.0.0.9:1',",
            "'127.0.1.5:7777' is there twice"},
        Bad{"revoked_by_nothing", "nfs:", "revoked: [{because: x}]\nnfs:", "exactly one of"},
        Bad{"revoked_by_two", "nfs:", "revoked: [{serial: aa, instance: f990ed9a-e555-41f1-9dea-7f66d0edecbf}]\nnfs:",
            "exactly one of"},
        Bad{"revoked_no_uuid", "nfs:", "revoked: [{instance: amf1}]\nnfs:", "'amf1' is none"},
        Bad{"revoked_no_number", "nfs:", "revoked: [{serial: xyz}]\nnfs:", "'xyz' is none"},
        Bad{"revoked_zero", "nfs:", "revoked: [{serial: \"00\"}]\nnfs:", "is none"},
        Bad{"revoked_short_thumbprint", "nfs:", "revoked: [{thumbprint: aabb}]\nnfs:", "'aabb' is none"},
        Bad{"revoked_unknown_key", "nfs:", "revoked: [{serial: aa, by: x}]\nnfs:", "by"},
        Bad{"no_list", "nfs:", "nf:", "nfs"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(Refused, WithPlaceAndRemedy) {
  std::string yaml = kTwo;
  const auto place = yaml.find(GetParam().from);
  ASSERT_NE(place, std::string::npos);
  yaml.replace(place, std::string_view(GetParam().from).size(), GetParam().to);
  const auto refused = Inventory::parse(yaml, "inventory.yaml");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(GetParam().message), std::string::npos) << refused.error().message;
}

TEST(Inventory, SaysWhatIsWithdrawn) {
  const auto inventory = Inventory::parse(std::string(kTwo) + R"(revoked:
  - {instance: F990ED9A-e555-41f1-9dea-7f66d0edecbf, because: its host was taken over}
  - {serial: "00:0A:FF"}
  - {thumbprint: )" + std::string(64, 'A') + "}\n",
                                          "inventory.yaml");
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_TRUE(inventory->has_revoked());
  EXPECT_EQ(*inventory->revoked("instance", "f990ed9a-e555-41f1-9dea-7f66d0edecbf"), "its host was taken over");
  EXPECT_EQ(inventory->find_name("amf1")->withdrawn, "its host was taken over");
  EXPECT_EQ(inventory->find_name("eir")->withdrawn, "");
  EXPECT_EQ(*inventory->revoked("serial", "0aff"), "no reason is given");
  EXPECT_NE(inventory->revoked("thumbprint", std::string(64, 'a')), nullptr);
  EXPECT_EQ(inventory->revoked("serial", "0afe"), nullptr);
  EXPECT_EQ(inventory->revoked("thumbprint", "0aff"), nullptr);
  EXPECT_FALSE(Inventory::parse(kTwo, "inventory.yaml")->has_revoked());
}

TEST(Inventory, RefusesWhatIsNoYaml) { EXPECT_FALSE(Inventory::parse("nfs: [", "i.yaml")); }

TEST(Inventory, AcceptsAnAddressAsTheUpstreamsName) {
  std::string yaml = kTwo;
  yaml.replace(yaml.find("amf1.internal"), 13, "10.0.0.5");
  EXPECT_EQ(Inventory::parse(yaml, "i.yaml")->nfs().front().upstream_name, "10.0.0.5");
}

}  // namespace
}  // namespace cordon::identity
