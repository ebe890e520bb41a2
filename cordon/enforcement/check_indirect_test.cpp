// Through an SCP: TS 29.500 6.10, TS 33.501 13.3.8; THR-026, THR-027.
#include "cordon/enforcement/check_indirect.h"

#include "cordon/enforcement/test_procedures.h"

namespace cordon::enforcement {
namespace {

class IndirectTest : public test::Procedures {
 protected:
  static wire::Request data(wire::Headers headers) {
    auto request = test::get("", "/nudm-sdm/v2/imsi-999700000021309/am-data");
    request.headers = std::move(headers);
    return request;
  }
  std::string through(wire::Headers headers, const char* caller = "amf1") {
    return rule(caller, "scp1", data(std::move(headers)));
  }
};

TEST_F(IndirectTest, IsJudgedAsARequestToItsTarget) {
  const auto verdict =
      judge("amf1", "scp1", data({{"3gpp-sbi-target-apiroot", uri("udm1", "").replace(0, 7, "https://")}}));
  EXPECT_TRUE(verdict.permit) << verdict.problem.detail;
  EXPECT_EQ(verdict.record.producer, test::kUdm);
  EXPECT_TRUE(verdict.record.details.back().contains("through scp1"));
}

TEST_F(IndirectTest, AsksPolicyAboutTheTarget) {
  policy += "@id(\"no-udm\") forbid (principal, action, resource in NfType::\"UDM\");\n";
  EXPECT_EQ(through({{"3gpp-sbi-discovery-target-nf-instance-id", test::kUdm}}), "no-udm");
}

// THR-026: a target outside the inventory is how an SCP is made to call internal or metadata addresses.
TEST_F(IndirectTest, RefusesATargetThatIsNoNf) {
  for (const auto* root : {"http://169.254.169.254", "https://localhost:22", "udm1.5gc.test", "", "https://"}) {
    EXPECT_EQ(through({{"3gpp-sbi-target-apiroot", root}}), "indirect-target-unknown") << root;
  }
  EXPECT_EQ(through({{"3gpp-sbi-discovery-target-nf-instance-id", "none"}}), "indirect-target-unknown");
  EXPECT_EQ(through({{"3gpp-sbi-discovery-target-nf-type", "CHF"}}), "indirect-target-unknown");
}

TEST_F(IndirectTest, RefusesATargetThatDoesNotServeIt) {
  EXPECT_EQ(through({{"3gpp-sbi-target-apiroot", "https://nrf1.5gc.test"}}), "service-not-here");
}

// THR-027: parameters that steer discovery elsewhere than the request says.
TEST_F(IndirectTest, RefusesDiscoveryThatDisagreesWithTheTarget) {
  const wire::Header root{"3gpp-sbi-target-apiroot", "https://udm1.5gc.test"};
  EXPECT_EQ(through({root, {"3gpp-sbi-discovery-target-nf-type", "UDR"}}), "indirect-target-unknown");
  EXPECT_EQ(through({root, {"3gpp-sbi-discovery-target-nf-instance-id", test::kUdr}}), "indirect-target-unknown");
  EXPECT_EQ(through({root, {"3gpp-sbi-discovery-service-names", "nudm-ueau"}}), "indirect-target-unknown");
  EXPECT_EQ(through({root, {"3gpp-sbi-discovery-service-names", "nudm-ueau,nudm-sdm"}}), "all");
  EXPECT_EQ(through({root, root}), "indirect-malformed");
}

TEST_F(IndirectTest, RefusesAnotherRequesterThanTheCaller) {
  const wire::Header type{"3gpp-sbi-discovery-target-nf-type", "UDM"};
  const auto claim = [&](const char* name, const char* value) { return through({type, {name, value}}); };
  EXPECT_EQ(through({type}), "all");
  EXPECT_EQ(claim("3gpp-sbi-discovery-requester-nf-type", "AMF"), "all");
  EXPECT_EQ(claim("3gpp-sbi-discovery-requester-nf-type", "AUSF"), "indirect-requester-mismatch");
  EXPECT_EQ(claim("3gpp-sbi-discovery-requester-nf-instance-id", test::kUdm), "indirect-requester-mismatch");
  EXPECT_EQ(claim("3gpp-sbi-discovery-requester-nf-instance-fqdn", "udm1.5gc.test"), "indirect-requester-mismatch");
  EXPECT_EQ(claim("3gpp-sbi-discovery-requester-plmn-list", R"([{"mcc":"001","mnc":"01"}])"),
            "indirect-requester-mismatch");
  EXPECT_EQ(claim("3gpp-sbi-discovery-requester-plmn-list", R"([{"mcc":"999","mnc":"70"}])"), "all");
}

TEST_F(IndirectTest, RefusesATypeOfWhichTheCandidatesDiffer) {
  EXPECT_EQ(rule("amf1", "scp1",
                 [] {
                   auto request = test::get("", "/nsmf-pdusession/v1/sm-contexts/1/retrieve");
                   request.method = "POST";
                   request.headers = {{"3gpp-sbi-discovery-target-nf-type", "SMF"}};
                   return request;
                 }()),
            "all");  // two SMFs, alike
}

// Without an assertion nobody knows whose request an SCP passes on (TS 33.501 13.4.1.3, NOTE 3).
TEST_F(IndirectTest, RefusesWhatAnScpPassesOnWithoutAnAssertion) {
  EXPECT_EQ(rule("scp1", "udm1", data({})), "indirect-consumer-unproven");
  EXPECT_EQ(
      rule("scp1", "nrf1", test::get("", "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=SCP")),
      "all");
}

TEST_F(IndirectTest, WithoutTheHeadersIsARequestToTheScpItself) { EXPECT_EQ(through({}), "service-not-here"); }

}  // namespace
}  // namespace cordon::enforcement
