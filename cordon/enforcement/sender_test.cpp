#include "cordon/enforcement/sender.h"

#include <gtest/gtest.h>

#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement {
namespace {

using namespace test;

identity::Inventory inventory() {
  return identity::Inventory::parse(R"(nfs:
  - {instance: f990ed9a-e555-41f1-9dea-7f66d0edecbf, type: AMF, name: amf1, dns: [amf1.5gc.test],
     listen: "127.0.1.5:7777", upstream: "127.0.0.5:7777"}
  - {instance: f97352f8-e555-41f1-9f59-65bd764bf60d, type: NRF, name: nrf1, dns: [nrf1.5gc.test, nrf.5gc.test],
     listen: "[::1]:7777", upstream: "[::2]:7777"}
  - {instance: f9953e2c-e555-41f1-bd8b-2941ce299b45, type: UDM, name: client, dns: [client.5gc.test]}
)",
                                    "inventory.yaml")
      .value();
}

std::string name_of(const identity::ExpectedNf* nf) { return nf ? nf->name : "nobody"; }

TEST(Sender, IsKnownByItsAddressInACleartextLaboratory) {
  const auto listed = inventory();
  const auto who = [&](std::string address) {
    Sender sender;
    sender.address = std::move(address);
    identify_by_address(sender, listed);
    return sender.nf ? sender.nf->name : sender.unidentified.rule;
  };
  EXPECT_EQ(who("127.0.0.5:40001"), "amf1");
  EXPECT_EQ(who("[::2]:40001"), "nrf1");
  EXPECT_EQ(who("127.0.1.5:40001"), "identity-unknown-address");  // Cordon's own listener is nobody's address
  EXPECT_EQ(who("127.0.0.50:40001"), "identity-unknown-address");
  EXPECT_EQ(who(""), "identity-unknown-address");
}

TEST(Sender, IsForgottenWhenItsAddressIsNoLongerListed) {
  const auto listed = inventory();
  Sender sender;
  sender.address = "127.0.0.5:40001";
  identify_by_address(sender, listed);
  ASSERT_NE(sender.nf, nullptr);
  identify_by_address(sender, identity::Inventory());
  EXPECT_EQ(sender.nf, nullptr);
  EXPECT_TRUE(sender.unidentified.message.contains("127.0.0.5"));
}

TEST(Producer, IsFoundByItsListener) {
  const auto listed = inventory();
  EXPECT_EQ(name_of(find_by_listener(listed, {"127.0.1.5", 7777})), "amf1");
  EXPECT_EQ(name_of(find_by_listener(listed, {"::1", 7777})), "nrf1");
  EXPECT_EQ(name_of(find_by_listener(listed, {"127.0.1.5", 7778})), "nobody");
  EXPECT_EQ(name_of(find_by_listener(listed, {"127.0.0.5", 7777})), "nobody");
}

TEST(Producer, IsFoundByItsAuthority) {
  const auto listed = inventory();
  const auto find = [&](std::string_view authority) { return name_of(find_by_authority(listed, authority)); };
  EXPECT_EQ(find("amf1.5gc.test"), "amf1");
  EXPECT_EQ(find("amf1.5gc.test:7777"), "amf1");
  EXPECT_EQ(find("nrf.5gc.test:80"), "nrf1");
  EXPECT_EQ(find("nrf1"), "nrf1");
  for (const auto* nobody :
       {"", ":", "[", "[::1", "[::1]:7777", "127.0.1.5:7777", "amf1.5gc.test.", "5gc.test", "client.5gc.test"}) {
    EXPECT_EQ(find(nobody), "nobody") << nobody;
  }
}

// Two ends of one TLS connection, shaken hands; the server's end is returned.
class Handshake : public testing::Test {
 protected:
  Sender identified(const crypto::TlsSettings& client, bool demanded = true, const AnchorNetworks& networks = {}) {
    auto server = network.tls_of_proxy();
    server.require_peer = demanded;
    auto [ours, theirs] = wire::test::socket_pair();
    const auto accepted = crypto::TlsStream::accept(crypto::TlsContext::server(server).value(), std::move(ours));
    const auto caller =
        crypto::TlsStream::connect(crypto::TlsContext::client(client).value(), std::move(theirs), "cordon.5gc.test");
    const auto shaken = [&] {
      const bool one = accepted->handshake().state == StreamState::ok;
      return (caller->handshake().state == StreamState::ok) && one;
    };
    for (int turn = 0; turn < 20 && !shaken(); ++turn) {
    }
    Sender sender;
    identify_by_certificate(sender, *accepted, listed, networks);
    return sender;
  }

