// What containment and an expired snapshot mean for one request.
#include <gtest/gtest.h>

#include "cordon/enforcement/test_judge.h"

namespace cordon::enforcement {
namespace {

using namespace test;

std::shared_ptr<const Protection> contained(ContainedKind kind, std::string what, bool emergency = false,
                                            std::string policy = kPermitAll) {
  auto snapshot = network().snapshot(std::move(policy));
  snapshot.contained = write_contained({{.kind = kind,
                                         .what = std::move(what),
                                         .reason = "taken over",
                                         .by = "root",
                                         .since = snapshot.issued,
                                         .including_emergency = emergency}});
  return compile(snapshot).value();
}

wire::Request sessions(std::string body) {
  auto request = with_body("POST", "/nnrf-nfm/v1/subscriptions", "application/json", std::move(body));
  return request;
}

TEST(Containment, OfAnNfRefusesWhatItAsks) {
  const auto verdict = judged({}, *contained(ContainedKind::nf, kAmf));
  EXPECT_EQ(verdict.record.rule, "quarantined");
  EXPECT_EQ(verdict.problem.status, 403);
  EXPECT_TRUE(verdict.problem.detail.contains("amf1 (AMF) is in quarantine until it is lifted: taken over"));
}

// TS 29.500 5.2.7.2: a consumer that gets 503 turns to another producer.
TEST(Containment, OfAnNfRefusesWhatItIsAskedAndNotified) {
  const auto verdict = judged({}, *contained(ContainedKind::nf, kNrf));
  EXPECT_EQ(verdict.record.rule, "quarantined");
  EXPECT_EQ(verdict.problem.status, 503);
}

TEST(Containment, LetsAnNfLeaveTheNetwork) {
  auto leave = get("nrf1.5gc.test", std::string("/nnrf-nfm/v1/nf-instances/") + kAmf);
  leave.method = "DELETE";
  EXPECT_TRUE(judged({.request = leave}, *contained(ContainedKind::nf, kAmf)).permit);
}

TEST(Containment, OfAnOperationOrAServiceRefusesItToEverybody) {
  EXPECT_EQ(judged({}, *contained(ContainedKind::operation, "nnrf-nfm:GetNFInstances")).record.rule, "quarantined");
  EXPECT_EQ(judged({}, *contained(ContainedKind::operation, "nnrf-nfm")).record.rule, "quarantined");
  EXPECT_TRUE(judged({}, *contained(ContainedKind::operation, "nnrf-disc")).permit);
}

TEST(Containment, OfANetworkRefusesItsNfsAndWhatIsAboutIt) {
  EXPECT_EQ(judged({}, *contained(ContainedKind::plmn, "99970")).record.rule, "quarantined");
  const auto about = sessions(R"({"guami":{"plmnId":{"mcc":"001","mnc":"01"},"amfId":"020040"}})");
  EXPECT_EQ(judged({.request = about}, *contained(ContainedKind::plmn, "00101")).record.rule, "quarantined");
  EXPECT_TRUE(judged({}, *contained(ContainedKind::plmn, "00101")).permit);
}

TEST(Containment, OfASliceRefusesWhatIsAboutIt) {
  const auto by = contained(ContainedKind::slice, "1-00000a");
  EXPECT_EQ(judged({.request = sessions(R"({"sNssai":{"sst":1,"sd":"00000A"}})")}, *by).record.rule, "quarantined");
  EXPECT_EQ(judged({.request = sessions(R"({"a":[{"b":[{"sst":1,"sd":"00000a"}]}]})")}, *by).record.rule,
            "quarantined");
  EXPECT_TRUE(judged({.request = sessions(R"({"sNssai":{"sst":1}})")}, *by).permit);
  auto query = get("nrf1.5gc.test",
                   "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AMF&snssais="
                   "%5B%7B%22sst%22:1,%22sd%22:%2200000a%22%7D%5D");
  EXPECT_EQ(judged({.request = query}, *by).record.rule, "quarantined");
}

// TS 23.501 5.16.4: emergency services do not depend on the subscription.
TEST(Containment, OfASliceSparesEmergencyServicesUnlessItSaysSo) {
  const auto emergency = sessions(R"({"sNssai":{"sst":1,"sd":"00000a"},"requestType":"INITIAL_EMERGENCY_REQUEST"})");
  EXPECT_TRUE(judged({.request = emergency}, *contained(ContainedKind::slice, "1-00000a")).permit);
  EXPECT_EQ(judged({.request = emergency}, *contained(ContainedKind::slice, "1-00000a", true)).record.rule,
            "quarantined");
  EXPECT_EQ(judged({.request = emergency}, *contained(ContainedKind::nf, kAmf)).record.rule, "quarantined");
}

constexpr const char* kWithEmergency =
    "@id(\"all\") permit (principal, action, resource);\n"
    "@id(\"sos\") @emergency(\"yes\") permit (principal, action, resource) when { context has emergency && "
    "context.emergency };\n"
    "@id(\"never\") forbid (principal, action == Action::\"nnrf-nfm:GetNFInstances\", resource);\n";

TEST(ExpiredSnapshot, PermitsWhatAnEmergencyPolicyPermitsAndNothingElse) {
  const auto by = network().protection(kWithEmergency);
  const auto late = by->expires;
  const auto emergency = sessions(R"({"requestType":"INITIAL_EMERGENCY_REQUEST"})");
  const auto permitted = judged({.request = emergency}, *by, late);
  EXPECT_TRUE(permitted.permit);
  EXPECT_EQ(permitted.record.rule, "sos");
  const auto refused = judged({.request = sessions("{}")}, *by, late);
  EXPECT_EQ(refused.record.rule, "snapshot-expired");
  EXPECT_EQ(refused.problem.status, 503);
  EXPECT_EQ(judged({}, *by, late).record.rule, "snapshot-expired");
  EXPECT_TRUE(judged({.request = sessions("{}")}, *by, late - std::chrono::seconds(1)).permit);
}

TEST(ExpiredSnapshot, WithoutAnEmergencyPolicyPermitsNothing) {
  const auto by = network().protection();
  const auto emergency = sessions(R"({"requestType":"INITIAL_EMERGENCY_REQUEST"})");
  EXPECT_EQ(judged({.request = emergency}, *by, by->expires).record.rule, "snapshot-expired");
}

}  // namespace
}  // namespace cordon::enforcement
