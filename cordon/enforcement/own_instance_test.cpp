// NFs that make up their nfInstanceId at every start are known by their certificate all the same.
#include "cordon/enforcement/test_procedures.h"

namespace cordon::enforcement {
namespace {

constexpr const char* kMadeUp = "7b1a3c5e-9d2f-4e68-8a4b-0c1d2e3f4a5b";
constexpr const char* kNext = "7b1a3c5e-9d2f-4e68-8a4b-0c1d2e3f4a5c";
constexpr const char* kAmf2 = "11111111-1111-4111-8111-111111111111";

class OwnInstanceTest : public test::Procedures {
 protected:
  OwnInstanceTest() { policy = test::source("policies/sbi.cedar"); }
  // Both AMFs and the SMF make up theirs; the UDM keeps to the inventory.
  Snapshot snapshot() const override {
    auto made = Procedures::snapshot();
    for (const std::string name : {"name: amf1,", "name: amf2,", "name: smf1,"}) {
      made.inventory.replace(made.inventory.find(name), name.size(), name + " names_itself: true,");
    }
    return made;
  }
  static wire::Request registration(const std::string& id, const char* type = "AMF", std::string inside = "") {
    return json("PUT", "/nnrf-nfm/v1/nf-instances/" + id,
                std::format(R"({{"nfInstanceId":"{}","nfType":"{}","nfStatus":"REGISTERED"}})",
                            inside.empty() ? id : inside, type));
  }
  static wire::Request heartbeat(const std::string& id) {
    return test::with_body("PATCH", "/nnrf-nfm/v1/nf-instances/" + id, "application/json-patch+json",
                           R"([{"op":"replace","path":"/nfStatus","value":"REGISTERED"}])");
  }
  wire::Request serves(const char* id, const char* amf = "amf1") const {
    return json("PUT", std::format("/nudm-uecm/v1/{}/registrations/amf-3gpp-access", test::kSupi),
                std::format(R"({{"amfInstanceId":"{}","deregCallbackUri":"{}","ratType":"NR",)"
                            R"("guami":{{"plmnId":{{"mcc":"999","mnc":"70"}},"amfId":"020040"}}}})",
                            id, uri(amf, "/namf-callback/v1/x/dereg-notify")));
  }
  void registered(const char* nf = "amf1", const char* id = kMadeUp, const char* type = "AMF") {
    pass(nf, "nrf1", registration(id, type), 201);
  }
};

TEST_F(OwnInstanceTest, RegistersBeatsServesAndLeavesUnderTheNameItGaveItself) {
  registered();
  EXPECT_EQ(rule("amf1", "nrf1", heartbeat(kMadeUp)), "profile-management");
  EXPECT_TRUE(judge("amf1", "udm1", serves(kMadeUp)).permit);
  EXPECT_TRUE(judge("amf1", "nrf1", bare("DELETE", std::format("/nnrf-nfm/v1/nf-instances/{}", kMadeUp))).permit);
}

TEST_F(OwnInstanceTest, TheRecordSpeaksOfTheInventoryAndSaysTheOtherName) {
  const auto record = judge("amf1", "nrf1", registration(kMadeUp)).record;
  EXPECT_EQ(record.resource, std::string("/nnrf-nfm/v1/nf-instances/") + test::kAmf);
  EXPECT_EQ(record.details, std::vector<std::string>{std::string("amf1 names itself ") + kMadeUp});
}

TEST_F(OwnInstanceTest, ANewStartIsANewNameAndTheOldOneStaysTaken) {
  registered();
  registered("amf1", kNext);
  EXPECT_TRUE(judge("amf1", "nrf1", heartbeat(kNext)).permit);
  EXPECT_EQ(rule("amf2", "nrf1", registration(kMadeUp)), "profile-body-names-its-owner");
}

// THR-001, THR-002: what another NF of the same kind registered is not for the taking.
TEST_F(OwnInstanceTest, AnothersNameIsNeitherTakenNorTouched) {
  registered();
  EXPECT_EQ(rule("amf2", "nrf1", registration(kMadeUp)), "profile-body-names-its-owner");
  EXPECT_FALSE(judge("amf2", "nrf1", heartbeat(kMadeUp)).permit);
  EXPECT_EQ(rule("smf1", "nrf1", bare("DELETE", std::format("/nnrf-nfm/v1/nf-instances/{}", kMadeUp))),
            "own-profile-only");
  EXPECT_EQ(rule("amf2", "udm1", serves(kMadeUp, "amf2")), "amf-registers-itself");
}

TEST_F(OwnInstanceTest, ANameOfTheInventoryIsNotForTheTaking) {
  EXPECT_FALSE(judge("amf1", "nrf1", registration(kAmf2)).permit);
  EXPECT_FALSE(judge("amf1", "nrf1", registration(test::kUdm)).permit);
}

TEST_F(OwnInstanceTest, AnotherTypeIsRefusedAndBindsNothing) {
  EXPECT_EQ(rule("smf1", "nrf1", registration(kMadeUp, "AMF")), "profile-body-names-its-owner");
  EXPECT_EQ(rule("smf1", "nrf1", registration(kMadeUp, "SMF", kNext)), "profile-body-names-its-owner");
  registered();
}

// THR-001: TS 29.510 6.1.6.2.2, 6.1.6.2.3. Who may choose its name may not choose where peers send what is for it.
TEST_F(OwnInstanceTest, RegistersWithItsOwnNamesAndAddressesOnly) {
  const auto with = [](const std::string& members) {
    auto request = registration(kMadeUp);
    request.body.insert(request.body.size() - 1, "," + members);
    return request;
  };
  const auto own = network.nf("amf1").dns();
  for (const auto* members :
       {R"("ipv4Addresses":["10.66.0.1"])", R"("ipv6Addresses":["2001:db8::66"])", R"("fqdn":"evil.example")",
        R"("nfServices":[{"serviceName":"namf-comm","fqdn":"evil.example"}])",
        R"("nfServices":[{"serviceName":"namf-comm","ipEndPoints":[{"ipv4Address":"10.66.0.1","port":7777}]}])",
        R"("nfServiceList":{"a":{"serviceName":"namf-comm","interPlmnFqdn":"evil.example"}})"}) {
    EXPECT_EQ(rule("amf1", "nrf1", with(members)), "profile-names-foreign-host") << members;
  }
  EXPECT_EQ(rule("amf1", "nrf1", heartbeat(kMadeUp)), "own-profile-only") << "nothing was bound";
  EXPECT_TRUE(
      judge("amf1", "nrf1", with(std::format(R"("fqdn":"{0}","nfServices":[{{"fqdn":"{0}"}}])", own))).permit);
}

TEST_F(OwnInstanceTest, WhatTheNrfRefusedBindsNothing) {
  pass("amf1", "nrf1", registration(kMadeUp), 400);
  EXPECT_EQ(rule("amf1", "nrf1", heartbeat(kMadeUp)), "own-profile-only");
  registered("amf2");
}

TEST_F(OwnInstanceTest, BeforeItRegistersANameIsNobodys) {
  EXPECT_EQ(rule("amf1", "nrf1", heartbeat(kMadeUp)), "own-profile-only");
  EXPECT_EQ(rule("amf1", "udm1", serves(kMadeUp)), "amf-registers-itself");
}

TEST_F(OwnInstanceTest, WhoIsNotSaidToNameItselfDoesNot) {
  EXPECT_EQ(rule("udm1", "nrf1", registration(kMadeUp, "UDM")), "profile-body-names-its-owner");
}

TEST_F(OwnInstanceTest, HeartbeatsKeepANameThatWouldBeForgotten) {
  rules.life = std::chrono::seconds(600);  // well within the snapshot's
  begin();
  registered();
  now += rules.life * 3 / 4;
  pass("amf1", "nrf1", heartbeat(kMadeUp), 204);
  now += rules.life * 3 / 4;
  EXPECT_TRUE(judge("amf1", "nrf1", heartbeat(kMadeUp)).permit);
  now += rules.life * 2;
  EXPECT_FALSE(judge("amf1", "nrf1", heartbeat(kMadeUp)).permit);
}

}  // namespace
}  // namespace cordon::enforcement
