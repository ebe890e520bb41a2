#include <gtest/gtest.h>

#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {
namespace {

Result<Settings> with_tls(const std::string& tls) {
  return parse_settings("policy: p\ninventory: i\ntls:\n  certificate: c\n  key: k\n  producers: b\n" + tls,
                        "/etc/cordon/cordon.yaml");
}

TEST(TlsSection, ReadsEveryKey) {
  const auto settings = with_tls(R"(  ocsp: c.ocsp
  more_certificates:
    - {certificate: pq.pem, key: pq.key, ocsp: pq.ocsp}
    - {certificate: rsa.pem, key: rsa.key}
  callers:
    - {anchors: own.pem, plmns: ["99970", "99971"]}
    - {anchors: /srv/partner.pem, plmns: ["00101"]}
  crls: [own.crl, partner.crl]
  revocation: soft
  must_staple: true
  resumption: false
  handshakes_per_address: 7
)");
  ASSERT_TRUE(settings) << settings.error().message;
  const auto& tls = settings->tls;
  ASSERT_EQ(tls.own.size(), 3U);
  EXPECT_EQ(tls.own[0].staple, "/etc/cordon/c.ocsp");
  EXPECT_EQ(tls.own[1].key, "/etc/cordon/pq.key");
  EXPECT_TRUE(tls.own[2].staple.empty());
  ASSERT_EQ(tls.callers.size(), 2U);
  EXPECT_EQ(tls.callers[0].plmns, (std::vector<std::string>{"99970", "99971"}));
  EXPECT_EQ(tls.callers[1].file, "/srv/partner.pem");
  EXPECT_EQ(tls.crls, (std::vector<std::filesystem::path>{"/etc/cordon/own.crl", "/etc/cordon/partner.crl"}));
  EXPECT_EQ(tls.revocation, crypto::Revocation::soft);
  EXPECT_TRUE(tls.must_staple);
  EXPECT_FALSE(tls.resumption);
  EXPECT_EQ(tls.handshakes, 7U);
}

TEST(TlsSection, IsStrictByDefault) {
  const auto settings = with_tls("  callers: a\n");
  ASSERT_TRUE(settings) << settings.error().message;
  const auto& tls = settings->tls;
  EXPECT_EQ(tls.revocation, crypto::Revocation::hard);
  EXPECT_EQ(tls.lowest, crypto::TlsVersion::tls13);
  EXPECT_TRUE(tls.resumption);
  EXPECT_TRUE(tls.crls.empty());
  EXPECT_FALSE(tls.must_staple);
  EXPECT_EQ(tls.handshakes, 64U);
}

struct Wrong {
  const char* name;
  const char* tls;
  std::vector<const char*> words;
};
class WrongTls : public testing::TestWithParam<Wrong> {};
INSTANTIATE_TEST_SUITE_P(
    Each, WrongTls,
    testing::Values(
        Wrong{"NoCallers", "  groups: []\n", {"tls.callers"}},
        Wrong{"EmptyCallers", "  callers: []\n", {"callers", "nobody could call"}},
        Wrong{"AnchorsWithoutPlmns", "  callers: [{anchors: a}]\n", {"plmns", "99970"}},
        Wrong{"PlmnTwice",
              "  callers: [{anchors: a, plmns: ['99970']}, {anchors: b, plmns: ['99970']}]\n",
              {"cordon.yaml:7", "99970 is there twice", "one anchor only"}},
        Wrong{"PlmnTwiceInOne", "  callers: [{anchors: a, plmns: ['99970', '99970']}]\n", {"there twice"}},
        Wrong{"NoPlmn", "  callers: [{anchors: a, plmns: [Vodafone]}]\n", {"'Vodafone' is no MCC and MNC"}},
        Wrong{"UnknownKeyOfCallers", "  callers: [{anchors: a, plmns: ['99970'], plnm: x}]\n", {"plnm"}},
        Wrong{"KeylessCertificate",
              "  callers: a\n  more_certificates: [{certificate: c}]\n",
              {"more_certificates[0].key"}},
        Wrong{"UnknownMode", "  callers: a\n  revocation: maybe\n", {"revocation", "hard", "soft"}},
        Wrong{"NoHandshakes", "  callers: a\n  handshakes_per_address: 0\n", {"handshakes_per_address"}}),
    [](const auto& each) { return each.param.name; });

TEST_P(WrongTls, IsRefusedWithItsPlace) {
  const auto settings = with_tls(GetParam().tls);
  ASSERT_FALSE(settings);
  for (const auto* word : GetParam().words) {
    EXPECT_TRUE(settings.error().message.contains(word)) << word << " is not in: " << settings.error().message;
  }
}

}  // namespace
}  // namespace cordon::enforcement
