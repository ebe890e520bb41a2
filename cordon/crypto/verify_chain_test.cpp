#include <gtest/gtest.h>

#include "cordon/crypto/certificate.h"
#include "cordon/crypto/openssl.h"
#include "cordon/crypto/test_authority.h"

namespace cordon::crypto {
namespace {

constexpr WallTime kNow{std::chrono::seconds{1'790'000'000}};

IssueRequest amf() { return TestAuthority::nf("f990ed9a-e555-41f1-9dea-7f66d0edecbf", "amf1.example"); }

std::string refusal(const Result<void>& result) { return result ? "no refusal" : result.error().message; }

TestIdentity intermediate(const TestAuthority& root) {
  IssueRequest request;
  request.common_name = "NF authority";
  request.authority = true;
  return root.issue_for(request);
}

TestIdentity issued_by(const TestIdentity& issuer, IssueRequest request) {
  TestIdentity identity{{}, PrivateKey::generate(KeyKind::ecdsa_p256).value()};
  request.public_key = identity.key.public_key();
  request.now = kNow;
  identity.certificate = issue(request, issuer.certificate, issuer.key).value();
  return identity;
}

TEST(VerifyChain, RefusesBeforeAndAfterTheValidity) {
  const TestAuthority authority(kNow);
  const auto leaf = authority.issue_for(amf()).certificate;
  const auto at = [&](WallTime time) {
    return refusal(verify_chain(leaf, {}, {authority.certificate()}, time, "clientAuth"));
  };
  EXPECT_NE(at(kNow - std::chrono::minutes{6}).find("not yet valid"), std::string::npos);
  EXPECT_EQ(at(leaf.not_after() - std::chrono::seconds{1}), "no refusal");
  EXPECT_NE(at(leaf.not_after() + std::chrono::seconds{1}).find("expired"), std::string::npos);
}

TEST(VerifyChain, RefusesAnUnknownIssuer) {
  const TestAuthority authority(kNow);
  const TestAuthority other(kNow);  // same name, other key
  const auto leaf = authority.issue_for(amf()).certificate;
  EXPECT_NE(refusal(verify_chain(leaf, {}, {other.certificate()}, kNow, "clientAuth")), "no refusal");
  EXPECT_NE(refusal(verify_chain(leaf, {}, {}, kNow, "clientAuth")).find("issuer"), std::string::npos);
  // An intermediate the peer sends is not an anchor.
  EXPECT_NE(refusal(verify_chain(leaf, {authority.certificate()}, {other.certificate()}, kNow, "clientAuth")),
            "no refusal");
}

TEST(VerifyChain, FindsItsWayThroughAnIntermediate) {
  const TestAuthority root(kNow);
  const auto middle = intermediate(root);
  const auto leaf = issued_by(middle, amf()).certificate;
  EXPECT_TRUE(verify_chain(leaf, {middle.certificate}, {root.certificate()}, kNow, "serverAuth"));
  EXPECT_FALSE(verify_chain(leaf, {}, {root.certificate()}, kNow, "serverAuth"));
  // RFC 5280 6.1.1: the intermediate alone may be the anchor.
  EXPECT_TRUE(verify_chain(leaf, {}, {middle.certificate}, kNow, "serverAuth"));
}

TEST(VerifyChain, HoldsAnIntermediateToItsPathLength) {
  const TestAuthority root(kNow);
  const auto middle = intermediate(root);
  IssueRequest request;
  request.common_name = "One too many";
  request.authority = true;
  const auto below = issued_by(middle, request);
  const auto leaf = issued_by(below, amf()).certificate;
  const auto refused =
      verify_chain(leaf, {middle.certificate, below.certificate}, {root.certificate()}, kNow, "clientAuth");
  EXPECT_NE(refusal(refused).find("path length"), std::string::npos) << refusal(refused);
}

TEST(VerifyChain, RefusesALeafThatSigns) {
  const TestAuthority root(kNow);
  const auto leaf = root.issue_for(amf());
  // issue() would refuse this issuer, so the certificate is signed by hand.
  const auto key = PrivateKey::generate(KeyKind::ecdsa_p256).value();
  OwnedCertificate forged(X509_dup(CertificateAccess::raw(root.issue_for(amf()).certificate)));
  X509_set_issuer_name(forged.get(), X509_get_subject_name(CertificateAccess::raw(leaf.certificate)));
  X509_set_pubkey(forged.get(), KeyAccess::raw(key));
  X509_sign(forged.get(), KeyAccess::raw(leaf.key), EVP_sha256());
  const auto bad = CertificateAccess::wrap(std::move(forged));
  EXPECT_NE(refusal(verify_chain(bad, {leaf.certificate}, {root.certificate()}, kNow, "clientAuth")), "no refusal");
}

TEST(VerifyChain, RefusesAnAuthorityAsALeafOfTheWrongPurpose) {
  const TestAuthority root(kNow);
  const auto leaf = root.issue_for(amf()).certificate;
  EXPECT_NE(refusal(verify_chain(leaf, {}, {root.certificate()}, kNow, "codeSigning")).find("clientAuth"),
            std::string::npos);
}

TEST(VerifyChain, RefusesEmptyAndOversizedInput) {
  const TestAuthority root(kNow);
  const auto leaf = root.issue_for(amf()).certificate;
  EXPECT_FALSE(verify_chain({}, {}, {root.certificate()}, kNow, "clientAuth"));
  EXPECT_FALSE(verify_chain(leaf, {}, {Certificate()}, kNow, "clientAuth"));
  EXPECT_FALSE(verify_chain(leaf, std::vector<Certificate>(17, leaf), {root.certificate()}, kNow, "clientAuth"));
}

// OpenSSL's strict mode holds a chain to RFC 5280 to the letter. Peers' home-made chains often fail it; ours must
// not.
TEST(VerifyChain, FindsNothingToBlameInOurOwnProfile) {
  const TestAuthority root(kNow);
  const auto middle = intermediate(root);
  const auto leaf = issued_by(middle, amf()).certificate;
  const Owned<X509_STORE, &X509_STORE_free> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), CertificateAccess::raw(root.certificate()));
  const OwnedChain chain(sk_X509_new_null());
  sk_X509_push(chain.get(), CertificateAccess::raw(middle.certificate));
  const Owned<X509_STORE_CTX, &X509_STORE_CTX_free> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), CertificateAccess::raw(leaf), chain.get());
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_STORE_CTX_set_time(context.get(), 0, 1'790'000'000);
  EXPECT_EQ(X509_verify_cert(context.get()), 1)
      << X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

TEST(VerifyChain, RefusesSha1) {
  const TestAuthority root(kNow);
  OwnedCertificate weak(X509_dup(CertificateAccess::raw(root.issue_for(amf()).certificate)));
  ASSERT_GT(X509_sign(weak.get(), KeyAccess::raw(root.key()), EVP_sha1()), 0);
  const auto bad = CertificateAccess::wrap(std::move(weak));
  EXPECT_NE(refusal(verify_chain(bad, {}, {root.certificate()}, kNow, "clientAuth")).find("too weak"),
            std::string::npos);
}

}  // namespace
}  // namespace cordon::crypto
