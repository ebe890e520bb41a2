// Containment cuts what is open: connections of the NF, and those made for it and to it.
#include "cordon/enforcement/test_proxy.h"

namespace cordon::enforcement {
namespace {

using namespace test;

class ProxyContainmentTest : public ProxyTest {
 protected:
  Result<void> contain(const char* instance) {
    auto snapshot = network.snapshot(kPermitAll, ++sequence);
    snapshot.contained = write_contained({{.kind = ContainedKind::nf,
                                           .what = instance,
                                           .reason = "taken over",
                                           .by = "root",
                                           .since = snapshot.issued}});
    return proxy->apply(compile(snapshot).value());
  }
  wire::Request ask() const { return get(network.nf("nrf1").dns(), "/nnrf-nfm/v1/nf-instances"); }
};

TEST_F(ProxyContainmentTest, OpenConnectionsOfTheNfEndAtOnceAndNewOnesAreRefused) {
  ASSERT_TRUE(apply());
  auto& nrf = behind("nrf1");
  auto& amf = call("amf1", "nrf1");
  ASSERT_EQ(amf.ask(ask()).value().status, 200);
  const auto upstream = nrf.connections.back();
  ASSERT_TRUE(contain(kAmf));
  EXPECT_TRUE(run_until(loop, [&] { return amf.closed && upstream.expired(); }));
  const auto refused = call("amf1", "nrf1").ask(ask()).value();
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(refused.body.contains("rule quarantined")) << refused.body;
  EXPECT_EQ(nrf.requests.size(), 1U);
}

TEST_F(ProxyContainmentTest, ARequestUnderWayIsNotAnswered) {
  ASSERT_TRUE(apply());
  auto& nrf = behind("nrf1");
  nrf.answer = [](wire::ServerConnection&, std::int32_t) {};
  auto& amf = call("amf1", "nrf1");
  const auto asked = amf.send(ask());
  ASSERT_TRUE(run_until(loop, [&] { return nrf.requests.size() == 1; }));
  ASSERT_TRUE(contain(kAmf));
  EXPECT_FALSE(amf.answer(asked));
}

TEST_F(ProxyContainmentTest, OthersGoOnAndMayNotCallTheContained) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  auto& udm = call("udm1", "nrf1");
  ASSERT_EQ(udm.ask(ask()).value().status, 200);
  ASSERT_TRUE(contain(kAmf));
  settle();
  EXPECT_FALSE(udm.closed);
  EXPECT_EQ(udm.ask(ask()).value().status, 200);
  ASSERT_TRUE(contain(kNrf));
  EXPECT_EQ(udm.ask(ask()).value().status, 503);
  ASSERT_TRUE(apply());
  EXPECT_EQ(udm.ask(ask()).value().status, 200);
}

}  // namespace
}  // namespace cordon::enforcement
