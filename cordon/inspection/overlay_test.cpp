#include <gtest/gtest.h>

#include "cordon/inspection/test_messages.h"

namespace cordon::inspection {
namespace {

using Words = Desk::Words;

constexpr auto kProfile = "/nnrf-nfm/v1/nf-instances/9a1b2c3d-0001-4001-8001-000000000001";

std::string profile(const std::string& more) {
  return R"({"nfInstanceId":"9a1b2c3d-0001-4001-8001-000000000001","nfType":"AMF","nfStatus":"REGISTERED",)"
         R"("ipv4Addresses":["127.0.1.5"])" +
         more + "}";
}

std::string error_of(std::string_view yaml) {
  const auto rules = Rules::load(yaml, "o.yaml");
  return rules ? "" : rules.error().message;
}

TEST(Overlay, ReplacesTheBuiltInOne) {
  Desk none("rules: []\n");
  EXPECT_EQ(none.request("PUT", kProfile, profile(R"(,"x":1,"priority":7)")), Words{});
  Desk one(R"(
rules:
  - {id: low, why: is too high, at: [NFProfile.priority], maximum: 5, mode: observe, responses: block}
)");
  EXPECT_EQ(one.request("PUT", kProfile, profile(R"(,"priority":7)")), Words{"observe low at /priority"});
  EXPECT_EQ(one.request("PUT", kProfile, profile(R"(,"priority":5)")), Words{});
  EXPECT_EQ(one.response("nnrf-nfm:RegisterNFInstance",
                         {200, {{"content-type", "application/json"}}, profile(R"(,"priority":7)")}),
            Words{"low at /priority"});
}

TEST(Overlay, ChecksEveryKindOfConstraint) {
  Desk desk(R"(
rules:
  - {id: items, why: w, at: [NFProfile.ipv4Addresses], max_items: 1}
  - {id: members, why: w, at: [NFProfile.customInfo], max_members: 1}
  - {id: length, why: w, at: [NFProfile.locality], max_length: 3}
  - {id: range, why: w, at: [NFProfile.capacity], minimum: 2, maximum: 4}
  - {id: form, why: w, at: [Fqdn], pattern: '^[a-z.]+$'}
  - {id: pair, why: w, at: [NFProfile.load], requires: [loadTimeStamp]}
  - {id: only, why: w, at: [NFProfile.amfInfo], only_with: {member: nfType, is: [AMF]}}
  - {id: closed, why: w, at: [NFProfile], closed_object: true}
)");
  const auto found = [&](const std::string& more) { return desk.request("PUT", kProfile, profile("," + more)); };
  EXPECT_EQ(found(R"("locality":"abcd")"), Words{"length at /locality"});
  EXPECT_EQ(found(R"("capacity":1)"), Words{"range at /capacity"});
  EXPECT_EQ(found(R"("capacity":5)"), Words{"range at /capacity"});
  EXPECT_EQ(found(R"("fqdn":"amf1.example")"), Words{"form at /fqdn"});
  EXPECT_EQ(found(R"("load":1)"), Words{"pair at /load"});
  EXPECT_EQ(found(R"("load":1,"loadTimeStamp":"2026-11-21T10:00:00Z")"), Words{});
  EXPECT_EQ(
      found(
          R"("amfInfo":{"amfSetId":"001","amfRegionId":"01","guamiList":[{"plmnId":{"mcc":"999","mnc":"70"},"amfId":"020040"}]})"),
      Words{});
  EXPECT_EQ(found(R"("mine":1)"), Words{"closed at /*"});
  EXPECT_EQ(found(R"("customInfo":{"a":1,"b":2})"), Words{"members at /customInfo"});
}

TEST(Overlay, CapsAlsoHoldInMembersNoSchemaKnows) {
  Desk desk("rules:\n  - {id: cap, why: w, max_items: 2}\n");
  EXPECT_EQ(desk.request("PUT", kProfile, profile(R"(,"mine":{"deep":[1,2,3]})")), Words{"cap at /*/*"});
}

TEST(Overlay, ReportsItsMistakesWithTheirPlace) {
  EXPECT_EQ(error_of("rules:\n  - {id: a, why: w, at: [NFProfle.load], maximum: 1}\n"),
            "o.yaml:2:25: rules[0].at: no schema has a type or member 'NFProfle.load'");
  EXPECT_NE(error_of("rules:\n  - {id: a, why: w}\n").find("the rule constrains nothing"), std::string::npos);
  EXPECT_NE(error_of("rules:\n  - {id: schema.type, why: w, max_items: 1}\n").find("another rule is called"),
            std::string::npos);
  EXPECT_NE(error_of("rules:\n  - {id: a, why: w, at: [Supi], pattern: '('}\n").find("'(' without ')'"),
            std::string::npos);
  EXPECT_NE(error_of("rules:\n  - {id: a, why: w, pattern: 'x'}\n").find("this constraint needs places"),
            std::string::npos);
  EXPECT_NE(error_of("rules:\n  - {id: a, why: w, max_items: 1, mode: maybe}\n").find("mode"), std::string::npos);
  EXPECT_NE(error_of("rule: []\n").find("rule"), std::string::npos);
}

TEST(Overlay, ModesAreSetByIdAndLimitedForAll) {
  Desk desk;
  EXPECT_TRUE(desk.rules().set_mode("schema.required", Mode::warn));
  EXPECT_FALSE(desk.rules().set_mode("schema.nothing", Mode::warn));
  EXPECT_EQ(desk.request("PUT", kProfile,
                         R"({"nfInstanceId":"9a1b2c3d-0001-4001-8001-000000000001","nfType":"AMF","fqdn":"a.org"})"),
            Words{"warn schema.required at /nfStatus"});
  desk.rules().limit_modes(Mode::observe);
  EXPECT_EQ(desk.request("PUT", kProfile, profile(R"(,"priority":"x")")), Words{"observe schema.type at /priority"});
  EXPECT_TRUE(desk.rules().set_mode("schema.type", Mode::off));
  EXPECT_EQ(desk.request("PUT", kProfile, profile(R"(,"priority":"x")")), Words{});
}

}  // namespace
}  // namespace cordon::inspection
