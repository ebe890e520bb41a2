// Draining, looking and adjusting, while callers are there.
#include <unistd.h>

#include "cordon/enforcement/test_proxy.h"

namespace cordon::enforcement::test {
namespace {

wire::Request reading() { return get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances"); }

class ProxyOperationsTest : public ProxyTest {
 protected:
  bool listens() { return connect_tcp_blocking(network.nf("nrf1").listen, std::chrono::seconds(10)).has_value(); }
};

TEST_F(ProxyOperationsTest, WhoStaysAfterTheLimitIsCutAndCounted) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  evidence.mode = TestEvidence::Mode::hold;
  call("amf1", "nrf1").send(reading());
  ASSERT_TRUE(run_until(loop, [&] { return evidence.records.size() == 1; }));
  std::size_t cut = 0;
  proxy->drain(std::chrono::milliseconds(10), [&](std::size_t count) { cut = count; });
  EXPECT_TRUE(run_until(loop, [&] { return cut == 1; }));
}

TEST_F(ProxyOperationsTest, ListensAgainWhenToldSo) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  int told = 0;
  proxy->drain(std::chrono::minutes(1), [&](std::size_t) { ++told; });
  ASSERT_TRUE(run_until(loop, [&] { return told == 1; }));
  EXPECT_TRUE(proxy->state().draining);
  EXPECT_FALSE(listens());
  ASSERT_TRUE(apply());  // a change of policy meanwhile opens nothing
  EXPECT_FALSE(listens());
  proxy->drain(std::chrono::minutes(1), [&](std::size_t) { ++told; });  // again: done at once
  EXPECT_TRUE(run_until(loop, [&] { return told == 2; }));
  proxy->undrain();
  EXPECT_FALSE(proxy->state().draining);
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  EXPECT_EQ(told, 2);
}

TEST_F(ProxyOperationsTest, ToldToUndrainMeanwhileTheFirstOrderIsAnsweredToo) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  bool told = false;
  proxy->drain(std::chrono::minutes(1), [&](std::size_t) { told = true; });
  proxy->undrain();
  EXPECT_TRUE(run_until(loop, [&] { return told; }));
  EXPECT_TRUE(listens());
}

TEST_F(ProxyOperationsTest, SaysWhoIsConnectedAndHow) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  const auto open = proxy->connections(10);
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].identity, "amf1");
  EXPECT_EQ(open[0].listener, network.nf("nrf1").listen.text());
  EXPECT_EQ(open[0].tls.version, "TLSv1.3");
  EXPECT_EQ(open[0].tls.group, "X25519MLKEM768");
  EXPECT_EQ(open[0].requests, 1U);
  EXPECT_EQ(open[0].open, 0U);
  EXPECT_TRUE(proxy->connections(0).empty());
  const auto state = proxy->state();
  EXPECT_EQ(state.connections, 1U);
  EXPECT_EQ(state.upstreams, 1U);
  EXPECT_EQ(state.permitted, 1U);
  EXPECT_EQ(state.protection->sequence, sequence);
}

TEST_F(ProxyOperationsTest, LimitsAndTheSharedListenerCanChangeWhileItRuns) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  auto narrow = limits;
  narrow.rate_per_peer = Rate{.per_second = 0.0001, .burst = 1};
  const Endpoint shared{"127.0.0.1", local_endpoint(listen_tcp({"127.0.0.1", 0})->get())->port};
  ASSERT_TRUE(proxy->adjust({.shared_listen = shared, .limits = narrow}));
  EXPECT_TRUE(connect_tcp_blocking(shared, std::chrono::seconds(10)));
  static_cast<void>(caller->ask(reading()));
  EXPECT_EQ(caller->ask(reading())->status, 429);
}

TEST_F(ProxyOperationsTest, ListensOnSocketsThatOthersOpened) {
  const auto at = network.nf("nrf1").listen;
  auto theirs = listen_tcp(at).value();
  ProxyParts parts;
  parts.inherited[at] = Fd(::dup(theirs.get()));
  Proxy other(loop, std::move(parts), evidence, metrics);
  ASSERT_TRUE(other.apply(network.protection(kPermitAll, 1)));  // bound already: it would fail otherwise
  EXPECT_EQ(other.listening_sockets().size(), other.listening().size());
  for (int i = 0; i < 2; ++i) {  // as often as it listens
    bool done = false;
    other.drain(std::chrono::minutes(1), [&](std::size_t) { done = true; });
    ASSERT_TRUE(run_until(loop, [&] { return done; }));
    other.undrain();
    EXPECT_EQ(std::ranges::count(other.listening(), at), 1);
  }
}

}  // namespace
}  // namespace cordon::enforcement::test
