#include "cordon/tokens/claims.h"

#include <gtest/gtest.h>

#include "cordon/tokens/test_tokens.h"

namespace cordon::tokens {
namespace {

std::string with(std::string_view more) {
  return std::format(R"({{"iss":"n","sub":"s","aud":"UDM","scope":"nudm-sdm","exp":1790000050{}}})", more);
}

TEST(Claims, AreReadAsTheStandardWritesThem) {
  // TS 29.510 6.3.5.2.4 AccessTokenClaims
  const auto claims = parse_claims(R"({"iss":"f97352f8-e555-41f1-9f59-65bd764bf60d","sub":"amf","aud":["u1","u2"],
      "scope":"nudm-sdm nudm-sdm:am-data:read","exp":100,"iat":40,"nbf":41,"unknown":{"a":[1]},
      "consumerPlmnId":{"mcc":"999","mnc":"70"},"producerPlmnId":{"mcc":"999","mnc":"070"},
      "producerSnssaiList":[{"sst":1},{"sst":2,"sd":"00000A"}],"producerNsiList":["n1"],
      "producerNfSetId":"set","producerNfServiceSetId":"sset",
      "cnf":{"x5t#S256":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"}})");
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(claims->audience, (std::vector<std::string>{"u1", "u2"}));
  EXPECT_EQ(claims->scope, (std::vector<std::string>{"nudm-sdm", "nudm-sdm:am-data:read"}));
  EXPECT_EQ(claims->consumer_plmn, "99970");
  EXPECT_EQ(claims->producer_plmn, "999070");
  EXPECT_EQ(claims->slices, (std::vector<std::string>{"1", "2-00000a"}));
  EXPECT_EQ(claims->nf_set, "set");
  EXPECT_EQ(claims->certificate, test::digest_of(1));
  EXPECT_EQ(parse_claims(to_json(*claims)).value(), *claims);
}

TEST(Claims, OfAnotherFormAreRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {{R"({"iss":"n","sub":"s","aud":"UDM"})", "exp"},
                                                       {R"({"iss":"n","aud":"UDM","exp":1})", "sub"},
                                                       {R"({"iss":"n","sub":"s","exp":1})", "aud"},
                                                       {R"({"sub":"s","aud":"UDM","exp":"1"})", "exp"},
                                                       {R"({"sub":"s","aud":"UDM","exp":1.5})", "exp"},
                                                       {R"({"sub":"s","aud":"UDM","exp":-1})", "exp"},
                                                       {R"({"sub":"s","aud":"UDM","exp":99999999999999})", "exp"},
                                                       {R"({"sub":"s","aud":[],"exp":1})", "aud"},
                                                       {R"({"sub":"s","aud":[1],"exp":1})", "aud"},
                                                       {R"({"sub":"","aud":"UDM","exp":1})", "sub"},
                                                       {R"({"sub":"s","sub":"t","aud":"UDM","exp":1})", "sub"},
                                                       {R"({"sub":"s","aud":"UDM","exp":1,"exp":9})", "exp"},
                                                       {"[]", "object"},
                                                       {"{", "claims"}};
  for (const auto& [json, name] : cases) {
    const auto claims = parse_claims(json);
    ASSERT_FALSE(claims) << json;
    EXPECT_TRUE(claims.error().message.contains(name)) << claims.error().message;
  }
}

TEST(Claims, ThatRestrictAreNeverPassedOver) {
  for (const auto* more :
       {R"(,"producerSnssaiList":[])", R"(,"producerSnssaiList":{})", R"(,"producerSnssaiList":[{"sst":256}])",
        R"(,"producerSnssaiList":[{"sst":1,"sd":"1"}])", R"(,"producerNsiList":[])", R"(,"producerNfSetId":7)",
        R"(,"producerPlmnId":"99970")", R"(,"producerPlmnId":{"mcc":"99"})",
        R"(,"producerPlmnId":{"mcc":"999","mnc":"7a"})", R"(,"scope":["a"])", R"(,"cnf":{})", R"(,"cnf":{"jkt":"x"})",
        R"(,"cnf":{"x5t#S256":"AQ"})", R"(,"iat":"now")",
        R"(,"cnf":{"x5t#S256":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE","jkt":"x"})"}) {
    EXPECT_FALSE(parse_claims(with(more))) << more;
  }
  EXPECT_TRUE(parse_claims(with("")));
}

TEST(Claims, HaveLimits) {
  std::string list = R"(,"producerNsiList":["a")";
  for (int i = 0; i < 64; ++i) list += R"(,"b")";
  EXPECT_FALSE(parse_claims(with(list + "]")));
  EXPECT_FALSE(parse_claims(with(R"(,"producerNfSetId":")" + std::string(513, 'a') + '"')));
  EXPECT_FALSE(parse_claims(with(R"(,"x":")" + std::string(kLongestToken, 'a') + '"')));
  EXPECT_FALSE(parse_claims(with(R"(,"x":[[[[[[[[[1]]]]]]]]])")));
}

TEST(Claims, ANonPublicNetworkIsNoPlmn) {
  const auto claims = parse_claims(with(R"(,"producerSnpnId":{"mcc":"999","mnc":"70","nid":"000007ed9d5"})"));
  EXPECT_EQ(claims->producer_plmn, "99970-000007ed9d5");
}

}  // namespace
}  // namespace cordon::tokens
