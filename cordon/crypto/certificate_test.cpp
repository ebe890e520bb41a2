#include "cordon/crypto/certificate.h"

#include <gtest/gtest.h>

#include "cordon/crypto/openssl.h"
#include "cordon/crypto/test_authority.h"

namespace cordon::crypto {
namespace {

constexpr WallTime kNow{std::chrono::seconds{1'790'000'000}};

using OwnedOctets = Owned<ASN1_OCTET_STRING, &ASN1_OCTET_STRING_free>;
using OwnedObject = Owned<ASN1_OBJECT, &ASN1_OBJECT_free>;

// A self-signed certificate with whatever is added to it: what issue() would refuse to make.
template <class Add>
Certificate forged(Add add) {
  const OwnedKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  OwnedCertificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 0xabc);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), 1'790'000'000);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), 1'790'000'100);
  X509_set_pubkey(certificate.get(), key.get());
  add(certificate.get());
  X509_sign(certificate.get(), key.get(), nullptr);
  return Certificate::from_der(CertificateAccess::wrap(std::move(certificate)).der()).value();
}

void add_extension(X509* certificate, const char* id, const Bytes& content) {
  const OwnedOctets octets(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(octets.get(), content.data(), static_cast<int>(content.size()));
  const OwnedObject object(OBJ_txt2obj(id, 1));
  const OwnedExtension extension(X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, octets.get()));
  X509_add_ext(certificate, extension.get(), -1);
}

constexpr auto* kAlternativeNames = "2.5.29.17";
constexpr auto* kNfTypes = "1.3.6.1.5.5.7.1.34";

Bytes hex(std::string_view text) { return from_hex(text).value(); }

Certificate with_extension(const char* id, const Bytes& content) {
  return forged([&](X509* certificate) { add_extension(certificate, id, content); });
}

TEST(Certificate, LeavesOutNamesWithNulBlanksAndOtherOctets) {
  // GeneralNames: dNSName "a\0b", dNSName "a b", dNSName "A.b", URI "u\0", URI "u:1", dNSName "\xe9", dNSName ""
  const auto names = with_extension(kAlternativeNames, hex("301d820361006282036120628203412e628602750086"
                                                           "03753a318201e98200"));
  EXPECT_EQ(names.dns_names(), std::vector<std::string>{"a.b"});
  EXPECT_EQ(names.uris(), std::vector<std::string>{"u:1"});
}

TEST(Certificate, LeavesOutAddressesOfAStrangeLength) {
  const auto names = with_extension(kAlternativeNames, hex("300b87047f00000187037f0000"));
  EXPECT_EQ(names.ip_addresses(), std::vector<std::string>{"127.0.0.1"});
}

TEST(Certificate, HasNoNamesWhenTheExtensionIsMalformed) {
  const auto broken = with_extension(kAlternativeNames, hex("30ff"));
  EXPECT_TRUE(broken.uris().empty());
  EXPECT_TRUE(broken.dns_names().empty());
  EXPECT_TRUE(broken.ip_addresses().empty());
}

TEST(Certificate, HasNoNamesWhenTheExtensionIsThereTwice) {
  const auto doubled = forged([](X509* certificate) {
    add_extension(certificate, kAlternativeNames, hex("30058203412e62"));
    add_extension(certificate, kAlternativeNames, hex("30058203412e63"));
  });
  EXPECT_TRUE(doubled.dns_names().empty());
}

TEST(Certificate, HasNoTypesWithoutTheExtension) {
  EXPECT_TRUE(forged([](X509*) {}).nf_types().empty());
}

TEST(Certificate, ReadsNfTypes) {
  EXPECT_EQ(with_extension(kNfTypes, hex("300a1603414d4616034e5246")).nf_types(),
            (std::vector<std::string>{"AMF", "NRF"}));
}

class MalformedTypes : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Certificate, MalformedTypes,
                         testing::Values("", "30", "3000", "0c03414d46", "30051603414d",
                                         "30050c03414d46",    // UTF8String
                                         "30051603410046",    // NUL inside
                                         "30021600",          // empty name
                                         "30051603616d66",    // lower case
                                         "30051603414d4600",  // bytes after the end
                                         "30231621"
                                         "414141414141414141414141414141414141414141414141"
                                         "414141414141414141"));  // 33 letters

// One empty name matches no type: whoever asks for a type gets a refusal.
TEST_P(MalformedTypes, ReadAsOneEmptyName) {
  EXPECT_EQ(with_extension(kNfTypes, hex(GetParam())).nf_types(), std::vector<std::string>{""});
}