  TestNetwork network;
  identity::Inventory listed = identity::Inventory::parse(network.inventory(), "inventory.yaml").value();
};

TEST_F(Handshake, TellsTheNfByItsCertificate) {
  const auto settings = network.tls_of("amf1");
  const auto sender = identified(settings);
  ASSERT_NE(sender.nf, nullptr) << sender.unidentified.message;
  EXPECT_EQ(sender.nf->name, "amf1");
  EXPECT_EQ(sender.certificate, settings.chain[0].thumbprint());
  EXPECT_EQ(sender.tls.version, "TLSv1.3");
  EXPECT_FALSE(sender.tls.group.empty());
}

TEST_F(Handshake, WithAnUnlistedInstanceLeavesTheSenderUnidentified) {
  const auto sender = identified(network.tls(crypto::TestAuthority::nf(kProxyInstance, "amf1.5gc.test")));
  EXPECT_EQ(sender.nf, nullptr);
  EXPECT_EQ(sender.unidentified.rule, "identity-unknown-instance");
  EXPECT_FALSE(sender.certificate.empty());
}

// TS 33.501 5.9.3.2: who holds one PLMN's authority cannot make NFs of another.
TEST_F(Handshake, CountsOnlyUnderAnAnchorThatMaySpeakForThePlmn) {
  const auto anchor = network.authority.certificate().thumbprint();
  const std::string other(64, 'a');
  const auto rule = [&](const AnchorNetworks& networks) {
    const auto sender = identified(network.tls_of("amf1"), true, networks);
    EXPECT_EQ(sender.nf == nullptr, !sender.unidentified.rule.empty());
    return sender.unidentified.rule;
  };
  EXPECT_EQ(rule({}), "");
  EXPECT_EQ(rule({{anchor, {"99970"}}}), "");
  EXPECT_EQ(rule({{anchor, {"00101", "99970"}}}), "");
  EXPECT_EQ(rule({{anchor, {}}, {other, {"00101"}}}), "");
  EXPECT_EQ(rule({{anchor, {"00101"}}}), "identity-wrong-anchor");
  EXPECT_EQ(rule({{anchor, {"00101"}}, {other, {"99970"}}}), "identity-wrong-anchor");
  EXPECT_EQ(rule({{anchor, {}}, {other, {"99970"}}}), "identity-wrong-anchor");
  EXPECT_EQ(rule({{other, {"99970"}}}), "identity-wrong-anchor");
}

TEST_F(Handshake, OfAnNfWithoutPlmnDoesNotCountUnderATaggedAnchor) {
  auto text = network.inventory();
  while (text.contains("plmn: \"99970\", ")) text.erase(text.find("plmn: \"99970\", "), 15);
  listed = identity::Inventory::parse(text, "inventory.yaml").value();
  const auto sender =
      identified(network.tls_of("amf1"), true, {{network.authority.certificate().thumbprint(), {"99970"}}});
  EXPECT_EQ(sender.unidentified.rule, "identity-wrong-anchor");
  EXPECT_TRUE(sender.unidentified.message.contains("plmn is missing"));
}

TEST_F(Handshake, KeepsUntilWhenTheCertificateHolds) {
  const auto settings = network.tls_of("amf1");
  EXPECT_EQ(identified(settings).proof.until, settings.chain[0].not_after());
}

TEST_F(Handshake, WithoutACertificateLeavesTheSenderUnidentified) {
  crypto::TlsSettings nameless;
  nameless.anchors = {network.authority.certificate()};
  const auto sender = identified(nameless, false);
  EXPECT_EQ(sender.nf, nullptr);
  EXPECT_EQ(sender.unidentified.rule, "identity-no-certificate");
  EXPECT_TRUE(sender.certificate.empty());
}

}  // namespace
}  // namespace cordon::enforcement
