// Proxy: its listeners, snapshots that change under open connections, and the end. One request: proxy_test.cpp.
#include <gtest/gtest.h>

#include "cordon/enforcement/proxy.h"
#include "cordon/enforcement/test_proxy.h"

namespace cordon::enforcement {
namespace {

using namespace test;

wire::Request reading() { return get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances"); }

class Listeners : public ProxyTest {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& at : proxy->listening()) {
      const auto found = std::ranges::find(network.nfs, at, &TestNf::listen);
      out.push_back(found == network.nfs.end() ? "shared" : found->name);
    }
    std::ranges::sort(out);
    return out;
  }
};

TEST_F(Listeners, FollowTheInventory) {
  EXPECT_TRUE(proxy->listening().empty());
  const auto everybody = network.nfs;
  network.remove("udr1");
  ASSERT_TRUE(apply());
  EXPECT_EQ(names(), (std::vector<std::string>{"amf1", "nrf1", "udm1"}));
  network.nfs = everybody;
  ASSERT_TRUE(apply());
  EXPECT_EQ(names(), (std::vector<std::string>{"amf1", "nrf1", "udm1", "udr1"}));
  network.remove("nrf1");
  ASSERT_TRUE(apply());
  EXPECT_EQ(names(), (std::vector<std::string>{"amf1", "udm1", "udr1"}));
}

TEST_F(Listeners, OfARemovedNfEndTheirConnectionsAndNobodyElses) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  behind("udm1");
  ASSERT_EQ(call("amf1", "udm1").ask(get("udm1", "/nudm-sdm/v2/imsi-999700000021309/am-data"))->status, 200);
  const auto to_udm = std::move(caller);
  ASSERT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  const auto at = network.nf("nrf1").listen;
  network.remove("nrf1");
  ASSERT_TRUE(apply());
  EXPECT_TRUE(run_until(loop, [&] { return caller->closed; }));
  EXPECT_TRUE(run_until(loop, [&] { return metrics.text().contains("cordon_connections 1"); }));
  EXPECT_EQ(to_udm->ask(get("udm1", "/nudm-sdm/v2/imsi-999700000021309/am-data"))->status, 200);
  EXPECT_FALSE(connect_tcp_blocking(at, std::chrono::seconds(10)));
}

TEST_F(Listeners, MayBeRemovedAndAddedInOneBreath) {
  const auto everybody = network.nfs;
  ASSERT_TRUE(apply());
  behind("nrf1");
  ASSERT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  network.remove("nrf1");
  ASSERT_TRUE(apply());
  network.nfs = everybody;
  ASSERT_TRUE(apply());
  EXPECT_TRUE(run_until(loop, [&] { return caller->closed; }));
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
}

TEST_F(Listeners, ThatCannotOpenAreNamedAndTheOthersWork) {
  const auto taken = listen_tcp(network.nf("udm1").listen).value();
  const auto applied = apply();
  ASSERT_FALSE(applied);
  EXPECT_TRUE(applied.error().message.contains(network.nf("udm1").listen.text())) << applied.error().message;
  behind("nrf1");
  EXPECT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
}

TEST_F(Listeners, FeelAChangedInventoryOnOpenConnections) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  ASSERT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  network.remove("amf1");
  ASSERT_TRUE(apply());
  EXPECT_EQ(caller->ask(reading())->status, 403);
  EXPECT_EQ(evidence.records.back().rule, "identity-unknown-instance");
  EXPECT_FALSE(caller->closed);
}

TEST_F(Listeners, FeelAChangedPolicyOnOpenConnections) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  ASSERT_EQ(call("amf1", "nrf1").ask(reading())->status, 200);
  ASSERT_TRUE(apply("@id(\"closed\") forbid (principal, action, resource);"));
  EXPECT_EQ(caller->ask(reading())->status, 403);
  EXPECT_EQ(evidence.records.back().rule, "closed");
}

