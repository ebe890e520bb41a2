#include "cordon/enforcement/proxy.h"

#include <gtest/gtest.h>

#include "cordon/base/temporary_folder.h"
#include "cordon/enforcement/test_proxy.h"
#include "cordon/wire/json.h"

namespace cordon::enforcement {
namespace {

using namespace test;

constexpr const char* kOnlyNrfReading =
    "@id(\"read-nrf\") permit (principal, action == Action::\"nnrf-nfm:GetNFInstances\", resource in "
    "NfType::\"NRF\");";

wire::Request reading() { return get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances"); }

class OneRequest : public ProxyTest {};

TEST_F(OneRequest, ThatIsPermittedReachesTheProducerAsItWas) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  auto request = get("nrf1.5gc.test", std::format("/nnrf-nfm/v1/nf-instances/{}", kAmf));
  request.method = "PUT";
  request.headers = {
      {"content-type", "application/json"}, {"authorization", "Bearer x"}, {"3gpp-sbi-max-rsp-time", "10000"}};
  request.body = std::format(R"({{"nfInstanceId":"{}"}})", kAmf);
  const auto got = call("amf1", "nrf1").ask(request);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "nrf1");
  ASSERT_EQ(nrf.requests.size(), 1U);
  EXPECT_EQ(nrf.requests[0].method, "PUT");
  EXPECT_EQ(nrf.requests[0].authority, request.authority);
  EXPECT_EQ(nrf.requests[0].path, request.path);
  EXPECT_EQ(nrf.requests[0].body, request.body);
  for (const auto& header : request.headers)
    EXPECT_EQ(find_header(nrf.requests[0].headers, header.name), header.value);
  ASSERT_EQ(evidence.records.size(), 1U);
  EXPECT_EQ(evidence.records[0].decision, "permit");
  EXPECT_EQ(evidence.records[0].proxy, "edge1");
  EXPECT_EQ(evidence.records[0].caller_name, "amf1");
  EXPECT_EQ(evidence.records[0].certificate.size(), 64U);
}

TEST_F(OneRequest, ThatPolicyRefusesIsAnsweredWithRuleAndRecordAndGoesNoFurther) {
  ASSERT_TRUE(apply(kOnlyNrfReading));
  const auto& udm = behind("udm1");
  evidence.records.resize(41);  // so that the number below is this record's
  const auto got = call("amf1", "udm1").ask(get("udm1.5gc.test", "/nudm-sdm/v2/imsi-999700000021309/am-data"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 403);
  EXPECT_EQ(find_header(got->headers, "content-type"), "application/problem+json");
  const auto problem = wire::parse_json(got->body).value();
  EXPECT_EQ(problem.find("instance")->text(), "urn:cordon:record:41");
  EXPECT_TRUE(problem.find("detail")->text().ends_with("no rule permits it (rule no-permit, evidence record 41)"));
  EXPECT_EQ(evidence.records[41].status, 403);
  EXPECT_EQ(udm.accepted, 0);
}

TEST_F(OneRequest, OfACallerWithAnotherNfsNameIsRefused) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  auto request = crypto::TestAuthority::nf(kAmf, "smf1.5gc.test");
  TestCaller stranger(loop, network.nf("nrf1").listen, {client(network.tls(request)), "nrf1.5gc.test", ""});
  EXPECT_EQ(stranger.ask(reading())->status, 403);
  EXPECT_EQ(evidence.records.at(0).rule, "identity-wrong-name");
}

TEST_F(OneRequest, FromAnotherAuthoritysCertificateNeverGetsThrough) {
  ASSERT_TRUE(apply());
  const TestNetwork foreign;
  auto settings = foreign.tls(crypto::TestAuthority::nf(kAmf, "amf1.5gc.test"));
  settings.anchors = {network.authority.certificate()};
  TestCaller stranger(loop, network.nf("nrf1").listen, {client(settings), "nrf1.5gc.test", ""});
  EXPECT_FALSE(stranger.ask(reading()));
  EXPECT_TRUE(evidence.records.empty());
}

TEST_F(OneRequest, WaitsForItsEvidence) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  evidence.mode = TestEvidence::Mode::hold;
  const auto place = call("amf1", "nrf1").send(reading());
  ASSERT_TRUE(run_until(loop, [&] { return evidence.records.size() == 1; }));
  settle();
  EXPECT_EQ(nrf.accepted, 0);
  EXPECT_FALSE(caller->answered(place));
  evidence.release();
  EXPECT_EQ(caller->answer(place)->status, 200);
  EXPECT_EQ(nrf.requests.size(), 1U);
}

