// The limits of a whole proxy: who is turned away, and who is served nevertheless.
#include <gtest/gtest.h>

#include "cordon/enforcement/test_proxy.h"

namespace cordon::enforcement {
namespace {

using namespace test;

wire::Request reading() { return get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances"); }

class ProxyLimits : public ProxyTest {
 protected:
  void begin(const Limits& with) {
    limits = with;
    start();
    ASSERT_TRUE(apply());
  }
  std::unique_ptr<TestCaller> another(const char* from, const char* to = "nrf1") {
    return std::make_unique<TestCaller>(loop, network.nf(to).listen,
                                        TestCaller::From{client(network.tls_of(from)), network.nf(to).dns(), ""});
  }
  bool is_counted(std::string_view limit) const {
    return !metrics.text().contains(std::format("cordon_shed_total{{limit=\"{}\"}} 0\n", limit));
  }
};

TEST_F(ProxyLimits, EndAConnectionTooManyOfOneNf) {
  begin({.connections_per_peer = 1});
  behind("nrf1");
  const auto first = another("amf1");
  EXPECT_EQ(first->ask(reading())->status, 200);
  const auto second = another("amf1");
  EXPECT_FALSE(second->ask(reading()));
  EXPECT_TRUE(is_counted("connections_per_peer"));
  EXPECT_EQ(another("udm1")->ask(reading())->status, 200) << "another NF is not concerned";
  EXPECT_EQ(first->ask(reading())->status, 200);
}

TEST_F(ProxyLimits, RefuseAConnectionTooManyOfOneAddressBeforeItsHandshake) {
  begin({.connections_per_address = 1});
  behind("nrf1");
  const auto first = another("amf1");
  EXPECT_EQ(first->ask(reading())->status, 200);
  EXPECT_FALSE(another("udm1")->ask(reading()));
  EXPECT_TRUE(is_counted("connections_per_address"));
}

// TS 29.500 table 5.2.7.2-1, and RFC 9110 10.2.3.
TEST_F(ProxyLimits, AnswerRequestsBeyondThemWithoutJudgingOrRecording) {
  begin({.in_flight_per_peer = 2});
  auto& nrf = behind("nrf1");
  nrf.answer = [](wire::ServerConnection&, std::int32_t) {};
  auto& amf = call("amf1", "nrf1");
  amf.send(reading());
  amf.send(reading());
  ASSERT_TRUE(run_until(loop, [&] { return nrf.requests.size() == 2; }));
  const auto refused = amf.ask(reading());
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(find_header(refused->headers, "retry-after"), "1");
  EXPECT_TRUE(refused->body.contains("NF_CONGESTION_RISK"));
  EXPECT_EQ(evidence.records.size(), 2U);
  nrf.connections[0].lock()->respond(nrf.streams[0], {200, {}, ""});
  ASSERT_TRUE(run_until(loop, [&] { return amf.answered(0); }));
  nrf.answer = [](wire::ServerConnection& to, std::int32_t stream) { to.respond(stream, {200, {}, ""}); };
  EXPECT_EQ(amf.ask(reading())->status, 200);
}

// CVE-2023-44487: a request that is reset goes on counting until its producer has answered.
TEST_F(ProxyLimits, AreNotEvadedByResettingRequests) {
  begin({.in_flight_per_peer = 1});
  auto& nrf = behind("nrf1");
  nrf.answer = [](wire::ServerConnection&, std::int32_t) {};
  call("amf1", "nrf1").connection->request(reading(), std::chrono::milliseconds(50), [](const auto&) {});
  ASSERT_TRUE(run_until(loop, [&] { return nrf.requests.size() == 1 && caller->connection->open_requests() == 0; }));
  EXPECT_EQ(caller->ask(reading())->status, 429);
}

// Two NFs, one of which asks a thousand times: the other's one request does not wait for them.
TEST_F(ProxyLimits, LetNobodyWaitBehindAFlood) {
  begin({});
  auto& nrf = behind("nrf1");
  evidence.mode = TestEvidence::Mode::hold;
  const auto flood = another("amf1");
  const auto quiet = another("udm1");
  ASSERT_TRUE(run_until(loop, [&] { return metrics.text().contains("cordon_connections 2"); }));
  for (int i = 0; i < 250; ++i) flood->send(reading());
  quiet->send(reading());
  const auto of_quiet = [&] {
    return std::ranges::find(evidence.records, "udm1", &evidence::Record::caller_name) != evidence.records.end();
  };
  ASSERT_TRUE(run_until(loop, of_quiet));
  EXPECT_TRUE(nrf.requests.empty());
  evidence.mode = TestEvidence::Mode::acknowledge;
  ASSERT_TRUE(run_until(loop, [&] { return evidence.records.size() == 251; }));
  const auto place = std::ranges::find(evidence.records, "udm1", &evidence::Record::caller_name);
  EXPECT_LT(place - evidence.records.begin(), 251);
  evidence.release();
}

// TS 29.500 6.4
TEST_F(ProxyLimits, SpareAProducerThatSaysItIsOverloaded) {
  begin({.priority = {}});
  auto& nrf = behind("nrf1");
  nrf.answer = [](wire::ServerConnection& to, std::int32_t stream) {
    to.respond(
        stream,
        {200,
         {{"3gpp-sbi-oci", std::format(R"(Timestamp: "Tue, 04 Feb 2020 08:49:37 GMT"; Period-of-Validity: 60s; )"
                                       "Overload-Reduction-Metric: 50%; NF-Instance: {}",
                                       kNrf)}},
         ""});
  };
  auto& amf = call("amf1", "nrf1");
  EXPECT_EQ(amf.ask(reading())->status, 200);
  int refused = 0;
  for (int i = 0; i < 10; ++i) refused += amf.ask(reading())->status == 503 ? 1 : 0;
  EXPECT_EQ(refused, 5);
  EXPECT_EQ(nrf.requests.size(), 6U);
  EXPECT_TRUE(is_counted("producer_overload"));
}

TEST_F(ProxyLimits, DoNotLetAPriorityBeForged) {
  begin({.priority = {}});
  const auto& nrf = behind("nrf1");
  auto request = reading();
  request.headers = {{"3gpp-sbi-message-priority", "0"}};
  EXPECT_EQ(call("amf1", "nrf1").ask(request)->status, 200);
  EXPECT_EQ(find_header(nrf.requests.at(0).headers, "3gpp-sbi-message-priority"), "16");
}

TEST_F(ProxyLimits, AndThoseOfPolicyAreAnsweredAndRecorded) {
  ASSERT_TRUE(apply(R"(@id("slow") @rate("1/m") permit (principal, action, resource);)"));
  behind("nrf1");
  auto& amf = call("amf1", "nrf1");
  EXPECT_EQ(amf.ask(reading())->status, 200);
  const auto refused = amf.ask(reading());
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(find_header(refused->headers, "retry-after"), "60");
  EXPECT_EQ(evidence.records.at(1).rule, "rate-limit");
  EXPECT_EQ(evidence.records.at(1).status, 429);
  ASSERT_TRUE(apply(R"(@id("slow") @rate("1/m") permit (principal, action, resource);)"));
  EXPECT_EQ(amf.ask(reading())->status, 429) << "a new snapshot is no new allowance";
}

}  // namespace
}  // namespace cordon::enforcement