// A request goes on under the snapshot it was judged by, and that snapshot lives until then.
TEST_F(Listeners, FinishUnderTheSnapshotThatJudged) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  evidence.mode = TestEvidence::Mode::hold;
  const auto place = call("amf1", "nrf1").send(reading());
  ASSERT_TRUE(run_until(loop, [&] { return evidence.records.size() == 1; }));
  ASSERT_TRUE(apply("forbid (principal, action, resource);"));
  evidence.release();
  EXPECT_EQ(caller->answer(place)->status, 200);
  EXPECT_EQ(nrf.requests.size(), 1U);
}

class SharedListener : public Listeners {
 protected:
  SharedListener() {
    shared_listen = free_endpoint();
    start();
  }
  Result<wire::Response> ask(const std::string& authority) {
    return call_at(*shared_listen, "amf1", "nrf1").ask(get(authority, "/nnrf-nfm/v1/nf-instances"));
  }
};

TEST_F(SharedListener, TellsProducersApartByAuthority) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  EXPECT_EQ(ask("nrf1.5gc.test:7777")->body, "nrf1");
  EXPECT_EQ(ask("udm1.5gc.test")->status, 404);
  EXPECT_EQ(evidence.records.back().rule, "service-not-here");
  EXPECT_EQ(ask("smf9.5gc.test")->status, 404);
  EXPECT_EQ(evidence.records.back().rule, "producer-unknown");
}

TEST_F(SharedListener, StaysSharedWhateverAnInventorySays) {
  network.nfs[1].listen = *shared_listen;
  ASSERT_TRUE(apply());
  behind("nrf1");
  EXPECT_EQ(ask("smf9.5gc.test")->status, 404);
  EXPECT_EQ(ask("nrf1")->status, 200);
  network.remove("nrf1");
  ASSERT_TRUE(apply());
  EXPECT_TRUE(std::ranges::contains(proxy->listening(), *shared_listen));
}

class Cleartext : public ProxyTest {
 protected:
  Cleartext() {
    cleartext = true;
    start();
  }
  wire::Request plain() {
    auto request = reading();
    request.scheme = "http";
    return request;
  }
};

TEST_F(Cleartext, TellsCallersApartByAddress) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  EXPECT_EQ(call("amf1", "nrf1").ask(plain())->status, 200);
  EXPECT_EQ(evidence.records.back().caller_name, "amf1");
  EXPECT_EQ(evidence.records.back().certificate, "");
  EXPECT_EQ(call("udm1", "nrf1").ask(plain())->status, 200);
  EXPECT_EQ(evidence.records.back().caller_name, "udm1");
  TestCaller stranger(loop, network.nf("nrf1").listen, {nullptr, "", "127.0.0.99"});
  EXPECT_EQ(stranger.ask(plain())->status, 403);
  EXPECT_EQ(evidence.records.back().rule, "identity-unknown-address");
  EXPECT_EQ(nrf.requests.size(), 2U);
}

class Drain : public ProxyTest {};

TEST_F(Drain, IsDoneAtOnceWhenNothingIsOpen) {
  ASSERT_TRUE(apply());
  bool done = false;
  proxy->drain(std::chrono::minutes(1), [&](std::size_t) { done = true; });
  EXPECT_FALSE(done);  // from the loop
  EXPECT_TRUE(run_until(loop, [&] { return done; }));
  EXPECT_FALSE(connect_tcp_blocking(network.nf("nrf1").listen, std::chrono::seconds(10)));
}

TEST_F(Drain, LetsOpenRequestsFinishAndTheirAnswersLeave) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  evidence.mode = TestEvidence::Mode::hold;
  const auto place = call("amf1", "nrf1").send(reading());
  ASSERT_TRUE(run_until(loop, [&] { return evidence.records.size() == 1; }));
  bool done = false;
  proxy->drain(std::chrono::minutes(1), [&](std::size_t cut) {
    EXPECT_EQ(cut, 0U);
    done = true;
    proxy.reset();  // as a process that ends: nothing is sent any more
  });
  settle();
  EXPECT_FALSE(done);
  evidence.release();
  EXPECT_EQ(caller->answer(place)->status, 200);
  EXPECT_TRUE(run_until(loop, [&] { return done; }));
}

}  // namespace
}  // namespace cordon::enforcement
