#include "cordon/administrator/access_request.h"

#include <gtest/gtest.h>

namespace cordon::administrator {
namespace {

policy::Entities known() {
  policy::Entities store;
  EXPECT_TRUE(store.add({{"Nf", "amf"}, {{"nfType", "AMF"}}, {}}));
  return store;
}

std::string refusal(std::string_view body) {
  const auto store = known();
  const auto read = read_access_request(body, store);
  return read ? "it reads" : read.error().message;
}

// AuthZEN 1.0 6: an access evaluation request.
constexpr std::string_view kBody = R"({"subject": {"type": "Nf", "id": "amf"},
  "action": {"name": "nudm-sdm:GetAmData"},
  "resource": {"type": "Service", "id": "udm/nudm-sdm", "properties": {"plmn": "99970"}},
  "context": {"n": 9007199254740993}})";

TEST(AccessRequest, BecomesACedarRequestWithExactNumbers) {
  const auto store = known();
  const auto read = read_access_request(kBody, store);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->request.principal, (policy::EntityUid{"Nf", "amf"}));
  EXPECT_EQ(read->request.action, (policy::EntityUid{"Action", "nudm-sdm:GetAmData"}));
  EXPECT_EQ(read->request.resource, (policy::EntityUid{"Service", "udm/nudm-sdm"}));
  EXPECT_EQ(read->request.context.at("n"), policy::Value(std::int64_t{9007199254740993}));
  ASSERT_EQ(read->entities.size(), 1U);
  EXPECT_EQ(read->entities[0].attributes.at("plmn"), policy::Value("99970"));
}

TEST(AccessRequest, RefusalsNameTheMember) {
  EXPECT_TRUE(refusal("{").contains("byte")) << refusal("{");
  EXPECT_EQ(refusal("[]"), "an access evaluation is a JSON object");
  EXPECT_EQ(refusal("{}"), "subject.type is missing or no text");
  EXPECT_EQ(refusal(R"({"subject": {"type": "Nf"}})"), "subject.id is missing or no text");
  EXPECT_EQ(refusal(R"({"subject": {"type": "Nf", "id": "amf"}})"), "action.name is missing or no text");
  EXPECT_EQ(refusal(R"({"subject": {"type": "Nf", "id": "x"}, "action": {"name": "a"}})"),
            "resource.type is missing or no text");
  EXPECT_TRUE(refusal(R"({"subject": {"type": "Nf", "id": "x", "properties": {"a": null}}})")
                  .starts_with("subject.properties: "));
  EXPECT_TRUE(refusal(R"({"subject": {"type": "Nf", "id": "x"}, "action": {"name": "a"},
                          "resource": {"type": "S", "id": "s"}, "context": {"a": 1.5}})")
                  .starts_with("context: "));
}

TEST(AccessRequest, WhatIsKnownIsNotTold) {
  EXPECT_EQ(refusal(R"({"subject": {"type": "Nf", "id": "amf", "properties": {"nfType": "UDM"}}})"),
            R"(subject.properties: Nf::"amf" is known here; leave its properties out)");
}

TEST(AccessAnswer, TellsForbiddenFromNotPermitted) {
  const auto store = known();
  const auto asked = read_access_request(kBody, store).value();
  const auto answer = [&](std::string_view text) {
    const auto set = policy::PolicySet::parse(text, "p.cedar").value();
    return access_answer(set, asked, store, set.decide(asked.request, store)).dump();
  };
  EXPECT_TRUE(answer(R"(@id("all") permit(principal, action, resource);)").starts_with(R"({"decision":true)"));
  const auto forbidden = answer(R"(@id("no") forbid(principal, action, resource);)");
  EXPECT_TRUE(forbidden.contains(R"("determining":["no"],"refusal":"forbidden")")) << forbidden;
  const auto nearest = answer(R"(@id("few") permit(principal, action, resource) when { context.n < 3 };)");
  EXPECT_TRUE(
      nearest.contains(R"("refusal":"not-permitted","nearest":["few: when { context.n < 3 } fails: context.n is)"))
      << nearest;
  const auto closed = answer(R"(@id("odd") forbid(principal, action, resource) when { context.x };)");
  EXPECT_TRUE(closed.contains(R"("failed_closed":true)") && closed.contains(R"("errors":["odd: )")) << closed;
}

}  // namespace
}  // namespace cordon::administrator
