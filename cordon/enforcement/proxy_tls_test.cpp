// Certificates that change, end or are withdrawn while connections are open.
#include <gtest/gtest.h>

#include "cordon/enforcement/test_proxy.h"
#include "cordon/wire/json.h"

namespace cordon::enforcement {
namespace {

using namespace test;

class OpenConnection : public ProxyTest {
 protected:
  wire::Request reading() { return get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances"); }
  int status(TestCaller& from) {
    const auto got = from.ask(reading());
    return got ? got->status : 0;
  }
  TlsSet set_with(const crypto::TlsSettings& settings) {
    TlsSet set;
    set.server = server(settings);
    set.client = client(settings);
    return set;
  }
  std::string rule() const { return evidence.records.empty() ? "" : evidence.records.back().rule; }
};

TEST_F(OpenConnection, GoesOnWhileNewOnesGetTheNewCertificate) {
  ASSERT_TRUE(apply());
  auto& nrf = behind("nrf1");
  std::vector<std::pair<std::weak_ptr<wire::ServerConnection>, std::int32_t>> held;
  nrf.answer = [&](wire::ServerConnection& connection, std::int32_t stream) {
    held.emplace_back(connection.weak_from_this(), stream);
  };
  auto& old = call("amf1", "nrf1");
  const auto place = old.send(reading());
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 1; }));

  const auto next = network.tls_of_proxy();
  proxy->use_tls(set_with(next));
  const auto keeper = std::move(caller);  // the old connection, with its request under way
  auto& fresh = call("udm1", "nrf1");
  const auto second = fresh.send(reading());
  ASSERT_TRUE(run_until(loop, [&] { return held.size() == 2; }));
  const auto* tls = dynamic_cast<crypto::TlsStream*>(&fresh.connection->stream());
  EXPECT_EQ(tls->peer_certificate()->thumbprint(), next.chain.front().thumbprint());

  for (const auto& [connection, stream] : held) connection.lock()->respond(stream, {200, {}, "nrf1"});
  EXPECT_EQ(old.answer(place)->status, 200);
  EXPECT_EQ(fresh.answer(second)->status, 200);
  EXPECT_EQ(nrf.accepted, 2);
  nrf.answer = [](wire::ServerConnection& connection, std::int32_t stream) {
    connection.respond(stream, {200, {}, "nrf1"});
  };
  EXPECT_EQ(status(old), 200);  // the connection itself was not touched
  EXPECT_EQ(nrf.accepted, 3);   // but towards the NF the new certificate is shown
}

TEST_F(OpenConnection, IsRefusedWhenItsAnchorIsGone) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  auto& amf = call("amf1", "nrf1");
  ASSERT_EQ(status(amf), 200);
  const crypto::TestAuthority another(system_clock().now());
  auto settings = network.tls_of_proxy();
  settings.anchors = {another.certificate()};
  auto set = set_with(settings);
  proxy->use_tls(std::move(set));
  ASSERT_TRUE(run_until(loop, [&] { return amf.closed; }));
  EXPECT_EQ(nrf.requests.size(), 1U);
}

TEST_F(OpenConnection, OfAWithdrawnInstanceIsRefusedAndThenCut) {
  ASSERT_TRUE(apply());
  const auto& nrf = behind("nrf1");
  auto& amf = call("amf1", "nrf1");
  ASSERT_EQ(status(amf), 200);
  network.more_inventory = std::format("revoked: [{{instance: {}, because: stolen}}]\n", kAmf);
  ASSERT_TRUE(apply());
  const auto got = amf.ask(reading());
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->status, 403);
  EXPECT_EQ(rule(), "identity-revoked");
  EXPECT_TRUE(wire::parse_json(got->body)->find("detail")->text().contains("is withdrawn: stolen"));
  ASSERT_TRUE(run_until(loop, [&] { return amf.closed; }));
  EXPECT_EQ(nrf.requests.size(), 1U);
}

TEST_F(OpenConnection, OfAWithdrawnCertificateIsCutAndTheNextCertificateLetIn) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  auto& amf = call("amf1", "nrf1");
  ASSERT_EQ(status(amf), 200);
  network.more_inventory = std::format("revoked: [{{thumbprint: {}}}]\n", evidence.records.back().certificate);
  ASSERT_TRUE(apply());
  ASSERT_TRUE(run_until(loop, [&] { return amf.closed; }));
  EXPECT_EQ(status(call("amf1", "nrf1")), 200);  // a new certificate of the same NF
}

