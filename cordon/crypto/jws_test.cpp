#include "cordon/crypto/jws.h"

#include <gtest/gtest.h>

#include "cordon/base/text.h"
#include "cordon/crypto/jose_header.h"
#include "cordon/crypto/test_authority.h"

namespace cordon::crypto {
namespace {

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

struct Pair {
  JwsAlgorithm algorithm;
  KeyKind kind;
};
class EveryAlgorithm : public testing::TestWithParam<Pair> {};
INSTANTIATE_TEST_SUITE_P(
    Jws, EveryAlgorithm,
    testing::Values(Pair{JwsAlgorithm::es256, KeyKind::ecdsa_p256}, Pair{JwsAlgorithm::es384, KeyKind::ecdsa_p384},
                    Pair{JwsAlgorithm::eddsa, KeyKind::ed25519}, Pair{JwsAlgorithm::rs256, KeyKind::rsa},
                    Pair{JwsAlgorithm::rs512, KeyKind::rsa}, Pair{JwsAlgorithm::ml_dsa_65, KeyKind::ml_dsa_65}));

TEST_P(EveryAlgorithm, SignsAndVerifiesAndRefusesChanges) {
  const auto [algorithm, kind] = GetParam();
  const auto key = PrivateKey::generate(kind).value();
  const auto payload = to_bytes(R"({"iss":"nrf"})");
  const auto jws = sign_jws(payload, {.type = "JWT", .key_id = "1"}, key, algorithm).value();
  const auto content = verify_jws(jws, key.public_key(), algorithm);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->header, std::format(R"({{"alg":"{}","typ":"JWT","kid":"1"}})", name_of(algorithm)));
  EXPECT_EQ(content->payload, payload);
  EXPECT_EQ(unverified_jws_header(jws).value(), content->header);

  const auto parts = split(jws, '.');
  const auto other = to_base64url(as_bytes(R"({"iss":"amf"})"));
  const auto altered = std::format("{}.{}.{}", parts[0], other, parts[2]);
  EXPECT_EQ(verify_jws(altered, key.public_key(), algorithm).error().kind, ErrorKind::permission);
  EXPECT_FALSE(verify_jws(jws, PrivateKey::generate(kind)->public_key(), algorithm));
}

TEST_P(EveryAlgorithm, HasANameThatReadsBack) {
  EXPECT_EQ(jws_algorithm(name_of(GetParam().algorithm)).value(), GetParam().algorithm);
}

// RFC 8725 3.1: the algorithm is configured, and a token cannot talk us into another.
TEST_P(EveryAlgorithm, RefusesATokenOfAnyOther) {
  const auto key = PrivateKey::generate(GetParam().kind).value();
  const auto jws = sign_jws(as_bytes("{}"), {}, key, GetParam().algorithm).value();
  for (const auto other : {JwsAlgorithm::es256, JwsAlgorithm::es384, JwsAlgorithm::eddsa, JwsAlgorithm::rs256,
                           JwsAlgorithm::rs512, JwsAlgorithm::ml_dsa_65}) {
    EXPECT_EQ(verify_jws(jws, key.public_key(), other).has_value(), other == GetParam().algorithm);
  }
}

std::string with_header(std::string_view header, const PrivateKey& key) {
  const auto text = to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes("{}"));
  return text + "." + to_base64url(key.sign(as_bytes(text)).value());
}

