#include "cordon/tokens/assertion.h"

#include <gtest/gtest.h>

#include "cordon/tokens/test_tokens.h"

namespace cordon::tokens {
namespace {

using namespace test;

std::string signed_by(const crypto::TestIdentity& who, const Claims& claims = assertion_claims()) {
  return sign_assertion(claims, {who.certificate}, who.key).value();
}

std::string rule_of(const Checked<Assertion>& made) { return made ? "" : std::string(made.error().rule); }

TEST(Assertion, OfAConsumerIsVerified) {
  const TestPki pki;
  const auto amf = pki.of("amf1");
  const auto made = verify_assertion(signed_by(amf), pki.anchors(), inventory(), kAt);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->instance, nf("amf1").instance);
  EXPECT_EQ(to_hex(made->certificate), amf.certificate.thumbprint());
  EXPECT_FALSE(check_assertion(*made, "UDM", kAt, {}, std::chrono::hours(1)));
  EXPECT_FALSE(check_assertion(*made, "NRF", kAt, {}, std::chrono::hours(1)));
}

// TS 33.501 13.3.8: the SCAS sub-cases signature, audience, expiry, and what else can be wrong.
TEST(Assertion, RefusesWrongSignatureSubjectAndChain) {
  const TestPki pki, others;
  const auto amf = pki.of("amf1");
  const auto refused = [&](const std::string& text) {
    return rule_of(verify_assertion(text, pki.anchors(), inventory(), kAt));
  };
  auto wrong_key =
      crypto::TestIdentity{amf.certificate, crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256).value()};
  EXPECT_EQ(refused(signed_by(wrong_key)), "assertion-signature");
  EXPECT_EQ(refused(signed_by(others.of("amf1"))), "assertion-certificate");
  EXPECT_EQ(refused(signed_by(amf, assertion_claims(kUdm))), "assertion-subject");
  EXPECT_EQ(refused(signed_by(amf, assertion_claims("amf1"))), "assertion-subject");
  const auto nobody =
      pki.authority.issue_for(crypto::TestAuthority::nf("11111111-e555-41f1-9dea-7f66d0edecbf", "x.test"));
  EXPECT_EQ(refused(signed_by(nobody, assertion_claims("11111111-e555-41f1-9dea-7f66d0edecbf"))),
            "assertion-subject");
  const auto bare = crypto::sign_jws(as_bytes(to_json(assertion_claims())), {}, amf.key, crypto::JwsAlgorithm::es256);
  EXPECT_EQ(refused(*bare), "assertion-certificate");
  for (const auto* text : {"", "a.b.c", "."}) EXPECT_EQ(refused(text), "assertion-malformed") << text;
  EXPECT_EQ(refused(crypto::sign_jws(as_bytes("{}"), {.certificates = {amf.certificate}}, amf.key,
                                     crypto::JwsAlgorithm::es256)
                        .value()),
            "assertion-malformed");
}

TEST(Assertion, RefusesAnExpiredCertificate) {
  const TestPki pki;
  const auto later = kAt + std::chrono::hours(24 * 31);
  EXPECT_EQ(rule_of(verify_assertion(signed_by(pki.of("amf1")), pki.anchors(), inventory(), later)),
            "assertion-certificate");
}

// TS 33.501 5.9.3.2: anchors speak for their own PLMNs.
TEST(Assertion, RefusesAChainToTheAnchorOfAnotherNetwork) {
  const TestPki home, abroad;
  const std::vector<Anchors> anchors{{{home.authority.certificate()}, {"99970"}},
                                     {{abroad.authority.certificate()}, {"00101"}}};
  EXPECT_EQ(rule_of(verify_assertion(signed_by(home.of("amf1")), anchors, inventory(), kAt)), "");
  EXPECT_EQ(rule_of(verify_assertion(signed_by(abroad.of("amf1")), anchors, inventory(), kAt)),
            "assertion-certificate");
  const std::vector<Anchors> unsaid{{{home.authority.certificate()}}, {{abroad.authority.certificate()}, {"99970"}}};
  EXPECT_EQ(rule_of(verify_assertion(signed_by(home.of("amf1")), unsaid, inventory(), kAt)), "assertion-certificate");
}

TEST(Assertion, SaysInItsRefusalWhatIsWrong) {
  const TestPki pki;
  auto made = verify_assertion(signed_by(pki.of("amf1")), pki.anchors(), inventory(), kAt).value();
  const auto rule = [&](std::string_view audience) {
    const auto fault = check_assertion(made, audience, kAt, std::chrono::seconds(5), std::chrono::seconds(60));
    return fault ? fault->rule : "";
  };
  EXPECT_EQ(rule("AUSF"), "assertion-audience");
  made.claims.expires = kNow - 5;
  EXPECT_EQ(rule("UDM"), "assertion-time");
  made.claims.expires = kNow + 61;
  EXPECT_EQ(rule("UDM"), "assertion-time");
}

}  // namespace
}  // namespace cordon::tokens
