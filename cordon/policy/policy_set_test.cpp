// Ids, templates, links and the digest.
#include "cordon/policy/policy_set.h"

#include "cordon/policy/explain.h"
#include "cordon/policy/test_support.h"

namespace cordon::policy {
namespace {

constexpr std::string_view kMixed =
    "permit(principal, action, resource) when { context.a == 2 };\n"
    "@id(\"share\") @note permit(principal == ?principal, action, resource in ?resource) when { context.a == 2 };\n"
    "@id(\"last\") forbid(principal, action == Action::\"none\", resource);\n";

Link share(std::string id) {
  return {
      .template_id = "share", .id = std::move(id), .principal = EntityUid{"U", "a"}, .resource = EntityUid{"R", "r"}};
}

std::string error_of(std::string_view text, const Reading& reading) {
  const auto set = PolicySet::parse(text, "test.cedar", reading);
  return set ? "it parses" : set.error().message;
}

// === ids ===

TEST(PolicySet, PoliciesAndTemplatesCountTheirPositionsTogether) {
  const auto set = PolicySet::parse(kMixed, "f", {.naming = Naming::position});
  ASSERT_TRUE(set);
  ASSERT_EQ(set->policies().size(), 2U);
  EXPECT_EQ(set->policies()[1].id, "policy2");
  ASSERT_EQ(set->templates().size(), 1U);
  EXPECT_EQ(set->templates()[0].id, "policy1");
  EXPECT_EQ(set->find("policy1"), &set->templates()[0]);
  EXPECT_EQ(set->find("policy2"), &set->policies()[1]);
  EXPECT_EQ(set->find("share"), nullptr);
}

TEST(PolicySet, GivenIdsNameWhatIsWrittenInOrder) {
  const auto set = PolicySet::parse(kMixed, "f", {.ids = {"x", "y", "z"}});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->policies()[0].id, "x");
  EXPECT_EQ(set->templates()[0].id, "y");
  EXPECT_EQ(set->policies()[1].id, "z");
  EXPECT_EQ(error_of(kMixed, {.ids = {"x"}}),
            "test.cedar: 1 ids for 3 policies and templates; give each of them one");
  EXPECT_NE(error_of(kMixed, {.ids = {"x", "y", "x"}})
                .find("test.cedar:3:1: the id x is already that of the policy in line 1"),
            std::string::npos);
}

// === templates and links ===

TEST(PolicySet, TemplatesDecideNothingUntilTheyAreLinked) {
  const auto set = PolicySet::parse("permit(principal == ?principal, action, resource);", "f");
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->policies().empty());
  EXPECT_TRUE(set->template_trees()[0].is_template());
  EXPECT_TRUE(set->template_trees()[0].principal.slot);
  EXPECT_FALSE(set->decide(small_request(), Entities{}).allow);
}

TEST(PolicySet, LinksFollowThePoliciesWithTheirSlotsBound) {
  const auto set = PolicySet::parse(kMixed, "f.cedar", {.links = {share("one"), share("two")}});
  ASSERT_TRUE(set);
  ASSERT_EQ(set->policies().size(), 4U);
  ASSERT_EQ(set->trees().size(), 4U);
  const PolicyInfo& one = set->policies()[2];
  EXPECT_EQ(one.id, "one");
  EXPECT_EQ(one.template_id, "share");
  EXPECT_EQ(one.place.line, 2U);
  EXPECT_EQ(one.annotations.size(), 2U);
  EXPECT_TRUE(one.text.starts_with("@id(\"share\")"));
  const Policy& tree = set->trees()[2];
  EXPECT_FALSE(tree.is_template());
  EXPECT_EQ(tree.principal.entity, (EntityUid{"U", "a"}));
  EXPECT_EQ(tree.resource.entity, (EntityUid{"R", "r"}));
  EXPECT_EQ(set->find("two"), &set->policies()[3]);
  EXPECT_EQ(set->links().size(), 2U);
  Request request = small_request();
  request.context["a"] = 2;
  EXPECT_EQ(set->decide(request, Entities{}).determining, (std::vector<std::string>{"policy0", "one", "two"}));
}

