#include "cordon/crypto/key.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {
namespace {

class EveryKind : public testing::TestWithParam<KeyKind> {};

std::string test_name(const testing::TestParamInfo<KeyKind>& info) {
  std::string name(name_of(info.param));
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Key, EveryKind,
                         testing::Values(KeyKind::ed25519, KeyKind::ecdsa_p256, KeyKind::ecdsa_p384,
                                         KeyKind::ml_dsa_44, KeyKind::ml_dsa_65, KeyKind::rsa),
                         test_name);

TEST_P(EveryKind, SignsAndVerifiesAndRefusesChanges) {
  const auto key = PrivateKey::generate(GetParam());
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->kind().value(), GetParam());
  const auto message = to_bytes("POST /namf-comm/v1/ue-contexts");
  auto signature = key->sign(message).value();
  const auto check = key->public_key();
  EXPECT_EQ(check.kind().value(), GetParam());
  EXPECT_TRUE(check.verify(message, signature));
  EXPECT_FALSE(check.verify(to_bytes("POST /namf-comm/v1/ue-contextz"), signature));
  EXPECT_FALSE(check.verify(message, BytesView(signature).first(signature.size() - 1)));
  EXPECT_FALSE(check.verify(message, {}));
  signature[signature.size() / 2] ^= 1;
  EXPECT_FALSE(check.verify(message, signature));
  EXPECT_FALSE(PrivateKey::generate(GetParam())->public_key().verify(message, signature));
}

TEST_P(EveryKind, SignsTheEmptyMessage) {
  const auto key = PrivateKey::generate(GetParam()).value();
  EXPECT_TRUE(key.public_key().verify({}, key.sign({}).value()));
}

TEST_P(EveryKind, SurvivesPemAndDer) {
  const auto key = PrivateKey::generate(GetParam()).value();
  const auto again = PrivateKey::from_pem(key.pem());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->public_key().der(), key.public_key().der());
  const auto check = key.public_key();
  EXPECT_EQ(PublicKey::from_pem(check.pem()).value().der(), check.der());
  EXPECT_EQ(PublicKey::from_der(check.der()).value().pem(), check.pem());
}

TEST_P(EveryKind, KeepsThePrivateHalfOutOfThePublicKey) {
  const auto check = PrivateKey::generate(GetParam()).value().public_key();
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  EXPECT_NE(PEM_write_bio_PrivateKey(bio.get(), KeyAccess::raw(check), nullptr, nullptr, 0, nullptr, nullptr), 1);
  EXPECT_FALSE(openssl_reason("").empty());
}

TEST_P(EveryKind, HasANameThatReadsBack) { EXPECT_EQ(key_kind(name_of(GetParam())).value(), GetParam()); }

TEST(Key, RefusesAnUnknownNameWithTheKnownOnes) {
  EXPECT_NE(key_kind("dsa").error().message.find("ecdsa-p256"), std::string::npos);
}

TEST(Key, IsUselessWhenEmpty) {
  const PublicKey open;
  EXPECT_FALSE(open);
  EXPECT_FALSE(open.kind());
  EXPECT_FALSE(open.verify({}, {}));
  EXPECT_TRUE(open.pem().empty());
  EXPECT_TRUE(open.der().empty());
  const PrivateKey secret;
  EXPECT_FALSE(secret);
  EXPECT_FALSE(secret.kind());
  EXPECT_FALSE(secret.sign({}));
  EXPECT_TRUE(secret.pem().empty());
  EXPECT_FALSE(secret.public_key());
}

TEST(Key, HasABareFormForEd25519AndMlDsa44) {
  for (const auto& [kind, size] : {std::pair{KeyKind::ed25519, 32UZ}, std::pair{KeyKind::ml_dsa_44, 1312UZ}}) {
    const auto secret = PrivateKey::generate(kind).value();
    const auto raw = secret.public_key().raw().value();
    EXPECT_EQ(raw.size(), size);
    const auto again = PublicKey::from_raw(kind, raw).value();
    EXPECT_EQ(again.der(), secret.public_key().der());
    EXPECT_TRUE(again.verify(to_bytes("text"), secret.sign(to_bytes("text")).value()));
    EXPECT_FALSE(PublicKey::from_raw(kind, BytesView(raw).first(size - 1)));
    EXPECT_FALSE(PublicKey::from_raw(kind, {}));
  }
}

TEST(Key, HasNoBareFormForOtherKinds) {
  EXPECT_TRUE(PublicKey::from_raw(KeyKind::rsa, Bytes(32)).error().message.contains("bare form"));
  EXPECT_FALSE(PrivateKey::generate(KeyKind::ecdsa_p256)->public_key().raw());
  EXPECT_FALSE(PublicKey().raw());
}

TEST(Key, RefusesBytesThatAreNoKey) {
  EXPECT_FALSE(PublicKey::from_pem("hello"));
  EXPECT_FALSE(PublicKey::from_der(to_bytes("hello")));
  EXPECT_FALSE(PublicKey::from_pem(std::string(100'000, 'x')));
  EXPECT_FALSE(PublicKey::from_der(Bytes(100'000)));
  EXPECT_FALSE(PrivateKey::from_pem("hello"));
  EXPECT_FALSE(PrivateKey::from_pem(std::string(100'000, 'x')));
  EXPECT_FALSE(PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
  auto der = PrivateKey::generate(KeyKind::ed25519)->public_key().der();
  der.push_back(0);
  EXPECT_NE(PublicKey::from_der(der).error().message.find("after its end"), std::string::npos);
}

// An encrypted key must be an error and never a question on the terminal.
TEST(Key, RefusesAnEncryptedKeyWithoutAsking) {
  const OwnedKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), "secret", 6, nullptr, nullptr), 1);
  char* text = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &text));
  EXPECT_NE(PrivateKey::from_pem({text, size}).error().message.find("-nocrypt"), std::string::npos);
}

Bytes spki(EVP_PKEY* key) {
  unsigned char* out = nullptr;
  const int size = i2d_PUBKEY(key, &out);
  const Owned<unsigned char, &free_openssl_memory> owner(out);
  return {out, out + size};
}

TEST(Key, RefusesWeakAndForeignKeys) {
  const OwnedKey small(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));
  EXPECT_NE(PublicKey::from_der(spki(small.get())).error().message.find("too short"), std::string::npos);
  const OwnedKey curve(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1"));
  EXPECT_NE(PublicKey::from_der(spki(curve.get())).error().message.find("curve"), std::string::npos);
  const OwnedKey foreign(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  EXPECT_NE(PublicKey::from_der(spki(foreign.get())).error().message.find("not supported"), std::string::npos);
}

TEST(Key, RefusesACurveSpeltOutInNumbers) {
  const OwnedKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(key.get(), "encoding", "explicit"), 1);
  EXPECT_FALSE(PublicKey::from_der(spki(key.get())));
}

TEST(Key, DoesNotShowSecretsInErrors) {
  auto pem = PrivateKey::generate(KeyKind::ecdsa_p256)->pem();
  const auto body = pem.substr(pem.find('\n') + 1, 40);
  pem[pem.find('\n') + 20] = '*';
  const auto refused = PrivateKey::from_pem(pem);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find(body.substr(0, 10)), std::string::npos);
}

}  // namespace
}  // namespace cordon::crypto
