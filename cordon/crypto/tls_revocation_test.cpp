// Certificates that were taken back: lists (RFC 5280 5), stapled OCSP responses (RFC 6960, RFC 7633).
#include <gtest/gtest.h>

#include "cordon/crypto/ocsp.h"
#include "cordon/crypto/test_revocation.h"
#include "cordon/crypto/test_tls.h"
#include "cordon/crypto/verify_client.h"

namespace cordon::crypto {
namespace {

using namespace test;
using std::chrono::hours;

enum class List { none, fresh, outdated, future, strangers };

struct Listed {
  const char* name;
  List list;
  bool revoked;
  Revocation mode;
  const char* says;  // the server's words; "" for a good handshake
};
class Lists : public testing::TestWithParam<Listed> {};
INSTANTIATE_TEST_SUITE_P(
    Tls, Lists,
    testing::Values(
        Listed{"none", List::none, false, Revocation::hard, ""},
        Listed{"fresh_hard", List::fresh, false, Revocation::hard, ""},
        Listed{"fresh_soft", List::fresh, false, Revocation::soft, ""},
        Listed{"revoked_hard", List::fresh, true, Revocation::hard, "peer's certificate is revoked: CN=amf"},
        Listed{"revoked_soft", List::fresh, true, Revocation::soft, "peer's certificate is revoked"},
        Listed{"outdated_hard", List::outdated, false, Revocation::hard, "has expired: CN=amf"},
        Listed{"outdated_soft", List::outdated, false, Revocation::soft, ""},
        Listed{"outdated_revoked", List::outdated, true, Revocation::soft, "is revoked"},
        Listed{"future_hard", List::future, false, Revocation::hard, "not yet valid"},
        Listed{"future_soft", List::future, false, Revocation::soft, ""},
        Listed{"others_hard", List::strangers, false, Revocation::hard, "no revocation list of the issuer"},
        Listed{"others_soft", List::strangers, false, Revocation::soft, ""}),
    [](const auto& tested) { return std::string(tested.param.name); });

RevocationList made(List kind, const TestAuthority& authority, const std::vector<Certificate>& revoked) {
  const auto now = system_clock().now();
  if (kind == List::outdated) return crl(authority, revoked, now - hours(2), now - hours(1));
  if (kind == List::future) return crl(authority, revoked, now + hours(1), now + hours(2));
  return crl(authority, revoked);
}

// A leaf below an anchor of which there is no list.
TestIdentity below_another(const Parties& parties, TlsSettings& server) {
  IssueRequest request;
  request.common_name = "Another authority";
  request.authority = true;
  const auto other = parties.authority.issue_for(request);
  server.anchors.push_back(other.certificate);
  auto leaf = TestAuthority::nf(kAmf, "amf.example");
  leaf.public_key = parties.amf.key.public_key();
  leaf.now = system_clock().now();
  return {issue(leaf, other.certificate, other.key).value(), parties.amf.key};
}

TEST_P(Lists, DecideWhoComesIn) {
  const auto& listed = GetParam();
  const Parties parties;
  auto server = parties.server();
  server.revocation = listed.mode;
  auto client = parties.client();
  if (listed.list == List::strangers) client = parties.settings(below_another(parties, server));
  std::vector<Certificate> revoked;
  if (listed.revoked) revoked = {parties.amf.certificate};
  if (listed.list != List::none) server.crls = {made(listed.list, parties.authority, revoked)};
  // The same certificate shown by somebody else: the same answer.
  const auto proof =
      verify_client(*TlsContext::server(server).value(), client.chain.front(), {}, system_clock().now());
  EXPECT_EQ(proof.has_value(), *listed.says == 0);
  if (!proof) {
    EXPECT_SAYS(proof.error().message, std::string(listed.says).substr(0, std::string(listed.says).find(": CN")));
  }
  auto connection = tried(client, server);
  if (*listed.says == 0) return expect_good(connection);
  EXPECT_EQ(connection.server_state, StreamState::failed);
  EXPECT_SAYS(connection.server->error_text(), listed.says);
}

TEST(VerifyClient, SaysWhatItProvesAndWhoVouches) {
  const Parties parties;
  const auto context = TlsContext::server(parties.server()).value();
  const auto now = system_clock().now();
  const auto proof = verify_client(*context, parties.amf.certificate, {}, now).value();
  EXPECT_EQ(proof.anchor, parties.authority.certificate().thumbprint());
  EXPECT_EQ(proof.until, parties.amf.certificate.not_after());
  EXPECT_SAYS(verify_client(*context, parties.amf.certificate, {}, proof.until + hours(1)).error().message,
              "expired");
  EXPECT_SAYS(verify_client(*context, {}, {}, now).error().message, "empty");
  const TestAuthority stranger(now);
  const auto theirs = stranger.issue_for(TestAuthority::nf(kAmf, "amf.example")).certificate;
  EXPECT_FALSE(verify_client(*context, theirs, {}, now)) << "of another authority with the same name";
}

TEST(VerifyClient, NeedsTheAuthoritiesBetween) {
  const Parties parties;
  auto server = parties.server();
  IssueRequest request;
  request.common_name = "Between";
  request.authority = true;
  const auto between = parties.authority.issue_for(request);
  auto leaf = TestAuthority::nf(kAmf, "amf.example");
  leaf.public_key = parties.amf.key.public_key();
  leaf.now = system_clock().now();
  const auto certificate = issue(leaf, between.certificate, between.key).value();
  const auto context = TlsContext::server(server).value();
  EXPECT_FALSE(verify_client(*context, certificate, {}, leaf.now));
  EXPECT_TRUE(verify_client(*context, certificate, {between.certificate}, leaf.now));
}

TEST(RevocationLists, OfAnAnchorMustBeTheAnchors) {
  const Parties parties;
  const TestAuthority impostor(system_clock().now());  // of the same name
  auto server = parties.server();
  server.crls = {crl(impostor, {parties.amf.certificate})};
  EXPECT_SAYS(TlsContext::server(server).error().message, "CN=Test authority is not signed by it");
}

TEST(RevocationLists, AreHeldAgainstConnectionsThatAreOpen) {
  const Parties parties;
  const auto open = tried(parties.client(), parties.server());
  const auto& proof = open.server->proof();
  const auto now = system_clock().now();
  const auto objection = [&](TlsSettings later) {
    return TlsContext::server(later).value()->objection(parties.amf.certificate, proof, now);
  };
  auto later = parties.server();
  EXPECT_EQ(objection(later), "");
  later.crls = {crl(parties.authority, {})};
  EXPECT_EQ(objection(later), "");
  later.crls = {crl(parties.authority, {parties.amf.certificate})};
  EXPECT_EQ(objection(later), "it is on the revocation list of CN=Test authority");
  later.crls = {crl(parties.authority, {}, now - hours(2), now - hours(1))};
  EXPECT_SAYS(objection(later), "no fresh revocation list");
  later.revocation = Revocation::soft;
  EXPECT_EQ(objection(later), "");
  const Parties strangers;
  later = parties.server();
  later.anchors = {strangers.authority.certificate()};
  EXPECT_SAYS(objection(later), "no longer an anchor");
}

TEST(RevocationLists, AreReadFromPemAndDer) {
  const Parties parties;
  const auto now = system_clock().now();
  const auto pem = crl_text(parties.authority, {parties.amf.certificate}, now, now + hours(1));
  const auto two = RevocationList::from_text(pem + pem);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->size(), 2U);
  EXPECT_EQ(two->front().issuer(), "CN=Test authority");
  EXPECT_TRUE(two->front().lists(parties.amf.certificate));
  EXPECT_FALSE(two->front().lists(parties.nrf.certificate));
  EXPECT_TRUE(two->front().signed_by(parties.authority.certificate()));
  EXPECT_FALSE(two->front().signed_by(parties.amf.certificate));
  EXPECT_FALSE(two->front().fresh(now + hours(2)));
  for (const auto& bad : {std::string(), std::string("nothing"), pem.substr(0, pem.size() / 2),
                          std::string(17 << 20, 'x'), std::string("-----BEGIN X509 CRL-----\n")}) {
    EXPECT_FALSE(RevocationList::from_text(bad)) << bad.substr(0, 30);
  }
}

TEST(RevocationLists, ThatAreEmptySayNothing) {
  const RevocationList nothing;
  EXPECT_FALSE(nothing.fresh(system_clock().now()));
  EXPECT_FALSE(nothing.lists({}) || nothing.signed_by({}) || nothing.is_for({}));
  EXPECT_EQ(nothing.issuer(), "");
}

// === OCSP

struct Said {
  const char* name;
  OcspAnswer answer;
  const char* says;
};
class Staples : public testing::TestWithParam<Said> {};
INSTANTIATE_TEST_SUITE_P(Tls, Staples,
                         testing::Values(Said{"good", {}, ""},
                                         Said{"revoked", {.status = V_OCSP_CERTSTATUS_REVOKED}, "is revoked"},
                                         Said{"unknown", {.status = V_OCSP_CERTSTATUS_UNKNOWN}, "does not know"},
                                         Said{"outdated", {.until = std::chrono::seconds(-60)}, "outdated since"},
                                         Said{"future", {.since = hours(1), .until = hours(2)}, "from the future"},
                                         Said{"endless", {.endless = true}, "names no end"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(Staples, AreJudged) {
  const Parties parties;
  const auto& leaf = parties.nrf.certificate;
  const auto response = ocsp_response(GetParam().answer, leaf, parties.authority);
  const auto judged = check_staple(response, leaf, parties.authority.certificate(), system_clock().now());
  ASSERT_EQ(judged.has_value(), *GetParam().says == 0) << judged.error().message;
  if (!judged) {
    EXPECT_SAYS(judged.error().message, GetParam().says);
  }
}

TEST(Ocsp, OfOthersDoNotCount) {
  const Parties parties;
  const Parties strangers;
  const auto& leaf = parties.nrf.certificate;
  const auto& issuer = parties.authority.certificate();
  const auto now = system_clock().now();
  const auto says = [&](const Bytes& response) { return check_staple(response, leaf, issuer, now).error().message; };
  EXPECT_SAYS(says(ocsp_response({}, parties.amf.certificate, parties.authority)), "another certificate");
  EXPECT_SAYS(says(ocsp_response({}, leaf, strangers.authority)), "another certificate");
  EXPECT_SAYS(says(ocsp_response({}, leaf, issuer, strangers.authority.certificate(), strangers.authority.key())),
              "not signed by the issuer");
  // A certificate of the same authority, which did not appoint it for this (RFC 6960 4.2.2.2).
  EXPECT_SAYS(says(ocsp_response({}, leaf, issuer, parties.amf.certificate, parties.amf.key)), "not signed");
  auto spoilt = ocsp_response({}, leaf, parties.authority);
  spoilt.back() ^= 1;
  EXPECT_FALSE(check_staple(spoilt, leaf, issuer, now));
  spoilt = ocsp_response({}, leaf, parties.authority);
  spoilt.push_back(0);
  EXPECT_SAYS(says(spoilt), "malformed");
  EXPECT_SAYS(says({}), "malformed");
  EXPECT_SAYS(says(Bytes((64 << 10) + 1)), "64 KiB");
}

TEST(Ocsp, AreShownAndTaken) {
  const Parties parties;
  auto server = parties.server();
  server.staple = ocsp_response({}, parties.nrf.certificate, parties.authority);
  auto client = parties.client();
  client.must_staple = true;
  auto connection = tried(client, server);
  expect_good(connection);
}

TEST(Ocsp, AreDemandedWhenToldSo) {
  const Parties parties;
  auto client = parties.client();
  client.must_staple = true;
  auto connection = tried(client, parties.server());
  EXPECT_EQ(connection.client->error_text(), "peer shows no OCSP response, and one is demanded");
  auto outdated = parties.server();
  outdated.staple = ocsp_response({.until = std::chrono::seconds(-60)}, parties.nrf.certificate, parties.authority);
  auto other = tried(client, outdated);  // nothing is shown rather than something outdated
  EXPECT_SAYS(other.client->error_text(), "no OCSP response");
}

TEST(Ocsp, AreDemandedWhenTheCertificateSaysSo) {  // RFC 7633
  const Parties parties;
  OwnedCertificate copy(X509_dup(CertificateAccess::raw(parties.nrf.certificate)));
  const OwnedExtension feature(X509V3_EXT_conf_nid(nullptr, nullptr, NID_tlsfeature, "status_request"));
  X509_add_ext(copy.get(), feature.get(), -1);
  X509_sign(copy.get(), KeyAccess::raw(parties.authority.key()), EVP_sha256());
  const TestIdentity nrf{CertificateAccess::wrap(std::move(copy)), parties.nrf.key};
  EXPECT_TRUE(demands_staple(nrf.certificate));
  EXPECT_FALSE(demands_staple(parties.nrf.certificate));
  auto connection = tried(parties.client(), parties.settings(nrf));
  EXPECT_SAYS(connection.client->error_text(), "one is demanded");
}

TEST(Ocsp, ThatSayRevokedEndTheHandshake) {
  const Parties parties;
  const auto response =
      ocsp_response({.status = V_OCSP_CERTSTATUS_REVOKED}, parties.nrf.certificate, parties.authority);
  auto server = parties.server();
  server.staple = response;
  EXPECT_SAYS(TlsContext::server(server).error().message, "does not say that the certificate is good");
}

TEST(Ocsp, OfAnotherCertificateAreRefusedAtOnce) {
  const Parties parties;
  auto server = parties.server();
  server.staple = ocsp_response({}, parties.amf.certificate, parties.authority);
  EXPECT_SAYS(TlsContext::server(server).error().message, "CN=nrf.example: OCSP response: it is about another");
}

}  // namespace
}  // namespace cordon::crypto