TEST(Certificate, ReadsTypesThatAreThereTwiceAsMalformed) {
  const auto doubled = forged([](X509* certificate) {
    add_extension(certificate, kNfTypes, hex("30051603414d46"));
    add_extension(certificate, kNfTypes, hex("300516034e5246"));
  });
  EXPECT_EQ(doubled.nf_types(), std::vector<std::string>{""});
}

TEST(Certificate, EscapesWhatWouldSpoilALogLine) {
  const auto odd = forged([](X509* certificate) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               as_bytes("a\nb\xc3\xa9,c").data(), 7, -1, 0);
  });
  EXPECT_EQ(odd.subject(), "CN=a\\0Ab\\C3\\A9\\,c");
  EXPECT_EQ(odd.serial(), "0abc");
}

TEST(Certificate, MovesTimesBeyondTheClockToItsEdge) {
  const auto eternal = forged([](X509* certificate) {
    ASN1_TIME_set_string(X509_getm_notBefore(certificate), "16000101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z");  // RFC 5280 4.1.2.5
  });
  EXPECT_EQ(eternal.not_before(), WallTime::min());
  EXPECT_EQ(eternal.not_after(), WallTime::max());
}

TEST(Certificate, ReadsTimesToTheSecond) {
  const auto brief = forged([](X509*) {});
  EXPECT_EQ(brief.not_before(), kNow);
  EXPECT_EQ(brief.not_after(), kNow + std::chrono::seconds{100});
}

TEST(Certificate, SurvivesPemAndDer) {
  const auto certificate = TestAuthority(kNow).certificate();
  EXPECT_EQ(Certificate::from_pem(certificate.pem()).value().der(), certificate.der());
  EXPECT_EQ(Certificate::from_der(certificate.der()).value().thumbprint(), certificate.thumbprint());
  EXPECT_EQ(certificate.thumbprint().size(), 64U);
}

TEST(Certificate, ReadsAChainAndPassesOverAKeyInTheSameFile) {
  const TestAuthority authority(kNow);
  const auto leaf = authority.issue_for(TestAuthority::nf("x", "amf1"));
  const auto text = "A comment\n" + leaf.certificate.pem() + leaf.key.pem() + authority.certificate().pem();
  const auto chain = Certificate::chain_from_pem(text);
  ASSERT_TRUE(chain) << chain.error().message;
  ASSERT_EQ(chain->size(), 2U);
  EXPECT_EQ(chain->front().thumbprint(), leaf.certificate.thumbprint());
  EXPECT_EQ(chain->back().thumbprint(), authority.certificate().thumbprint());
  EXPECT_EQ(Certificate::from_pem(text)->thumbprint(), leaf.certificate.thumbprint());
}

TEST(Certificate, RefusesBytesThatAreNoCertificate) {
  EXPECT_FALSE(Certificate::from_der({}));
  EXPECT_FALSE(Certificate::from_der(to_bytes("hello")));
  EXPECT_FALSE(Certificate::from_der(Bytes(100'000)));
  EXPECT_FALSE(Certificate::from_pem(""));
  EXPECT_FALSE(Certificate::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(Certificate::from_pem("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(Certificate::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n"));
  EXPECT_FALSE(Certificate::chain_from_pem(std::string(5U << 20, ' ')));
  auto der = TestAuthority(kNow).certificate().der();
  der.push_back(0);
  EXPECT_NE(Certificate::from_der(der).error().message.find("after its end"), std::string::npos);
}

TEST(Certificate, RefusesTooManyInOneText) {
  const auto pem = TestAuthority(kNow).certificate().pem();
  std::string many;
  for (int i = 0; i < 257; ++i) many += pem;
  EXPECT_NE(Certificate::chain_from_pem(many).error().message.find("256"), std::string::npos);
  EXPECT_TRUE(Certificate::from_pem(many));
}

TEST(Certificate, AnswersNothingWhenEmpty) {
  const Certificate empty;
  EXPECT_FALSE(empty);
  EXPECT_EQ(empty.pem() + empty.subject() + empty.issuer() + empty.serial() + empty.thumbprint(), "");
  EXPECT_TRUE(empty.der().empty());
  EXPECT_TRUE(empty.uris().empty());
  EXPECT_TRUE(empty.nf_types().empty());
  EXPECT_FALSE(empty.has_extended_usage("clientAuth"));
  EXPECT_FALSE(empty.public_key());
  EXPECT_GT(empty.not_before(), empty.not_after());
}

}  // namespace
}  // namespace cordon::crypto