struct Header {
  const char* json;
  const char* answer;  // a part of the refusal; empty: accepted
};
class Headers : public testing::TestWithParam<Header> {};
INSTANTIATE_TEST_SUITE_P(
    Jws, Headers,
    testing::Values(
        Header{R"({"alg":"EdDSA"})", ""}, Header{" {\r\n \"alg\" : \"EdDSA\" } \t", ""},
        Header{R"({"typ":"JWT","x":[1,-2.5e3,true,null,{"a":[]},{}],"alg":"EdDSA","kid":"a\"b\\"})", ""},
        Header{R"({"alg":"none"})", "EdDSA is configured"}, Header{R"({"alg":"eddsa"})", "EdDSA is configured"},
        Header{R"({"alg":"HS256"})", "EdDSA is configured"}, Header{R"({"alg":""})", "plain string"},
        Header{R"({"alg":1})", "plain string"}, Header{R"({"alg":["EdDSA"]})", "plain string"},
        Header{R"({"alg":"\u0045dDSA"})", "plain string"}, Header{R"({})", "missing"},
        Header{R"({"typ":"JWT"})", "missing"}, Header{R"({"x":{"alg":"EdDSA"}})", "missing"},
        Header{R"({"alg":"EdDSA","alg":"EdDSA"})", "twice"}, Header{R"({"alg":"EdDSA","alg":"none"})", "twice"},
        Header{R"({"alg":"EdDSA","kid":"1","kid":"2"})", "twice"},
        Header{R"({"alg":"EdDSA","a\u006cg":"none"})", "escapes"},
        Header{R"({"alg":"EdDSA","crit":["exp"],"exp":1})", "crit"}, Header{R"({"alg":"EdDSA","b64":false})", "b64"},
        Header{R"({"alg":"EdDSA"}x)", "not a JSON object"}, Header{R"({"alg":"EdDSA",})", "not a JSON object"},
        Header{R"({"alg":"EdDSA")", "not a JSON object"}, Header{R"([{"alg":"EdDSA"}])", "not a JSON object"},
        Header{R"({"alg" "EdDSA"})", "not a JSON object"}, Header{R"({"alg":"EdDSA","x":})", "malformed"},
        Header{R"({"alg":"EdDSA","x":[1,]})", "malformed"}, Header{R"({"alg":"EdDSA","x":{"a"}})", "malformed"},
        Header{R"({"alg":"EdDSA","x":[[[[[[[[[[1]]]]]]]]]]})", "malformed"},
        Header{"{\"alg\":\"EdDSA\",\"x\":\"\n\"}", "malformed"}, Header{R"({"alg":"EdDSA","x":"\)", "malformed"},
        Header{R"({"alg":"EdDSA","x":")", "malformed"}, Header{"", "empty"}));

TEST_P(Headers, AreReadStrictly) {
  const auto key = PrivateKey::generate(KeyKind::ed25519).value();
  const auto content = verify_jws(with_header(GetParam().json, key), key.public_key(), JwsAlgorithm::eddsa);
  if (std::string_view(GetParam().answer).empty()) {
    EXPECT_TRUE(content) << content.error().message;
  } else {
    ASSERT_FALSE(content);
    EXPECT_SAYS(content.error().message, GetParam().answer);
  }
}

TEST(Jws, LimitsTheHeadersMembers) {
  std::string json = R"({"alg":"EdDSA")";
  for (int i = 0; i < 32; ++i) json += std::format(R"(,"m{}":1)", i);
  EXPECT_SAYS(algorithm_in_header(json + "}").error().message, "32 members");
}

class Malformed : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Jws, Malformed,
                         testing::Values("", ".", "..", "...", "a.b", "eyJhbGciOiJFZERTQSJ9.e30.",
                                         "eyJhbGciOiJFZERTQSJ9.e30.AA.AA", "eyJhbGciOiJFZERTQSJ9.e30.A",
                                         "eyJhbGciOiJFZERTQSJ9.e30.AA==", "eyJhbGciOiJFZERTQSJ9.e3.AA",
                                         "eyJhbGciOiJFZERTQSJ9.e30 .AA", "eyJhbGciOiJFZERTQSJ.e30.AA",
                                         std::string(300'000, 'a')));

TEST_P(Malformed, TokensAreRefused) {
  const auto key = PrivateKey::generate(KeyKind::ed25519)->public_key();
  EXPECT_FALSE(verify_jws(GetParam(), key, JwsAlgorithm::eddsa));
}

TEST(Jws, RefusesAnEcdsaSignatureInDerOrOfAnotherLength) {
  const auto key = PrivateKey::generate(KeyKind::ecdsa_p256).value();
  const auto jws = with_header(R"({"alg":"ES256"})", key);  // sign() makes DER
  EXPECT_SAYS(verify_jws(jws, key.public_key(), JwsAlgorithm::es256).error().message, "does not verify");
  const auto good = sign_jws(as_bytes("{}"), {}, key, JwsAlgorithm::es256).value();
  EXPECT_FALSE(verify_jws(good + "AAAA", key.public_key(), JwsAlgorithm::es256));
  // CVE-2022-21449: r and s of zero.
  const auto parts = split(good, '.');
  const auto zero = std::format("{}.{}.{}", parts[0], parts[1], to_base64url(Bytes(64)));
  EXPECT_FALSE(verify_jws(zero, key.public_key(), JwsAlgorithm::es256));
}

TEST(Jws, CarriesTheSignersCertificates) {
  const WallTime now{std::chrono::seconds{1'790'000'000}};
  const TestAuthority authority(now);
  const auto amf = authority.issue_for(TestAuthority::nf("f990ed9a-e555-41f1-9dea-7f66d0edecbf", "amf1"));
  const auto jws = sign_jws(as_bytes("{}"), {.certificates = {amf.certificate, authority.certificate()}}, amf.key,
                            JwsAlgorithm::es256)
                       .value();
  const auto header = unverified_jws_header(jws).value();
  EXPECT_SAYS(header, std::format(R"("x5c":["{}","{}"])", to_base64(amf.certificate.der()),
                                  to_base64(authority.certificate().der())));
  EXPECT_TRUE(verify_jws(jws, amf.certificate.public_key(), JwsAlgorithm::es256));
}

TEST(Jws, RefusesWhatItCannotSign) {
  const auto key = PrivateKey::generate(KeyKind::ed25519).value();
  EXPECT_SAYS(sign_jws({}, {}, key, JwsAlgorithm::es256).error().message, "ecdsa-p256");
  EXPECT_FALSE(sign_jws({}, {}, PrivateKey(), JwsAlgorithm::es256));
  EXPECT_FALSE(verify_jws("a.b.c", PublicKey(), JwsAlgorithm::es256));
  EXPECT_FALSE(sign_jws({}, {.key_id = "a\"b"}, key, JwsAlgorithm::eddsa));
  EXPECT_FALSE(sign_jws({}, {.type = "a\nb"}, key, JwsAlgorithm::eddsa));
}

TEST(Jws, KnowsNoOtherAlgorithms) {
  for (const auto* name : {"none", "HS256", "es256", "ES256K", ""}) EXPECT_FALSE(jws_algorithm(name)) << name;
}

TEST(Jws, ChoosesTheAlgorithmOfAKey) {
  EXPECT_EQ(jws_algorithm_for(PrivateKey::generate(KeyKind::ml_dsa_65)->public_key()).value(),
            JwsAlgorithm::ml_dsa_65);
  EXPECT_FALSE(jws_algorithm_for(PrivateKey::generate(KeyKind::ml_dsa_44)->public_key()));
  EXPECT_EQ(jws_algorithm_for(PrivateKey::generate(KeyKind::rsa)->public_key()).value(), JwsAlgorithm::rs256);
  EXPECT_FALSE(jws_algorithm_for(PublicKey()));
}

}  // namespace
}  // namespace cordon::crypto
