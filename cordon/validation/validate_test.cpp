// What findings say, in what order, and that validation ends soon whatever it is given.
#include "cordon/validation/validate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <format>
#include <string>

namespace cordon::validation {

namespace {

constexpr std::string_view kSchema = R"(
entity Kind enum ["AMF", "SMF"];
entity Nf in [Kind] { plmn: String, trust?: Long, site: { room?: String } } tags Long;
entity Service in [Kind] { producer: Nf, name: String };
action read;
action get in [read] appliesTo { principal: [Nf], resource: [Service], context: { plmn: String, token?: { sub: String } } };
action put appliesTo { principal: [Nf], resource: [Service], context: { plmn: String, token?: { sub: String } } };
)";

class ValidateTest : public ::testing::Test {
 protected:
  schema::Schema schema = *schema::Schema::parse(kSchema, "schema");

  Findings findings(std::string_view text, policy::Reading reading = {}) {
    auto set = policy::PolicySet::parse(text, "p.cedar", reading);
    EXPECT_TRUE(set) << set.error().message;
    return set ? validate(*set, schema) : Findings{};
  }

  // The only error.
  std::string error(std::string_view text) {
    const Findings found = findings(text);
    EXPECT_EQ(found.errors.size(), 1U) << text;
    return found.errors.empty() ? "none" : to_string(found.errors.front());
  }

  std::string condition(std::string_view text) {
    return error(std::format("permit(principal, action, resource) when {{\n{}\n}};", text));
  }
};

}  // namespace

TEST_F(ValidateTest, AMistakenNameInAScopeIsShownWhereItStandsWithWhatWasMeant) {
  EXPECT_EQ(findings("@id(\"Nff\")\nforbid(\n  principal is Nff,\n  action,\n  resource);").errors.back().place.line,
            3U);
  const Findings found =
      findings("permit(principal == Nff::\"a\", action == Action::\"gett\", resource in Kind::\"AMG\");");
  ASSERT_EQ(found.errors.size(), 4U);
  EXPECT_EQ(
      to_string(found.errors[0]),
      "p.cedar:1:1: policy `policy0`: the schema has no action that this scope could apply to; compare the scope "
      "with what the schema's actions apply to");
  EXPECT_EQ(to_string(found.errors[1]),
            "p.cedar:1:21: policy `policy0`: the schema has no entity type `Nff`; did you mean `Nf`?");
  EXPECT_EQ(to_string(found.errors[2]),
            "p.cedar:1:41: policy `policy0`: the schema has no action `Action::\"gett\"`; did you mean `get`?");
  EXPECT_EQ(
      to_string(found.errors[3]),
      "p.cedar:1:69: policy `policy0`: `Kind::\"AMG\"` is none of the entities that the schema lists for `Kind`; "
      "did you mean `AMF`?");
}

TEST_F(ValidateTest, EqualsWhereInWasMeantIsHinted) {
  EXPECT_TRUE(error("permit(principal == Kind::\"AMF\", action, resource);")
                  .ends_with("use `in` instead of `==` for the principal"));
  EXPECT_TRUE(error("permit(principal, action, resource == Kind::\"AMF\");")
                  .ends_with("use `in` instead of `==` for the resource"));
  EXPECT_TRUE(error("permit(principal == Kind::\"AMF\", action, resource == Kind::\"AMF\");")
                  .ends_with("use `in` instead of `==` for the principal and the resource"));
}

TEST_F(ValidateTest, AttributesAreNamedFromTheEntityOrTheContext) {
  EXPECT_EQ(condition("principal.plnm == \"\""),
            "p.cedar:2:1: policy `policy0`: there is no attribute `plnm` on `Nf`; did you mean `plmn`?");
  EXPECT_EQ(
      condition("principal.site.room == \"\""),
      "p.cedar:2:1: policy `policy0`: the optional attribute `site.room` on `Nf` may be absent here; ask for it "
      "first: `principal.site has room && ...`");
  EXPECT_EQ(condition("resource.producer.trust == 1"),
            "p.cedar:2:1: policy `policy0`: the optional attribute `trust` on `Nf` may be absent here; ask for it "
            "first: `resource.producer has trust && ...`");
  EXPECT_EQ(condition("context.token.sub == \"\""),
            "p.cedar:2:1: policy `policy0`: the optional attribute `token` may be absent here in the context of "
            "`Action::\"get\"`; ask for it first: `context has token && ...`");
  EXPECT_EQ(condition("context has token && context.token.sup == \"\""),
            "p.cedar:2:22: policy `policy0`: there is no attribute `token.sup` in the context of `Action::\"get\"`; "
            "did you mean `sub`?");
  EXPECT_EQ(condition("{a: 1}[\"b c\"] == 1"), "p.cedar:2:1: policy `policy0`: there is no attribute `\"b c\"`");
}

