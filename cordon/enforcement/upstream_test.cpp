#include "cordon/enforcement/upstream.h"

#include <gtest/gtest.h>

#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement {
namespace {

using namespace test;
using std::chrono::milliseconds;

class Upstream : public testing::Test {
 protected:
  Upstream() { upstreams = std::make_unique<Upstreams>(loop, nullptr, std::chrono::minutes(1)); }

  std::size_t send(const std::string& caller = kAmf, const std::string& path = "/x") {
    const auto place = answers.size();
    answers.emplace_back();
    auto request = get("nrf1", path);
    request.scheme = "http";
    upstreams->send(caller, nrf(), std::move(request), [this, place](Result<wire::Response> got) {
      EXPECT_FALSE(answers[place]);  // once
      answers[place] = std::move(got);
    });
    return place;
  }
  Result<wire::Response> answer(std::size_t place) {
    if (!run_until(loop, [&] { return answers[place].has_value(); })) return fail(ErrorKind::internal, "no answer");
    return *answers[place];
  }
  const identity::ExpectedNf& nrf() const { return *inventory.find_name("nrf1"); }
  void hold(TestProducer& producer) {
    producer.answer = [](wire::ServerConnection&, std::int32_t) {};
  }
  // Every answer the producer owes, in the order of the requests.
  void answer_all(TestProducer& producer) {
    for (std::size_t i = 0; i < producer.requests.size(); ++i) {
      if (const auto connection = producer.connections[i].lock()) {
        connection->respond(producer.streams[i], {200, {}, producer.requests[i].path});
      }
    }
  }

  Loop loop;
  TestNetwork network;
  identity::Inventory inventory = identity::Inventory::parse(network.inventory(), "inventory.yaml").value();
  std::deque<std::optional<Result<wire::Response>>> answers;
  std::unique_ptr<Upstreams> upstreams;
};

TEST_F(Upstream, GivesEveryCallerItsOwnConnectionAndKeepsIt) {
  const TestProducer producer(loop, network.nf("nrf1"));
  EXPECT_EQ(answer(send(kAmf))->body, "nrf1");
  EXPECT_EQ(answer(send(kAmf))->body, "nrf1");
  EXPECT_EQ(producer.accepted, 1);
  EXPECT_EQ(answer(send(kUdm))->body, "nrf1");
  EXPECT_EQ(producer.accepted, 2);
  EXPECT_EQ(upstreams->connections(), 2U);
}

TEST_F(Upstream, ReportsLaterThatNobodyListens) {
  const auto place = send();
  EXPECT_FALSE(answers[place]);
  const auto got = answer(place);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(timed_out(got.error()));
  EXPECT_TRUE(run_until(loop, [&] { return upstreams->connections() == 0; }));
}

TEST_F(Upstream, ReportsLaterThatAnAddressCannotBeUsed) {
  auto unreachable = nrf();
  unreachable.upstream = Endpoint{"255.255.255.255", 9};  // connect(2) refuses a broadcast address at once
  std::optional<Result<wire::Response>> got;
  upstreams->send(kAmf, unreachable, get("nrf1", "/"),
                  [&](Result<wire::Response> result) { got = std::move(result); });
  EXPECT_FALSE(got);
  EXPECT_TRUE(run_until(loop, [&] { return got.has_value(); }));
  EXPECT_FALSE(*got);
}

TEST_F(Upstream, SaysThatTheTimeIsUpWhenTheProducerIsSilent) {
  upstreams = std::make_unique<Upstreams>(loop, nullptr, milliseconds(1));
  TestProducer producer(loop, network.nf("nrf1"));
  hold(producer);
  const auto got = answer(send());
  ASSERT_FALSE(got);
  EXPECT_TRUE(timed_out(got.error())) << got.error().message;
}

// A port that accepts and never speaks: the request does not even leave.
TEST_F(Upstream, SaysTheSameWhenNobodyEvenShakesHands) {
  upstreams =
      std::make_unique<Upstreams>(loop, crypto::TlsContext::client(network.tls_of_proxy()).value(), milliseconds(1));
  const auto silent = listen_tcp(*nrf().upstream).value();
  const auto first = send();
  const auto second = send();
  EXPECT_TRUE(timed_out(answer(first).error())) << answer(first).error().message;
  EXPECT_TRUE(timed_out(answer(second).error()));
  auto accepted = 0;
  while (accept_one(silent.get())) ++accepted;
  EXPECT_EQ(accepted, 1);
}

TEST_F(Upstream, SendsOnceMoreWhenTheProducerWasClosingTheConnection) {
  const TestProducer producer(loop, network.nf("nrf1"));
  ASSERT_TRUE(answer(send()));
  producer.connections[0].lock()->go_away();  // crosses the next request on the way
  const auto got = answer(send(kAmf, "/again"));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(producer.requests.size(), 2U);
  EXPECT_EQ(producer.requests[1].path, "/again");
  EXPECT_EQ(producer.accepted, 2);
}

TEST_F(Upstream, OpensANewConnectionAfterTheOldOneWasClosed) {
  const TestProducer producer(loop, network.nf("nrf1"));
  ASSERT_TRUE(answer(send()));
  producer.connections[0].lock()->close();
  EXPECT_TRUE(run_until(loop, [&] { return upstreams->connections() == 0; }));
  EXPECT_TRUE(answer(send()));
  EXPECT_EQ(producer.accepted, 2);
}

TEST_F(Upstream, DoesNotSendTwiceWhatTheProducerMayHaveDone) {
  TestProducer producer(loop, network.nf("nrf1"));
  ASSERT_TRUE(answer(send()));
  producer.answer = [](wire::ServerConnection& connection, std::int32_t) { connection.close(); };
  const auto got = answer(send());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::io);
  EXPECT_EQ(producer.requests.size(), 2U);
}

