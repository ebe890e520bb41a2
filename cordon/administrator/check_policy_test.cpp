#include "cordon/administrator/check_policy.h"

#include <gtest/gtest.h>

#include "cordon/administrator/default_schema.h"

namespace cordon::administrator {
namespace {

constexpr const char* kSchema = R"(
entity Site { open: Bool };
entity User in [Site];
action view appliesTo { principal: User, resource: Site, context: { hour: Long } };
)";

PolicyTexts texts(std::string policy, std::string schema = kSchema) {
  return {.policies = {{"a.cedar", std::move(policy)}},
          .schema = NamedText{"my.cedarschema", std::move(schema)},
          .entities = {}};
}

std::string error_of(const PolicyTexts& of) {
  const auto checked = check_policy(of);
  return checked ? "accepted" : checked.error().message;
}

TEST(CheckPolicy, AcceptsWhatValidatesStrictly) {
  const auto checked = check_policy(texts("permit (principal is User, action, resource) when { resource.open };\n"));
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->text, "permit (principal is User, action, resource) when { resource.open };\n");
  EXPECT_EQ(checked->policy_set_hash.size(), 64U);
  EXPECT_EQ(checked->entities, "");
  EXPECT_TRUE(checked->warnings.empty());
}

TEST(CheckPolicy, RefusesWhatDoesNotWithItsPlaceAndTheCountOfOthers) {
  const auto one = error_of(texts("permit (principal, action, resource)\n  when { resource.shut };\n"));
  EXPECT_TRUE(one.starts_with("a.cedar:2:")) << one;
  EXPECT_TRUE(one.contains("shut")) << one;
  EXPECT_FALSE(one.contains("more errors"));
  const auto two = error_of(
      texts("permit (principal, action, resource) when { 1 };\npermit (principal, action, resource) when { 2 };\n"));
  EXPECT_TRUE(two.contains("more errors")) << two;
  EXPECT_TRUE(error_of(texts("permit (")).starts_with("a.cedar:1:"));
  EXPECT_TRUE(error_of(texts("", "entity ;")).starts_with("my.cedarschema:1:"));
}

TEST(CheckPolicy, RefusesAnErringForbidBeforeItCanErr) {
  EXPECT_NE(error_of(texts("forbid (principal, action, resource) when { 1 + \"a\" == 2 };")), "accepted");
}

TEST(CheckPolicy, GivesWarningsToBeReported) {
  const auto checked = check_policy(texts("permit (principal, action, resource) when { false };"));
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->warnings.size(), 1U);
}

TEST(CheckPolicy, ReadsASchemaInJson) {
  auto of = texts("permit (principal, action, resource);");
  of.schema = NamedText{
      "my.json",
      R"({"": {"entityTypes": {"User": {}}, "actions": {"view": {"appliesTo": {"principalTypes": ["User"], "resourceTypes": ["User"]}}}}})"};
  EXPECT_EQ(error_of(of), "accepted");
  of.schema->text = "{";
  EXPECT_TRUE(error_of(of).contains("my.json")) << error_of(of);
}

TEST(CheckPolicy, HoldsPoliciesAgainstTheBuiltInSchemaWhenThereIsNone) {
  auto of = texts(
      "permit (principal is Nf, action == Action::\"nudm-sdm:GetAmData\", resource) when { principal.nfType == "
      "\"AMF\" };");
  of.schema.reset();
  EXPECT_EQ(error_of(of), "accepted");
  of.policies[0].text = "permit (principal, action, resource) when { principal.nfTipe == \"AMF\" };";
  EXPECT_TRUE(error_of(of).contains("nfTipe")) << error_of(of);
}

TEST(CheckPolicy, MakesOneSetOfSeveralFiles) {
  auto of = texts("@id(\"one\") permit (principal, action, resource); // no line end");
  of.policies.push_back({"b.cedar", "@id(\"two\") forbid (principal, action, resource);"});
  const auto checked = check_policy(of);
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(policy::PolicySet::parse(checked->text, "all")->policies().size(), 2U);
  of.policies[1].text = "\nforbid (principal, action, resource) when { principal.x };";
  EXPECT_TRUE(error_of(of).starts_with("b.cedar:2:")) << error_of(of);
  of.policies[1].text = of.policies[0].text;
  EXPECT_TRUE(error_of(of).contains("one")) << error_of(of);  // the same @id twice
}

TEST(CheckPolicy, WritesEntitiesInExplicitFormsAfterCheckingThem) {
  auto of = texts("permit (principal, action, resource);",
                  "entity Site { at: ipaddr };\naction view appliesTo { principal: Site, resource: Site };");
  of.entities = NamedText{
      "entities.json", R"([{"uid": {"type": "Site", "id": "north"}, "attrs": {"at": "10.0.0.1"}, "parents": []}])"};
  const auto checked = check_policy(of);
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_TRUE(checked->entities.contains(R"("__extn":{)")) << checked->entities;
  for (const auto* wrong : {R"([{"uid": {"type": "Site", "id": "north"}, "attrs": {}, "parents": []}])",
                            R"([{"uid": {"type": "Town", "id": "north"}, "attrs": {}, "parents": []}])", "{", "7"}) {
    of.entities->text = wrong;
    EXPECT_TRUE(error_of(of).contains("entities.json")) << error_of(of);
  }
}

enforcement::Snapshot snapshot() {
  return {
      .policy_file = "a.cedar",
      .policy = "permit (principal, action, resource);",
      .inventory_file = "inventory.yaml",
      .inventory =
          "nfs:\n  - {instance: f990ed9a-e555-41f1-9dea-7f66d0edecbf, type: AMF, name: amf1, dns: [amf1.5gc.test]}\n",
      .entities = ""};
}

TEST(CheckFit, HoldsForTheBuiltInSchema) {
  const auto protection = enforcement::compile(snapshot()).value();
  const auto fits = check_fit(*protection, schema::Schema::parse(default_schema(), "built-in").value());
  EXPECT_TRUE(fits) << fits.error().message;
}

TEST(CheckFit, RefusesASchemaThatSaysSomethingElseOfNfsOrActions) {
  const auto protection = enforcement::compile(snapshot()).value();
  const auto nf = check_fit(*protection, schema::Schema::parse("entity Nf { colour: String };", "s").value());
  ASSERT_FALSE(nf);
  EXPECT_TRUE(nf.error().message.contains("amf1 (AMF)")) << nf.error().message;
  auto other = snapshot();
  other.inventory = "nfs: []\n";
  const auto action =
      check_fit(*enforcement::compile(other).value(),
                schema::Schema::parse(
                    "entity Nf; action mine; action view in [mine] appliesTo { principal: Nf, resource: Nf };", "s")
                    .value());
  ASSERT_FALSE(action);
  EXPECT_TRUE(action.error().message.contains("Action::\"view\" into Action::\"mine\"")) << action.error().message;
}

}  // namespace
}  // namespace cordon::administrator
