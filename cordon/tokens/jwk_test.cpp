#include "cordon/tokens/jwk.h"

#include <gtest/gtest.h>

#include <array>

#include "cordon/tokens/test_tokens.h"

namespace cordon::tokens {
namespace {

using namespace test;
using enum crypto::JwsAlgorithm;

constexpr std::array kAll{es256, es384, eddsa, rs256, ml_dsa_65};

// RFC 7638 3.1 and RFC 7517 A.1: keys of the standards themselves.
constexpr const char* kRsa =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";
constexpr const char* kEc =
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"sig","kid":"1"})";

std::string set_of(std::string_view keys) { return std::format(R"({{"keys":[{}]}})", keys); }

TEST(Jwk, ReadsTheKeysOfTheStandards) {
  const auto keys = parse_jwks(set_of(std::format("{},{}", kRsa, kEc)), kAll);
  ASSERT_TRUE(keys) << keys.error().message;
  ASSERT_EQ(keys->size(), 2);
  EXPECT_EQ((*keys)[0].algorithm, rs256);
  EXPECT_EQ((*keys)[0].key.kind().value(), crypto::KeyKind::rsa);
  EXPECT_EQ((*keys)[1].algorithm, es256);
  EXPECT_EQ((*keys)[1].id, "1");
}

TEST(Jwk, OurKeysComeBackAsTheyWere) {
  using enum crypto::KeyKind;
  for (const auto kind : {ecdsa_p256, ecdsa_p384, ed25519, ml_dsa_65}) {
    const TestIssuer issuer(kind, "k");
    const auto text = to_jwks(std::vector{issuer.shown()}).value();
    EXPECT_FALSE(text.contains("\"d\"")) << text;
    const auto keys = parse_jwks(text, kAll);
    ASSERT_TRUE(keys) << crypto::name_of(kind) << keys.error().message;
    EXPECT_EQ(keys->front().key.der(), issuer.key.public_key().der());
    EXPECT_EQ(key_id_of(keys->front().key).value().size(), 43);
  }
  EXPECT_FALSE(to_jwks(std::vector{TestIssuer(rsa).shown()}));
}

// RFC 7638 3.1 computes over the required members only; this is that of kEc, by hand with sha256sum.
TEST(Jwk, AThumbprintNamesTheKeyAlone) {
  const auto key = parse_jwks(set_of(kEc), kAll)->front().key;
  const auto expected = to_base64url(crypto::sha256(as_bytes(
      R"({"crv":"P-256","kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"})")));
  EXPECT_EQ(key_id_of(key).value(), expected);
}

TEST(Jwk, TheConfigurationSaysTheAlgorithmAndTheKeyMayOnlyNarrowIt) {
  EXPECT_FALSE(parse_jwks(set_of(kEc), std::array{rs256}));  // none is left
  EXPECT_EQ(parse_jwks(set_of(std::format("{},{}", kRsa, kEc)), std::array{es256})->size(), 1);
  EXPECT_FALSE(parse_jwks(set_of(kRsa), std::array{rs512}));  // it says RS256
  EXPECT_TRUE(parse_jwks(set_of(kRsa), std::array{rs512, rs256}));
}

TEST(Jwk, LeavesAsideWhatItDoesNotKnow) {
  const auto more = R"(,{"kty":"XYZ"},{"kty":"EC","crv":"P-521"},{"kty":"EC","crv":"P-256","use":"enc"})";
  EXPECT_EQ(parse_jwks(set_of(std::string(kEc) + more), kAll)->size(), 1);
}

TEST(Jwk, RefusesSetsThatAreWrong) {
  const std::string ec(kEc);
  const auto replaced = [&](std::string_view what, std::string_view by) {
    auto text = ec;
    return text.replace(text.find(what), what.size(), by);
  };
  const std::pair<std::string, const char*> cases[] = {
      {"", "JWKS"},
      {"[]", "keys"},
      {R"({"keys":7})", "keys"},
      {R"({"keys":[]})", "no key fits"},
      {R"({"keys":[7]})", "no object"},
      {set_of(ec + "," + ec), "twice"},
      {set_of(replaced("\"kid\"", "\"d\":\"AQ\",\"kid\"")), "private"},
      {set_of(R"({"kty":"oct","k":"AQ"})"), "private or symmetric"},
      {set_of(replaced("MKBC", "AAAA")), "kid '1'"},  // not on the curve
      {set_of(replaced("\"x\":\"MKBC", "\"x\":\"")), "length"},
      {set_of(replaced("MKBC", "!!!!")), "base64url"},
      {set_of(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"), "RSA"},
      {set_of(R"({"kty":"RSA","e":"AQAB"})"), "RSA"}};
  for (const auto& [text, says] : cases) {
    const auto keys = parse_jwks(text, kAll);
    ASSERT_FALSE(keys) << text;
    EXPECT_TRUE(keys.error().message.contains(says)) << keys.error().message;
  }
}

}  // namespace
}  // namespace cordon::tokens
