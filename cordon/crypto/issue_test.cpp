#include <gtest/gtest.h>

#include "cordon/crypto/certificate.h"
#include "cordon/crypto/openssl.h"
#include "cordon/crypto/test_authority.h"

namespace cordon::crypto {
namespace {

constexpr WallTime kNow{std::chrono::seconds{1'790'000'000}};

IssueRequest amf() {
  auto request = TestAuthority::nf("f990ed9a-e555-41f1-9dea-7f66d0edecbf", "amf1.5gc.mnc070.mcc999.3gppnetwork.org");
  request.nf_types = {"NRF", "AMF"};
  request.ip_addresses = {"127.0.1.5", "::1"};
  request.now = kNow;
  return request;
}

TEST(Issue, PutsTheProfileIntoALeaf) {
  const TestAuthority authority(kNow);
  const auto leaf = authority.issue_for(amf()).certificate;
  EXPECT_EQ(leaf.subject(), "CN=amf1.5gc.mnc070.mcc999.3gppnetwork.org");
  EXPECT_EQ(leaf.issuer(), "CN=Test authority");
  EXPECT_EQ(leaf.uris(), std::vector<std::string>{"urn:uuid:f990ed9a-e555-41f1-9dea-7f66d0edecbf"});
  EXPECT_EQ(leaf.dns_names(), std::vector<std::string>{"amf1.5gc.mnc070.mcc999.3gppnetwork.org"});
  EXPECT_EQ(leaf.ip_addresses(), (std::vector<std::string>{"127.0.1.5", "::1"}));
  EXPECT_EQ(leaf.nf_types(), (std::vector<std::string>{"AMF", "NRF"}));  // RFC 9310 4: in order
  EXPECT_TRUE(leaf.has_extended_usage("clientAuth"));
  EXPECT_TRUE(leaf.has_extended_usage("serverAuth"));
  EXPECT_FALSE(leaf.has_extended_usage("codeSigning"));
  EXPECT_FALSE(leaf.has_extended_usage("nonsense"));
  EXPECT_EQ(leaf.not_before(), kNow - std::chrono::minutes{5});
  EXPECT_EQ(leaf.not_after(), kNow + std::chrono::hours{24 * 30});
  EXPECT_EQ(leaf.serial().size(), 32U);
}

TEST(Issue, GivesEveryCertificateItsOwnSerial) {
  const TestAuthority authority(kNow);
  EXPECT_NE(authority.issue_for(amf()).certificate.serial(), authority.issue_for(amf()).certificate.serial());
}

class EverySigner : public testing::TestWithParam<KeyKind> {};
INSTANTIATE_TEST_SUITE_P(Issue, EverySigner,
                         testing::Values(KeyKind::ed25519, KeyKind::ecdsa_p256, KeyKind::ecdsa_p384,
                                         KeyKind::ml_dsa_65, KeyKind::rsa));

TEST_P(EverySigner, IssuesAChainThatVerifies) {
  const TestAuthority authority(kNow, GetParam());
  const auto leaf = authority.issue_for(amf(), GetParam());
  EXPECT_EQ(leaf.certificate.public_key().der(), leaf.key.public_key().der());
  for (const auto* purpose : {"clientAuth", "serverAuth"}) {
    const auto good = verify_chain(leaf.certificate, {}, {authority.certificate()}, kNow, purpose);
    EXPECT_TRUE(good) << good.error().message;
  }
}

struct BadRequest {
  const char* name;
  void (*spoil)(IssueRequest&);
  const char* message;
};
class Refused : public testing::TestWithParam<BadRequest> {};
INSTANTIATE_TEST_SUITE_P(
    Issue, Refused,
    testing::Values(
        BadRequest{"nameless",
                   [](IssueRequest& r) {
                     r.common_name.clear(), r.uris.clear(), r.dns_names.clear(), r.ip_addresses.clear();
                   },
                   "needs a name"},
        BadRequest{"long_common_name", [](IssueRequest& r) { r.common_name = std::string(65, 'a'); }, "64"},
        BadRequest{"control_character", [](IssueRequest& r) { r.common_name = "a\nb"; }, "control"},
        BadRequest{"nul_in_common_name", [](IssueRequest& r) { r.common_name = std::string("a\0b", 3); }, "control"},
        BadRequest{"blank_uri", [](IssueRequest& r) { r.uris = {"urn:uuid:a b"}; }, "uris"},
        BadRequest{"nul_in_uri", [](IssueRequest& r) { r.uris = {std::string("urn\0x", 5)}; }, "uris"},
        BadRequest{"wildcard", [](IssueRequest& r) { r.dns_names = {"*.5gc.org"}; }, "wildcard"},
        BadRequest{"empty_dns", [](IssueRequest& r) { r.dns_names = {""}; }, "dns_names"},
        BadRequest{"address", [](IssueRequest& r) { r.ip_addresses = {"localhost"}; }, "ip_addresses"},
        BadRequest{"lower_case_type", [](IssueRequest& r) { r.nf_types = {"amf"}; }, "NF type"},
        BadRequest{"long_type", [](IssueRequest& r) { r.nf_types = {std::string(33, 'A')}; }, "NF type"},
        BadRequest{"many_types",
                   [](IssueRequest& r) {
                     for (int i = 0; i < 65; ++i) r.nf_types.push_back(std::format("X{}", i));
                   },
                   "64"},
        BadRequest{"no_lifetime", [](IssueRequest& r) { r.lifetime = {}; }, "lifetime"},
        BadRequest{"no_key", [](IssueRequest& r) { r.public_key = {}; }, "no public key"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(Refused, WithAMessageThatNamesTheField) {
  const TestAuthority authority(kNow);
  auto request = amf();
  request.public_key = PrivateKey::generate(KeyKind::ed25519)->public_key();
  GetParam().spoil(request);
  const auto refused = issue(request, authority.certificate(), authority.key());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(GetParam().message), std::string::npos) << refused.error().message;
}

TEST(Issue, RefusesAnIssuerThatMayNotIssue) {
  const TestAuthority authority(kNow);
  const auto leaf = authority.issue_for(amf());
  auto request = amf();
  request.public_key = PrivateKey::generate(KeyKind::ed25519)->public_key();
  EXPECT_NE(issue(request, leaf.certificate, leaf.key).error().message.find("authority"), std::string::npos);
  EXPECT_NE(issue(request, authority.certificate(), leaf.key).error().message.find("does not belong"),
            std::string::npos);
  EXPECT_FALSE(issue(request, authority.certificate(), PrivateKey()));
  EXPECT_NE(issue(request, {}, leaf.key).error().message.find("self-signed"), std::string::npos);
}

TEST(Issue, MakesTheNamesCriticalWhenTheSubjectIsEmpty) {
  const TestAuthority authority(kNow);
  auto request = amf();
  request.common_name.clear();
  const auto leaf = authority.issue_for(request).certificate;
  const X509* raw = CertificateAccess::raw(leaf);
  const int place = X509_get_ext_by_NID(raw, NID_subject_alt_name, -1);
  EXPECT_EQ(X509_EXTENSION_get_critical(X509_get_ext(raw, place)), 1);
  EXPECT_TRUE(verify_chain(leaf, {}, {authority.certificate()}, kNow, "clientAuth"));
}

TEST(Issue, EncodesLongTypeListsSoThatTheyReadBack) {
  const TestAuthority authority(kNow);
  for (const int count : {1, 5, 10, 20, 64}) {
    auto request = amf();
    request.nf_types.clear();
    for (int i = 0; i < count; ++i) request.nf_types.push_back(std::format("TYPE_{:02}_OF_MANY", i));
    EXPECT_EQ(authority.issue_for(request).certificate.nf_types(), request.nf_types);
  }
}

}  // namespace
}  // namespace cordon::crypto
