#include "cordon/neighbours/adviser.h"

#include "cordon/neighbours/test_adviser.h"

namespace cordon::neighbours {
namespace {

using test::AdviserTest;

TEST_F(AdviserTest, PermitsWhatTheEnforcementPointWould) {
  apply();
  const auto advice = told(inquiry());
  EXPECT_TRUE(advice.permit) << advice.problem.detail;
  EXPECT_EQ(advice.rule, "all");
  EXPECT_EQ(advice.record, "0");
  ASSERT_EQ(evidence.records.size(), 1U);
  const auto& record = evidence.records[0];
  EXPECT_EQ(record.proxy, "edge1.authz");
  EXPECT_EQ(record.caller_name, "amf1");
  EXPECT_EQ(record.peer, "10.0.0.7:40001");
  EXPECT_EQ(record.certificate.size(), 64U);
  EXPECT_EQ(record.action, "nnrf-nfm:GetNFInstances");
}

TEST_F(AdviserTest, RefusesWithRuleAndRecord) {
  apply("@id(\"none\") forbid (principal, action, resource);");
  const auto advice = told(inquiry());
  EXPECT_FALSE(advice.permit);
  EXPECT_EQ(advice.problem.status, 403);
  EXPECT_EQ(advice.rule, "none");
  EXPECT_TRUE(advice.problem.detail.ends_with("(rule none, evidence record 0)")) << advice.problem.detail;
  EXPECT_EQ(advice.problem.instance, "urn:cordon:record:0");
}

TEST_F(AdviserTest, NoEvidenceNoPermit) {
  apply();
  evidence.mode = enforcement::test::TestEvidence::Mode::fail;
  const auto away = told(inquiry());
  EXPECT_FALSE(away.permit);
  EXPECT_EQ(away.problem.status, 503);
  EXPECT_EQ(away.rule, "not-recorded");
  evidence.error = {ErrorKind::no_space, "the disk is full"};
  EXPECT_EQ(told(inquiry()).problem.status, 500);
}

TEST_F(AdviserTest, WithoutASnapshotOrAKeyNothingIsPermitted) {
  EXPECT_FALSE(adviser->ready());
  EXPECT_EQ(told(inquiry()).problem.status, 503);
  apply();
  EXPECT_TRUE(adviser->ready());
  evidence.names = nullptr;
  EXPECT_EQ(told(inquiry()).problem.status, 503);
}

TEST_F(AdviserTest, WaitsForTheRecordAndForgetsWhenItIsGone) {
  apply();
  evidence.mode = enforcement::test::TestEvidence::Mode::hold;
  int answers = 0;
  adviser->advise(inquiry(), [&](const Advice&) { ++answers; });
  loop.run_once(std::chrono::milliseconds(0));
  EXPECT_EQ(answers, 0);
  adviser.reset();
  evidence.release();
  loop.run_once(std::chrono::milliseconds(0));
  EXPECT_EQ(answers, 0);
}

TEST_F(AdviserTest, TheProducerIsFoundByAuthorityOrNamed) {
  apply();
  auto unknown = inquiry();
  unknown.request.authority = "10.1.1.1";
  EXPECT_EQ(told(unknown).rule, "producer-unknown");
  unknown.producer = "nrf1";
  EXPECT_TRUE(told(unknown).permit);
  unknown.producer = "nobody";
  EXPECT_EQ(told(unknown).rule, "producer-unknown");
  auto elsewhere = inquiry();
  elsewhere.producer = "udm1";
  EXPECT_EQ(told(elsewhere).rule, "service-not-here");
}

TEST_F(AdviserTest, ABodyThatIsNotShownIsNotLetThrough) {
  apply();
  auto cut = inquiry();
  cut.body_missing = true;
  const auto advice = told(cut);
  EXPECT_FALSE(advice.permit);
  EXPECT_EQ(advice.rule, "body-not-shown");
  EXPECT_EQ(evidence.records.back().decision, "refuse");
}

TEST_F(AdviserTest, MalformedBodiesAreSeenWhereBodiesAreShown) {
  apply();
  auto broken = inquiry();
  broken.request.method = "PATCH";
  broken.request.path = "/nnrf-nfm/v1/nf-instances/" + std::string(enforcement::test::kAmf);
  broken.request.headers = {{"content-type", "application/json-patch+json"}};
  broken.request.body = "[";
  EXPECT_EQ(told(broken).rule, "malformed-body");
}

TEST_F(AdviserTest, APrincipalCountsOnlyWhereItIsBelieved) {
  begin({.name = "edge1.authz", .checks = {}, .believe_principal = true});
  apply();
  Inquiry asked = inquiry();
  asked.certificate.clear();
  asked.principal = std::string("urn:uuid:") + enforcement::test::kAmf;
  EXPECT_TRUE(told(asked).permit);
  asked.shows_bodies = false;  // NGINX names nobody
  EXPECT_EQ(told(asked).rule, "identity-no-certificate");
  begin();
  apply();
  asked.shows_bodies = true;
  EXPECT_EQ(told(asked).rule, "identity-no-certificate");
}

TEST_F(AdviserTest, AChangedInventoryIsFeltAtOnce) {
  apply();
  EXPECT_TRUE(told(inquiry()).permit);
  network.more_inventory = std::format("revoked:\n  - {{instance: {}, because: stolen}}\n", enforcement::test::kAmf);
  apply();
  const auto advice = told(inquiry());
  EXPECT_EQ(advice.rule, "identity-revoked");
}

}  // namespace
}  // namespace cordon::neighbours
