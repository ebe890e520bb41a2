#include "cordon/neighbours/callers.h"

#include "cordon/neighbours/test_adviser.h"

namespace cordon::neighbours {
namespace {

using test::escaped;

class CallersTest : public testing::Test {
 protected:
  CallersTest() {
    enforcement::TlsSet trust;
    trust.server = crypto::TlsContext::server(network.tls_of_proxy()).value();
    callers.use(std::move(trust));
  }
  const enforcement::Sender& shown(const std::string& text, WallTime at = system_clock().now()) {
    return callers.by_certificate(text, protection->inventory, at);
  }
  std::string certificate_of(const std::string& name) const { return network.tls_of(name).chain.front().pem(); }

  enforcement::test::TestNetwork network;
  std::shared_ptr<const enforcement::Protection> protection = network.protection();
  Callers callers{{}};
};

TEST_F(CallersTest, AVerifiedCertificateIsAnNfOfTheInventory) {
  const auto& sender = shown(escaped(certificate_of("amf1")));
  ASSERT_TRUE(sender.nf) << sender.unidentified.message;
  EXPECT_EQ(sender.nf->name, "amf1");
  EXPECT_EQ(sender.proof.anchor, network.authority.certificate().thumbprint());
  EXPECT_LT(sender.proof.until, WallTime::max());
  EXPECT_TRUE(shown(certificate_of("udm1")).nf) << "also without encoding";
}

TEST_F(CallersTest, OthersAreNobody) {
  const enforcement::test::TestNetwork other;
  EXPECT_EQ(shown("").unidentified.rule, "identity-no-certificate");
  EXPECT_EQ(shown("%4").unidentified.rule, "identity-no-certificate");
  EXPECT_EQ(shown("%zz").unidentified.message.find("%zz"), std::string::npos) << "not in our sentences";
  EXPECT_EQ(shown(std::string(70'000, 'A')).unidentified.rule, "identity-no-certificate");
  const auto foreign = other.tls_of("amf1").chain.front().pem();
  EXPECT_EQ(shown(escaped(foreign)).unidentified.rule, "identity-untrusted");
  const auto unlisted =
      network.authority.issue_for(crypto::TestAuthority::nf("11111111-e555-41f1-9dea-7f66d0edecbf", "x.5gc.test"));
  EXPECT_EQ(shown(escaped(unlisted.certificate.pem())).unidentified.rule, "identity-unknown-instance");
}

TEST_F(CallersTest, WhoIsKnownIsVerifiedAgainAfterAMinute) {
  const auto text = escaped(certificate_of("amf1"));
  const auto now = system_clock().now();
  const auto end = network.authority.certificate().not_after();
  EXPECT_TRUE(shown(text, now).nf);
  EXPECT_TRUE(shown(text, now + std::chrono::seconds(59)).nf);
  EXPECT_EQ(shown(text, end).unidentified.rule, "identity-untrusted");
}

TEST_F(CallersTest, OtherAnchorsCountAtOnce) {
  const auto text = escaped(certificate_of("amf1"));
  EXPECT_TRUE(shown(text).nf);
  const enforcement::test::TestNetwork other;
  enforcement::TlsSet trust;
  trust.server = crypto::TlsContext::server(other.tls_of_proxy()).value();
  callers.use(std::move(trust));
  EXPECT_EQ(shown(text).unidentified.rule, "identity-untrusted");
  callers.use({});
  EXPECT_EQ(shown(text).unidentified.rule, "identity-untrusted") << "no anchors at all";
}

// TS 33.501 5.9.3.2, as for connections of our own.
TEST_F(CallersTest, AnAnchorSpeaksForItsNetworksOnly) {
  enforcement::TlsSet trust;
  trust.server = crypto::TlsContext::server(network.tls_of_proxy()).value();
  trust.networks[network.authority.certificate().thumbprint()] = {"00101"};
  callers.use(std::move(trust));
  EXPECT_EQ(shown(escaped(certificate_of("amf1"))).unidentified.rule, "identity-wrong-anchor");
}

TEST_F(CallersTest, PrincipalsAreInstances) {
  const auto& inventory = protection->inventory;
  const auto rule = [&](const std::string& principal) {
    return by_principal(principal, inventory).unidentified.rule;
  };
  const std::string amf = enforcement::test::kAmf;
  EXPECT_EQ(by_principal("urn:uuid:" + amf, inventory).nf->name, "amf1");
  EXPECT_EQ(rule(""), "identity-no-certificate");
  EXPECT_EQ(rule("spiffe://cluster/amf"), "identity-no-instance");
  EXPECT_EQ(rule("urn:uuid:" + amf + "x"), "identity-no-instance");
  EXPECT_EQ(rule("urn:uuid:11111111-e555-41f1-9dea-7f66d0edecbf"), "identity-unknown-instance");
  network.more_inventory = std::format("revoked:\n  - {{instance: {}, because: stolen}}\n", amf);
  const auto later = network.protection();
  EXPECT_EQ(by_principal("urn:uuid:" + amf, later->inventory).unidentified.rule, "identity-revoked");
}

TEST(UnescapeTest, UndoesUrlEncodingOnce) {
  EXPECT_EQ(unescape("a%2Bb%0a+c%25"), "a+b\n+c%");
  EXPECT_FALSE(unescape("%"));
  EXPECT_FALSE(unescape("%a"));
  EXPECT_FALSE(unescape("%g0"));
}

}  // namespace
}  // namespace cordon::neighbours