TEST_F(ValidateTest, TypesAreNamedWithAHint) {
  EXPECT_EQ(condition("principal.plmn + 1 == 2"),
            "p.cedar:2:1: policy `policy0`: expected Long, found String; Cedar does not join strings");
  EXPECT_EQ(condition("principal.plmn == 1"),
            "p.cedar:2:1: policy `policy0`: the types String and Long of the two sides of an equality are not "
            "compatible; they must be the same type");
  EXPECT_EQ(condition("principal.getTag(\"a\") == 1"),
            "p.cedar:2:1: policy `policy0`: the tag `\"a\"` on `Nf` may be absent here; ask for it first: "
            "`.hasTag(\"a\") && ...`");
  EXPECT_EQ(condition("ip(\"1.2.3\").isIpv4()"),
            "p.cedar:2:1: policy `policy0`: \"1.2.3\" is not a valid ip; write it like `ip(\"192.0.2.0/24\")` or "
            "`ip(\"2001:db8::1\")`");
  EXPECT_EQ(condition("decimal(\"1.2\").lessThan()"),
            "p.cedar:2:1: policy `policy0`: `lessThan` takes 2 arguments, 1 given");
}

TEST_F(ValidateTest, AMistakeIsToldOnceHoweverManyActionsItConcerns) {
  EXPECT_EQ(findings("permit(principal, action, resource) when { context.foo == 1 };").errors.size(), 1U);
  EXPECT_EQ(findings("permit(principal, action, resource) when { action == Action::\"get\" && context.foo };")
                .errors.size(),
            1U);
}

TEST_F(ValidateTest, FindingsFollowTheOrderOfPoliciesAndOfTheText) {
  const Findings found = findings(
      "@id(\"b\") permit(principal, action, resource) when { 1 == \"a\" || principal.x || principal.y };"
      "@id(\"a\") permit(principal, action, resource) when { false };"
      "@id(\"c\") permit(principal is Nf in ?principal, action, resource) when { resource.z };");
  ASSERT_EQ(found.errors.size(), 3U);
  EXPECT_EQ(found.errors[0].policy + found.errors[1].policy + found.errors[2].policy, "bbc");
  EXPECT_LT(found.errors[0].place.column, found.errors[1].place.column);
  ASSERT_EQ(found.warnings.size(), 1U);
  EXPECT_EQ(found.warnings[0].policy, "a");
  EXPECT_EQ(found.warnings[0].rule, "impossible-policy");
}

TEST_F(ValidateTest, LinksAreCheckedForWhatTheyBind) {
  const policy::Link good{
      .template_id = "t", .id = "good", .principal = policy::EntityUid{"Nf", "a"}, .resource = {}};
  const policy::Link bad{.template_id = "t", .id = "bad", .principal = policy::EntityUid{"Nff", "a"}, .resource = {}};
  const Findings found =
      findings("@id(\"t\") permit(principal == ?principal, action, resource);", {.links = {good, bad}});
  ASSERT_EQ(found.errors.size(), 2U);
  EXPECT_EQ(found.errors[0].policy, "bad");
  EXPECT_EQ(found.errors[0].rule, "unrecognised-entity-type");
}

TEST_F(ValidateTest, TextThatMisleadsTheEyeIsWarnedOf) {
  const auto warned = [&](std::string_view condition) {
    const Findings found = findings(std::format("permit(principal, action, resource) when {{ {} }};", condition));
    return found.warnings.empty() ? std::string() : found.warnings.front().rule;
  };
  EXPECT_EQ(warned("principal.plmn == \"plain\""), "");
  EXPECT_EQ(warned("principal.plmn == \"naïve Ærø 日本\""), "");
  EXPECT_EQ(warned("principal.plmn == \"a\u202Eb\""), "bidirectional-text");
  EXPECT_EQ(warned("principal.plmn like \"*\u2066b\""), "bidirectional-text");
  EXPECT_EQ(warned("principal.plmn == \"pаypal\""), "mixed-scripts");  // the first a is Cyrillic
  EXPECT_EQ(warned("principal == Nf::\"αa\""), "mixed-scripts");
  EXPECT_EQ(findings("permit(principal == Nf::\"\u202E\", action, resource);").warnings.size(), 1U);
}

TEST_F(ValidateTest, MistakesWithoutNumberEndInBoundedTime) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += std::format("permit(principal is Type{}, action == Action::\"{}\", resource);\n", i, i);
  const Findings found = findings(text);
  EXPECT_EQ(found.errors.size(), 900U);
  EXPECT_TRUE(found.errors.back().hint.empty());
}

TEST_F(ValidateTest, LongChainsAndDeepNestingAreWalked) {
  std::string guards = "true";
  std::string choices = "false";
  for (int i = 0; i < 20'000; ++i) {
    guards += " && principal has trust && principal.trust > 1";
    choices += " || principal has trust";
  }
  EXPECT_TRUE(findings(std::format("permit(principal, action, resource) when {{ {} }};", guards)).valid());
  EXPECT_TRUE(findings(std::format("permit(principal, action, resource) when {{ {} }};", choices)).valid());
  std::string nested = "principal.plmn";
  for (int i = 0; i < 40; ++i) nested = std::format("(if {} == \"a\" then \"b\" else \"c\")", nested);
  EXPECT_TRUE(findings(std::format("permit(principal, action, resource) when {{ {} == \"b\" }};", nested)).valid());
  std::string tests = "principal";
  for (int i = 0; i < 30; ++i)
    tests = std::format("(if {} is Nf in Kind::\"AMF\" then principal else resource.producer)", tests);
  const auto set = policy::PolicySet::parse(
      std::format("permit(principal, action, resource) when {{ {} in Kind::\"AMF\" }};", tests), "p");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_TRUE(validate(*set, schema).valid());
  EXPECT_TRUE(validate_level(*set, schema, 3).valid());
}

}  // namespace cordon::validation