constexpr const char* kQueued = R"(@id("all") @evidence("queued") permit (principal, action, resource);)";

TEST_F(OneRequest, OfAQueuedRuleTakesEffectWhileItsRecordIsOnTheWay) {
  const TemporaryFolder folder;
  const auto queue = evidence::Spool::start(loop, evidence, folder.path(), "edge1").value();
  spool = queue.get();
  start();
  ASSERT_TRUE(apply(kQueued));
  behind("nrf1");
  evidence.mode = TestEvidence::Mode::hold;
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  EXPECT_EQ(queue->waiting(), 1U);
  ASSERT_TRUE(run_until(loop, [&] { return evidence.records.size() == 1; }));
  evidence.release();
  EXPECT_TRUE(run_until(loop, [&] { return queue->waiting() == 0; }));
  ASSERT_EQ(evidence.marks.size(), 1U);
  EXPECT_EQ(evidence.marks[0].sequence, 1U);
  EXPECT_EQ(evidence.records[0].obligations, std::vector<std::string>{"evidence=queued"});
  spool = nullptr;
  proxy.reset();
}

TEST_F(OneRequest, OfAQueuedRuleWaitsLikeAnyOtherWhenTheSpoolIsFull) {
  const TemporaryFolder folder;
  const auto queue = evidence::Spool::start(loop, evidence, folder.path(), "edge1", {.bytes = 1}).value();
  spool = queue.get();
  start();
  ASSERT_TRUE(apply(kQueued));
  const auto& nrf = behind("nrf1");
  evidence.mode = TestEvidence::Mode::fail;
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 503);
  EXPECT_EQ(nrf.accepted, 0);
  spool = nullptr;
  proxy.reset();
}

TEST_F(OneRequest, BeforeTheLogWriterWasReachedIsNotJudged) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  evidence.names.reset();
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 503);
  EXPECT_EQ(nrf.accepted, 0);
}

TEST_F(OneRequest, WithoutEvidenceHasNoEffect) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  evidence.mode = TestEvidence::Mode::fail;
  const auto away = call("amf1", "nrf1").ask(reading());
  EXPECT_EQ(away->status, 503);
  EXPECT_TRUE(away->body.contains("the evidence writer is away"));
  evidence.error = {ErrorKind::no_space, "the disk is full"};
  const auto full = caller->ask(reading());
  EXPECT_EQ(full->status, 500);
  EXPECT_TRUE(full->body.contains("\"cause\":\"INSUFFICIENT_RESOURCES\""));
  settle();
  EXPECT_EQ(nrf.accepted, 0);
  evidence.mode = TestEvidence::Mode::acknowledge;
  EXPECT_EQ(caller->ask(reading())->status, 200);
  EXPECT_TRUE(metrics.text().contains("cordon_requests_total{outcome=\"unrecorded\"} 2"));
}

TEST_F(OneRequest, ARefusalWithoutEvidenceIsNotAnsweredAsARefusal) {
  ASSERT_TRUE(apply("forbid (principal, action, resource);"));
  evidence.mode = TestEvidence::Mode::fail;
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 503);
}