TEST_F(OpenConnection, ToAWithdrawnProducerIsCutToo) {
  ASSERT_TRUE(apply());
  auto& nrf = producers["nrf1"];
  const auto settings = network.tls_of("nrf1");
  nrf = std::make_unique<TestProducer>(loop, network.nf("nrf1"), server(settings));
  auto& amf = call("amf1", "nrf1");
  ASSERT_EQ(status(amf), 200);
  network.more_inventory = std::format("revoked: [{{serial: \"{}\"}}]\n", settings.chain.front().serial());
  ASSERT_TRUE(apply());
  ASSERT_TRUE(run_until(loop, [&] { return nrf->connections.front().expired(); }));
  EXPECT_EQ(status(amf), 502);
  EXPECT_EQ(nrf->requests.size(), 1U);
}

TEST_F(OpenConnection, UnderTheWrongAnchorIsRefused) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  auto set = set_with(network.tls_of_proxy());
  set.networks = {{network.authority.certificate().thumbprint(), {"00101"}}};
  proxy->use_tls(std::move(set));
  EXPECT_EQ(status(call("amf1", "nrf1")), 403);
  EXPECT_EQ(rule(), "identity-wrong-anchor");
}

TEST_F(OpenConnection, MayFollowAResumedSession) {
  auto settings = network.tls_of_proxy();
  settings.resumption = true;
  ASSERT_TRUE(apply());
  behind("nrf1");
  proxy->use_tls(set_with(settings));
  auto own = network.tls_of("amf1");
  own.resumption = true;
  const TestCaller::From from{client(own), network.nf("nrf1").dns(), ""};
  caller = std::make_unique<TestCaller>(loop, network.nf("nrf1").listen, from);
  ASSERT_EQ(status(*caller), 200);
  caller = std::make_unique<TestCaller>(loop, network.nf("nrf1").listen, from);
  ASSERT_EQ(status(*caller), 200);
  EXPECT_TRUE(metrics.text().contains("cordon_tls_handshakes_total{kind=\"full\"} 1"));
  EXPECT_TRUE(metrics.text().contains("cordon_tls_handshakes_total{kind=\"resumed\"} 1"));
  EXPECT_EQ(evidence.records.back().caller_name, "amf1");
  EXPECT_EQ(evidence.records.back().certificate, own.chain.front().thumbprint());
  // What was withdrawn meanwhile does not come back with a ticket.
  network.more_inventory = std::format("revoked: [{{instance: {}}}]\n", kAmf);
  ASSERT_TRUE(apply());
  caller = std::make_unique<TestCaller>(loop, network.nf("nrf1").listen, from);
  EXPECT_EQ(status(*caller), 403);
  EXPECT_EQ(rule(), "identity-revoked");
  EXPECT_TRUE(metrics.text().contains("cordon_tls_handshakes_total{kind=\"resumed\"} 2"));
}

TEST_F(OpenConnection, ToAProducerIsResumedToo) {
  auto settings = network.tls_of_proxy();
  settings.resumption = true;
  ASSERT_TRUE(apply());
  proxy->use_tls(set_with(settings));
  auto& nrf = producers["nrf1"];
  auto producer = network.tls_of("nrf1");
  producer.resumption = true;
  nrf = std::make_unique<TestProducer>(loop, network.nf("nrf1"), server(producer));
  ASSERT_EQ(status(call("amf1", "nrf1")), 200);
  ASSERT_EQ(status(call("udm1", "nrf1")), 200);  // another caller, so another connection
  const auto resumed = [&](std::size_t request) {
    const auto connection = nrf->connections[request].lock();
    return dynamic_cast<crypto::TlsStream&>(connection->stream()).facts().resumed;
  };
  EXPECT_FALSE(resumed(0));
  EXPECT_TRUE(resumed(1));
}

TEST_F(OpenConnection, IsNotOneOfTooManyHandshakes) {
  ASSERT_TRUE(apply());
  behind("nrf1");
  std::vector<Fd> silent;
  const auto at = network.nf("nrf1").listen;
  for (int i = 0; i < 64; ++i) silent.push_back(connect_tcp(at, "127.0.0.77").value());
  ASSERT_TRUE(run_until(loop, [&] { return metrics.text().contains("cordon_connections 64"); }));
  const auto one_more = connect_tcp(at, "127.0.0.77").value();
  ASSERT_TRUE(run_until(loop, [&] { return metrics.text().contains("kind=\"too_many\"} 1"); }));
  EXPECT_EQ(status(call("amf1", "nrf1")), 200);  // from another address
  silent.clear();
  ASSERT_TRUE(run_until(loop, [&] { return metrics.text().contains("kind=\"failed\"} 64"); }));
}

TEST(HandshakeLimit, ForgetsAddressesThatAreDone) {
  HandshakeLimit limit(2);
  EXPECT_TRUE(limit.enter("a") && limit.enter("a") && limit.enter("b"));
  EXPECT_FALSE(limit.enter("a"));
  limit.leave("a");
  EXPECT_TRUE(limit.enter("a"));
  for (const auto* address : {"a", "a", "b", "nobody"}) limit.leave(address);
  EXPECT_EQ(limit.addresses(), 0U);
}

}  // namespace
}  // namespace cordon::enforcement
