#include <format>

#include "cordon/notation/notation.h"
#include "cordon/notation/test_support.h"

namespace cordon::notation {
namespace {

constexpr std::string_view kTemplate =
    R"({"effect":"permit","principal":{"op":"==","slot":"?principal"},"action":{"op":"All"},)"
    R"("resource":{"op":"in","slot":"?resource"},"conditions":[]})";

std::string with_link(std::string_view link) {
  return std::format(R"({{"templates":{{"t":{}}},"templateLinks":[{}]}})", kTemplate, link);
}

std::string refusal(std::string_view text) {
  const auto read = policy_set_from_json(text, "set.json");
  return read ? "accepted" : read.error().message;
}

TEST(PolicySetJson, IsReadAsTheReferenceReadsIt) {
  for (const auto& row : vector_rows("policy_sets.txt")) {
    const auto read = policy_set_from_json(row[1], "set.json");
    EXPECT_EQ(read.has_value(), row[0] == "accepted") << row[1] << (read ? "" : "\n" + read.error().message);
    if (!read) continue;
    const wire::Json written = to_json(*read);
    const auto again = policy_set_from_json(written.dump(), "again.json");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(to_json(*again) == written) << written.dump();
  }
}

TEST(PolicySetJson, LinksBindSlots) {
  const auto set =
      policy_set_from_json(with_link(R"({"templateId":"t","newId":"l","values":{"?principal":{"type":"U","id":"a"},)"
                                     R"("?resource":{"__entity":{"type":"R","id":"b"}}}})"),
                           "set.json");
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_EQ(set->policies().size(), 1U);
  EXPECT_EQ(set->policies()[0].id, "l");
  EXPECT_EQ(set->policies()[0].template_id, "t");
  EXPECT_EQ(to_text(set->trees()[0]), "permit(principal == U::\"a\", action, resource in R::\"b\");");
  EXPECT_EQ(to_json(*set).at("templateLinks/0/values")->dump(),
            R"({"?principal":{"type":"U","id":"a"},"?resource":{"type":"R","id":"b"}})");
  EXPECT_EQ(to_json(*set).find("staticPolicies")->object().size(), 0U);
}

TEST(PolicySetJson, PoliciesMayBeTextAndKeepTheirIds) {
  const auto set = policy_set_from_json(R"({"staticPolicies":{"b":"permit(principal, action, resource); // one",)"
                                        R"("a":"@x forbid(principal,action,resource);"}})",
                                        "set.json");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->policies()[0].id, "b");
  EXPECT_EQ(set->policies()[1].id, "a");
  EXPECT_EQ(to_json(*set).at("staticPolicies/a/annotations")->dump(), R"({"x":null})");
  const auto numbered = policy_set_from_json(
      R"({"staticPolicies":"permit(principal,action,resource);forbid(principal,action,resource);"})", "set.json");
  ASSERT_TRUE(numbered) << numbered.error().message;
  EXPECT_EQ(numbered->policies()[1].id, "policy1");
}

TEST(PolicySetJson, ErrorsNameTheMember) {
  EXPECT_EQ(refusal("{"), "set.json: byte 1: the text ends where a member name should be");
  EXPECT_EQ(refusal("[]"), "set.json: expected an object, found an array");
  EXPECT_EQ(refusal(R"({"staticPolicies":{"a b":{"effect":"allow"}}})"),
            "set.json: staticPolicies[\"a b\"]: the effect is \"permit\" or \"forbid\"");
  EXPECT_EQ(refusal(R"({"staticPolicies":{"a":1}})"),
            "set.json: staticPolicies.a: expected an object, found a number");
  EXPECT_EQ(refusal(R"({"staticPolicies":1})"),
            "set.json: staticPolicies: expected an object, an array or a string, found a number");
  EXPECT_TRUE(
      refusal(R"({"staticPolicies":{"a":"permit(principal);"}})").starts_with("set.json: staticPolicies.a:1:"));
  EXPECT_NE(
      refusal(R"({"staticPolicies":"permit(principal==?principal,action,resource);"})").find("a template stands"),
      std::string::npos);
  EXPECT_NE(refusal(R"({"staticPolicies":"permit(principal"})"), "accepted");
  EXPECT_NE(refusal(R"({"templates":{"t":"permit(principal,action,resource);"}})").find("a template has a slot"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"staticPolicies":{"a":""}})").find("the text of one policy"), std::string::npos);
}

TEST(PolicySetJson, LinksAreCheckedMemberByMember) {
  for (const std::string_view link :
       {"1", R"({"templateId":1,"newId":"l","values":{}})", R"({"templateId":"t","values":{}})",
        R"({"templateId":"t","newId":"l","values":[]})",
        R"({"templateId":"t","newId":"l","values":{"?principal":"U","?resource":{"type":"U","id":"a"}}})"}) {
    EXPECT_TRUE(refusal(with_link(link)).starts_with("set.json: templateLinks[0]")) << refusal(with_link(link));
  }
}

TEST(PolicySetJson, ASetThatNoReaderWouldFollowIsNull) {
  std::string sum = "1";
  for (int i = 0; i < 1'000; ++i) sum += " + 1";
  const std::string deep = "permit(principal, action, resource) when { " + sum + " == 1 };";
  EXPECT_TRUE(to_json(policy::PolicySet::parse(deep, "deep").value()).is_null());
  const std::string slotted = "permit(principal == ?principal, action, resource) when { " + sum + " == 1 };";
  EXPECT_TRUE(to_json(policy::PolicySet::parse(slotted, "deep").value()).is_null());
}

}  // namespace
}  // namespace cordon::notation