TEST_F(OneRequest, ToAnNfThatIsAwayIsABadGateway) {
  ASSERT_TRUE(apply());
  const auto got = call("amf1", "nrf1").ask(reading());
  EXPECT_EQ(got->status, 502);
  EXPECT_TRUE(got->body.contains("\"cause\":\"INBOUND_SERVER_ERROR\""));
  EXPECT_TRUE(got->body.contains("nrf1"));
  EXPECT_TRUE(metrics.text().contains("cordon_requests_total{outcome=\"upstream_failed\"} 1"));
}

TEST_F(OneRequest, ToAnNfWithAnotherNameInItsCertificateIsABadGateway) {
  ASSERT_TRUE(apply());
  const TestProducer impostor(loop, network.nf("nrf1"), server(network.tls_of("udm1")));
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 502);
  EXPECT_TRUE(impostor.requests.empty());
}

TEST_F(OneRequest, ToASilentNfIsAGatewayTimeOut) {
  upstream_time = std::chrono::milliseconds(1);
  start();
  ASSERT_TRUE(apply());
  auto& nrf = behind("nrf1");
  nrf.answer = [](wire::ServerConnection&, std::int32_t) {};
  const auto got = call("amf1", "nrf1").ask(reading());
  EXPECT_EQ(got->status, 504);
  EXPECT_TRUE(got->body.contains("\"cause\":\"TIMED_OUT_REQUEST\""));
}

TEST_F(OneRequest, IsSentOnceMoreWhenTheNfWasClosingItsConnection) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  ASSERT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  nrf.connections[0].lock()->go_away();
  EXPECT_EQ(caller->ask(reading())->status, 200);
  EXPECT_EQ(nrf.requests.size(), 2U);
}

TEST_F(OneRequest, DoesNotShareAConnectionWithAnotherCaller) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  ASSERT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  ASSERT_EQ(call("udm1", "nrf1").ask(reading())->status, 200);
  EXPECT_EQ(nrf.accepted, 2);
  ASSERT_EQ(caller->ask(reading())->status, 200);
  EXPECT_EQ(nrf.accepted, 2);
}

TEST_F(OneRequest, IsAnsweredBy503OnceTheSnapshotHasExpired) {
  auto old = *network.protection();
  old.expires = system_clock().now();
  ASSERT_TRUE(proxy->apply(std::make_shared<const Protection>(old)));
  const auto& nrf = behind("nrf1");
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 503);
  EXPECT_EQ(evidence.records.at(0).rule, "snapshot-expired");
  EXPECT_EQ(nrf.accepted, 0);
}

TEST_F(OneRequest, WhoseCallerHasGoneStillReachesItsNfAndHarmsNobody) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  evidence.mode = TestEvidence::Mode::hold;
  call("amf1", "nrf1").send(reading());
  ASSERT_TRUE(run_until(loop, [&] { return evidence.records.size() == 1; }));
  caller.reset();
  EXPECT_TRUE(run_until(loop, [&] { return metrics.text().contains("cordon_connections 0"); }));
  evidence.release();
  EXPECT_TRUE(run_until(loop, [&] { return nrf.requests.size() == 1; }));
  settle();
}

TEST_F(OneRequest, WhoseProxyHasGoneHarmsNobody) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  evidence.mode = TestEvidence::Mode::hold;
  call("amf1", "nrf1").send(reading());
  ASSERT_TRUE(run_until(loop, [&] { return evidence.records.size() == 1; }));
  proxy.reset();
  evidence.release();
  settle();
  EXPECT_EQ(nrf.accepted, 0);
}

TEST_F(OneRequest, IsCountedInEveryStage) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  ASSERT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  const auto text = metrics.text();
  EXPECT_TRUE(text.contains("cordon_requests_total{outcome=\"permitted\"} 1"));
  for (const auto* stage : {"judge", "evidence", "upstream"}) {
    EXPECT_TRUE(text.contains(std::format("cordon_stage_seconds_count{{stage=\"{}\"}} 1", stage))) << text;
  }
  EXPECT_TRUE(text.contains("cordon_snapshot_sequence 1"));
}

}  // namespace
}  // namespace cordon::enforcement
