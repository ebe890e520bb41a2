#include "cordon/tokens/verifier.h"

#include <gtest/gtest.h>

#include <random>

#include "cordon/tokens/test_tokens.h"

namespace cordon::tokens {
namespace {

using namespace test;

std::string_view rule_of(const Checked<KnownToken*>& known) { return known ? "" : known.error().rule; }

TEST(Verifier, KnowsATokenAfterVerifyingItOnce) {
  const TestIssuer nrf;
  Verifier verifier({nrf.issuer()}, {});
  const auto token = nrf.sign(good_claims());
  for (int i = 0; i < 3; ++i) {
    const auto known = verifier.token(token, kAt);
    ASSERT_TRUE(known);
    EXPECT_EQ((*known)->claims, good_claims());
  }
  EXPECT_EQ(verifier.misses(), 1);
  EXPECT_EQ(verifier.hits(), 2);
}

// TS 33.501 13.4.1.1.2 step 2, checks 1 and 2; RFC 8725 3.1.
TEST(Verifier, RefusesByIssuerAndSignature) {
  const TestIssuer nrf, stranger;
  Verifier verifier({nrf.issuer()}, {});
  const auto refused = [&](const std::string& token) { return rule_of(verifier.token(token, kAt)); };
  auto claims = good_claims();
  claims.issuer = kUdm;
  EXPECT_EQ(refused(nrf.sign(claims)), "token-issuer");
  claims.issuer.clear();
  EXPECT_EQ(refused(nrf.sign(claims)), "token-issuer");
  EXPECT_EQ(refused(stranger.sign(good_claims())), "token-signature");
  auto changed = nrf.sign(good_claims());
  changed[changed.size() - 10] = changed[changed.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(refused(changed), "token-signature");
  EXPECT_EQ(refused(TestIssuer(crypto::KeyKind::ecdsa_p256, "k2").sign(good_claims())), "token-key-unknown");
  EXPECT_TRUE(verifier.take_unknown_key());
  EXPECT_FALSE(verifier.take_unknown_key());
  // The right key with another algorithm than configured: the key decides, the token does not.
  EXPECT_EQ(refused(TestIssuer(crypto::KeyKind::ed25519).sign(good_claims())), "token-signature");
  for (const auto* text : {"", "a", "a.b", "a.b.c.d", "..", "!.!.!"})
    EXPECT_EQ(refused(text), "token-malformed") << text;
  EXPECT_EQ(refused(nrf.sign_text("{}")), "token-malformed");
  EXPECT_EQ(refused(std::string(kLongestToken + 1, 'a')), "token-malformed");
}

TEST(Verifier, DoesNotLookAtKeysInTheToken) {
  const TestIssuer nrf, stranger;
  Verifier verifier({nrf.issuer()}, {});
  const auto jwk = wire::parse_json(to_jwks(std::vector{stranger.shown()}).value())->at("keys/0")->dump();
  const auto header = to_base64url(as_bytes(std::format(R"({{"alg":"ES256","jwk":{},"kid":"k1"}})", jwk)));
  const auto payload = to_base64url(as_bytes(to_json(good_claims())));
  const auto own = crypto::sign_jws(as_bytes("{}"), {}, stranger.key, crypto::JwsAlgorithm::es256).value();
  EXPECT_EQ(rule_of(verifier.token(header + "." + payload + "." + own.substr(own.rfind('.') + 1), kAt)),
            "token-signature");
}

// RFC 8725 2.1, 3.1: none, and HMAC with the public key as secret.
TEST(Verifier, KnowsNeitherNoneNorMacs) {
  const TestIssuer nrf;
  Verifier verifier({nrf.issuer()}, {});
  const auto payload = to_base64url(as_bytes(to_json(good_claims())));
  const auto forged = [&](std::string_view algorithm, BytesView signature) {
    const auto header = to_base64url(as_bytes(std::format(R"({{"alg":"{}","kid":"k1"}})", algorithm)));
    return header + "." + payload + "." + to_base64url(signature);
  };
  const auto pem = nrf.key.public_key().pem();
  const auto mac = crypto::hmac_sha256(as_bytes(pem), as_bytes(payload));
  EXPECT_NE(rule_of(verifier.token(forged("none", {}), kAt)), "");
  EXPECT_EQ(rule_of(verifier.token(forged("none", mac), kAt)), "token-signature");
  EXPECT_EQ(rule_of(verifier.token(forged("HS256", mac), kAt)), "token-signature");
}

TEST(Verifier, WithoutKidTriesTheIssuersKeys) {
  const TestIssuer one(crypto::KeyKind::ecdsa_p256, ""), two(crypto::KeyKind::ed25519, "");
  Verifier verifier({{kNrf, {one.shown(), two.shown()}}}, {});
  EXPECT_TRUE(verifier.token(two.sign(good_claims()), kAt));
  EXPECT_FALSE(verifier.token(TestIssuer(crypto::KeyKind::ed25519, "").sign(good_claims()), kAt));
}

TEST(Verifier, EveryConfiguredAlgorithmVerifies) {
  using enum crypto::KeyKind;
  for (const auto kind : {ecdsa_p256, ecdsa_p384, ed25519, rsa, ml_dsa_65}) {
    const TestIssuer nrf(kind);
    Verifier verifier({nrf.issuer()}, {});
    EXPECT_TRUE(verifier.token(nrf.sign(good_claims()), kAt)) << crypto::name_of(kind);
  }
}

TEST(Verifier, NothingOutlivesItsKeyARevocationOrItsTime) {
  const TestIssuer nrf, next(crypto::KeyKind::ecdsa_p256, "k2");
  Verifier verifier({nrf.issuer()}, {});
  const auto token = nrf.sign(good_claims());
  ASSERT_TRUE(verifier.token(token, kAt));
  verifier.revoke();
  EXPECT_TRUE(verifier.token(token, kAt));
  EXPECT_EQ(verifier.misses(), 2);
  EXPECT_TRUE(verifier.token(token, kAt + std::chrono::seconds(50)));  // verified anew: past exp
  EXPECT_EQ(verifier.misses(), 3);
  verifier.set_issuers({next.issuer()});
  EXPECT_EQ(rule_of(verifier.token(token, kAt)), "token-key-unknown");
  // Rotation with overlap: both are good, and a refusal is not remembered across the change.
  verifier.set_issuers({{kNrf, {next.shown(), nrf.shown()}}});
  EXPECT_TRUE(verifier.token(token, kAt));
  EXPECT_TRUE(verifier.token(next.sign(good_claims()), kAt));
}

TEST(Verifier, RemembersRefusalsForAShortTime) {
  const TestIssuer nrf, stranger;
  Verifier verifier({nrf.issuer()}, {});
  const auto token = stranger.sign(good_claims());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(verifier.token(token, kAt));
  EXPECT_EQ(verifier.misses(), 1);
  EXPECT_FALSE(verifier.token(token, kAt + std::chrono::seconds(11)));
  EXPECT_EQ(verifier.misses(), 2);
}

// A cache of four slots under many tokens, against a verifier that has just been made: always the same answer.
TEST(Verifier, AnswersTheSameWithAndWithoutItsCache) {
  const TestIssuer nrf, stranger;
  std::vector<std::string> tokens;
  for (int i = 0; i < 24; ++i) {
    auto claims = good_claims();
    claims.scope = {std::format("s{}", i)};
    claims.expires = kNow + i % 5;
    tokens.push_back((i % 3 == 0 ? stranger : nrf).sign(claims));
  }
  Verifier cached({nrf.issuer()}, {}, {.tokens = 4, .refusals = 4, .assertions = 4});
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    const auto& token = tokens[random() % tokens.size()];
    const auto at = kAt + std::chrono::seconds(random() % 6);
    if (random() % 50 == 0) cached.revoke();
    Verifier fresh({nrf.issuer()}, {});
    const auto with = cached.token(token, at);
    const auto without = fresh.token(token, at);
    ASSERT_EQ(rule_of(with), rule_of(without));
    if (!with) continue;
    ASSERT_EQ((*with)->claims, (*without)->claims);
  }
  EXPECT_GT(cached.hits(), 0);
}

}  // namespace
}  // namespace cordon::tokens