TEST(PolicySet, LinksAreExplainedInTheWordsOfTheirTemplate) {
  const std::string_view text =
      "@id(\"t\") permit(principal == ?principal, action, resource) when { context.a == 2 };";
  const auto set = PolicySet::parse(
      text, "f.cedar",
      {.links = {{.template_id = "t", .id = "l", .principal = EntityUid{"U", "a"}, .resource = {}}}});
  ASSERT_TRUE(set);
  const auto misses = set->near_misses(small_request(), Entities{});
  ASSERT_EQ(misses.size(), 1U);
  EXPECT_EQ(misses[0].policy, "l");
  EXPECT_EQ(misses[0].clause, "when { context.a == 2 }");
  const std::string words = describe(*set, small_request(), Entities{}, set->decide(small_request(), Entities{}));
  EXPECT_NE(words.find("l (f.cedar:1)"), std::string::npos) << words;
}

TEST(PolicySet, LinksMustFitTheirTemplate) {
  const auto refused = [](Link link) { return error_of(kMixed, {.links = {std::move(link)}}); };
  Link link = share("l");
  link.template_id = "none";
  EXPECT_EQ(refused(link), "test.cedar: the link \"l\": \"none\" is no template; there is none of that name");
  link.template_id = "last";
  EXPECT_EQ(refused(link), "test.cedar: the link \"l\": \"last\" is no template but a policy without slots");
  link = share("l");
  link.resource.reset();
  EXPECT_EQ(refused(link),
            "test.cedar: the link \"l\": the template \"share\" needs ?resource; give the link an entity for it");
  const Link extra{.template_id = "t", .id = "l", .principal = EntityUid{"U", "a"}, .resource = EntityUid{"R", "r"}};
  EXPECT_EQ(error_of("@id(\"t\") permit(principal, action, resource == ?resource);", {.links = {extra}}),
            "test.cedar: the link \"l\": the template \"t\" has no slot ?principal; leave its entity out");
}

TEST(PolicySet, LinksNeedIdsOfTheirOwn) {
  for (const std::string id : {"policy0", "share", "last"}) {
    EXPECT_EQ(error_of(kMixed, {.links = {share(id)}}),
              "test.cedar: the link \"" + id + "\" has the id of another policy; give it another one");
  }
  EXPECT_NE(error_of(kMixed, {.links = {share("l"), share("l")}}).find("the link \"l\" has the id"),
            std::string::npos);
}

TEST(PolicySet, LinksCountAsPolicies) {
  EXPECT_EQ(error_of(kMixed, {.limits = {.policies = 4}, .links = {share("a")}}), "it parses");
  EXPECT_EQ(error_of(kMixed, {.limits = {.policies = 4}, .links = {share("a"), share("b")}}),
            "test.cedar: more than 4 policies, templates and links; split the set");
}

// === the digest ===

TEST(PolicySet, TheDigestCoversTextIdsAndLinks) {
  const auto digest = [](std::string_view text, const Reading& reading = {}) {
    const auto set = PolicySet::parse(text, "f", reading);
    return set ? set->digest() : "";
  };
  const std::string plain = digest(kMixed);
  EXPECT_EQ(plain.size(), 64U);
  EXPECT_EQ(plain, digest(kMixed));
  EXPECT_EQ(plain, digest(kMixed, {.ids = {"policy0", "share", "last"}}));
  EXPECT_NE(plain, digest(std::string(kMixed) + "\n"));
  EXPECT_NE(plain, digest(kMixed, {.naming = Naming::position}));
  const std::string linked = digest(kMixed, {.links = {share("l")}});
  EXPECT_NE(plain, linked);
  EXPECT_NE(linked, digest(kMixed, {.links = {share("m")}}));
  Link other = share("l");
  other.resource = EntityUid{"R", "s"};
  EXPECT_NE(linked, digest(kMixed, {.links = {other}}));
}

TEST(PolicySet, PlacesAreThoseOfTheText) {
  const PolicySet set = parsed(kMixed);
  EXPECT_EQ(to_string(set.place(set.trees()[1].begin)), "test.cedar:3:1");
  EXPECT_EQ(set.text(), kMixed);
}

}  // namespace
}  // namespace cordon::policy