TEST_F(Upstream, StillTakesAnswersFromAConnectionThatIsGoingAway) {
  TestProducer producer(loop, network.nf("nrf1"));
  hold(producer);
  const auto first = send(kAmf, "/first");
  ASSERT_TRUE(run_until(loop, [&] { return producer.requests.size() == 1; }));
  producer.connections[0].lock()->go_away();
  for (int round = 0; round < 10; ++round) loop.run_once(milliseconds(0));
  const auto second = send(kAmf, "/second");
  ASSERT_TRUE(run_until(loop, [&] { return producer.requests.size() == 2; }));
  EXPECT_EQ(producer.accepted, 2);
  answer_all(producer);
  EXPECT_EQ(answer(first)->body, "/first");
  EXPECT_EQ(answer(second)->body, "/second");
  EXPECT_TRUE(run_until(loop, [&] { return upstreams->connections() == 1; }));  // the old one has closed
}

TEST_F(Upstream, ChecksAgainWhenTheExpectedNameChanges) {
  const TestProducer producer(loop, network.nf("nrf1"), crypto::TlsContext::server(network.tls_of("nrf1")).value());
  upstreams = std::make_unique<Upstreams>(loop, crypto::TlsContext::client(network.tls_of_proxy()).value(),
                                          std::chrono::minutes(1));
  ASSERT_TRUE(answer(send()));
  auto renamed = nrf();
  renamed.upstream_name = "other.5gc.test";
  std::optional<Result<wire::Response>> got;
  upstreams->send(kAmf, renamed, get("nrf1", "/"), [&](Result<wire::Response> result) { got = std::move(result); });
  EXPECT_TRUE(run_until(loop, [&] { return got.has_value(); }));
  EXPECT_FALSE(*got);
  EXPECT_EQ(producer.requests.size(), 1U);
}

TEST_F(Upstream, ClosesAllConnections) {
  TestProducer producer(loop, network.nf("nrf1"));
  hold(producer);
  const auto place = send();
  ASSERT_TRUE(run_until(loop, [&] { return producer.requests.size() == 1; }));
  upstreams->close_all();
  EXPECT_FALSE(answer(place));
  EXPECT_TRUE(run_until(loop, [&] { return upstreams->connections() == 0 && producer.server->connections() == 0; }));
}

TEST_F(Upstream, AnswersEvenWhenItGoesFirst) {
  TestProducer producer(loop, network.nf("nrf1"));
  ASSERT_TRUE(answer(send()));
  hold(producer);
  const auto place = send();
  upstreams.reset();
  EXPECT_FALSE(answer(place));
}

}  // namespace
}  // namespace cordon::enforcement
