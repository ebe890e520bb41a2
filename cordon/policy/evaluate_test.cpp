#include "cordon/policy/evaluate.h"

#include "cordon/policy/test_support.h"

namespace cordon::policy {
namespace {

std::string outcome(const std::string& text, std::string_view allow, std::string_view deny,
                    const Entities& entities = Entities{}, const Reading& reading = {}) {
  const auto set = PolicySet::parse(text, "test.cedar", reading);
  if (!set) return "refused";
  const Decision decision = set->decide(small_request(), entities, Profile::reference);
  if (!decision.errors.empty()) return "error";
  return std::string(decision.allow ? allow : deny);
}

struct Case {
  std::string wanted;
  std::string text;
};

std::vector<Case> cases(const std::string& name) {
  std::vector<Case> read;
  for (const std::string& line : vector_lines(name)) {
    read.push_back({line.substr(0, line.find(' ')), line.substr(8)});
  }
  EXPECT_GT(read.size(), 30U);
  return read;
}

TEST(Evaluate, ExpressionsAnswerAsTheReferenceDoes) {
  for (const Case& one : cases("expressions.txt")) {
    EXPECT_EQ(outcome("permit(principal,action,resource) when { " + one.text + " };", "true", "false"), one.wanted)
        << one.text;
  }
}

TEST(Evaluate, PoliciesAnswerAsTheReferenceDoes) {
  for (const Case& one : cases("policies.txt")) EXPECT_EQ(outcome(one.text, "allow", "deny"), one.wanted) << one.text;
}

// === with entities ===

TEST(Evaluate, EntitiesAndTagsAnswerAsTheReferenceDoes) {
  const Entities store = small_entities();
  for (const Case& one : cases("entities.txt")) {
    EXPECT_EQ(outcome("permit(principal,action,resource) when { " + one.text + " };", "true", "false", store),
              one.wanted)
        << one.text;
  }
}

// SLOTS of vectors/templates.txt.
Link link_of(std::string_view slots) {
  Link link{.template_id = "policy0", .id = "link", .principal = {}, .resource = {}};
  for (const char slot : slots) {
    if (slot == 'p') link.principal = {"U", "a"};
    if (slot == 'P') link.principal = {"G", "top"};
    if (slot == 'x') link.principal = {"U", "none"};
    if (slot == 'r') link.resource = {"R", "r"};
    if (slot == 'R') link.resource = {"G", "shelf"};
  }
  return link;
}

TEST(Evaluate, LinkedTemplatesAnswerAsTheReferenceDoes) {
  const Entities store = small_entities();
  for (const Case& one : cases("templates.txt")) {
    const std::size_t blank = one.text.find(' ');
    const Reading reading{.naming = Naming::position, .links = {link_of(one.text.substr(0, blank))}};
    EXPECT_EQ(outcome(one.text.substr(blank + 1), "allow", "deny", store, reading), one.wanted) << one.text;
  }
}

Entities family() {
  Entities store;
  EXPECT_TRUE(store.add({{"G", "top"}, {}, {}}));
  EXPECT_TRUE(store.add({{"G", "mid"}, {}, {{"G", "top"}}}));
  EXPECT_TRUE(store.add({{"U", "a"}, {{"n", 7}, {"friend", EntityUid{"U", "b"}}}, {{"G", "mid"}}}));
  EXPECT_TRUE(store.add({{"U", "b"}, {{"n", 8}}, {}}));
  EXPECT_TRUE(store.add({{"R", "r"}, {{"owner", EntityUid{"U", "a"}}}, {{"G", "shelf"}}}));
  return store;
}

TEST(Evaluate, EntitiesHaveAttributesAndAncestors) {
  const Entities store = family();
  for (const std::string_view condition :
       {"principal.n == 7", "principal.friend.n == 8", "resource.owner == principal", "resource.owner.friend.n == 8",
        "principal has friend.n", "!(principal has friend.friend.n)", "!(U::\"none\" has n)",
        "principal in G::\"top\"", "principal in [G::\"none\", G::\"top\"]", "principal is U in G::\"top\"",
        "resource in G::\"shelf\"", "!(resource in G::\"top\")", "U::\"none\" in U::\"none\"",
        "!(U::\"none\" in G::\"top\")", "principal in principal", "resource[\"owner\"][\"n\"] == 7"}) {
    const auto set = parsed("permit(principal,action,resource) when { " + std::string(condition) + " };");
    EXPECT_TRUE(set.decide(small_request(), store).allow) << condition;
  }
}

struct Message {
  std::string_view condition;
  std::string_view says;
};

TEST(Evaluate, FaultsSayWhereAndWhat) {
  const Entities store = family();
  for (const Message& one : std::vector<Message>{
           {"principal.none", "test.cedar:1:44: U::\"a\" has no attribute \"none\""},
           {"context.none", "test.cedar:1:44: the record has no attribute \"none\""},
           {"U::\"zz\".n == 1", "1:44: entity U::\"zz\" does not exist"},
           {"1 + \"a\" == 2", "1:48: type error: expected Long, got String"},
           {"true && 1", "1:52: type error: expected Bool, got Long"},
           {"principal in [U::\"a\", 3]", "expected Entity in the set, got Long"},
           {"principal in 3", "expected Entity or Set of entities, got Long"},
           {"1 is U", "expected Entity, got Long"},
           {"context.s.contains(context.s.contains(context.str.isEmpty()))", "expected Set, got String"},
           {"1 like \"a\"", "expected String, got Long"},
           {"\"a\" has b", "expected Record or Entity before `has`, got String"},
           {"principal has n.x", "expected Record or Entity before `has`, got Long"},
           {"9223372036854775807 + 1 == 0", "integer overflow in 9223372036854775807 + 1"},
           {"-9223372036854775808 - 1 == 0", "integer overflow in -9223372036854775808 - 1"},
           {"9223372036854775807 * 2 == 0", "integer overflow in 9223372036854775807 * 2"},
           {"-(-9223372036854775808) == 0", "integer overflow in -(-9223372036854775808)"},
           {"1 < \"a\"", "type error: expected Long, got String"},
           {"\"a\" < 1", "type error: expected Long, datetime or duration, got String"},
           {"principal.getTag(\"t\") == 1", "U::\"a\" has no tag \"t\""},
           {"U::\"zz\".getTag(\"t\") == 1", "entity U::\"zz\" does not exist"},
           {"principal.hasTag(1)", "type error: expected String, got Long"},
           {"ip(\"x\") == 1", "\"x\" is no address or network: write ip(\"192.0.2.0/24\")"},
           {"decimal(\"x\") == 1", "\"x\" is no decimal: write"},
           {"datetime(\"x\") == 1", "\"x\" is no datetime: write"},
           {"duration(\"x\") == 1", "\"x\" is no duration: write"},
           {"ip() == 1", "`ip` takes 1 argument, not 0"},
           {"ip(\"::\").isIpv4(1, 2)", "`isIpv4` takes 0 arguments, not 2"},
           {"ip(\"::\").isInRange(\"::\")", "type error: expected ipaddr, got String"},
           {"datetime(\"2024-01-01\").offset(duration(\"9223372036854775807ms\")) == 1", "overflow in `offset`"}}) {
    const auto set = parsed("permit(principal,action,resource)  when { " + std::string(one.condition) + " };");
    const auto decision = set.decide(small_request(), store);
    ASSERT_EQ(decision.errors.size(), 1U) << one.condition;
    EXPECT_FALSE(decision.allow);
    const std::string& message = decision.errors[0].message;
    EXPECT_NE(
        message.find(one.says.starts_with("test") || one.says.starts_with("1:") ? one.says.substr(one.says.find(' '))
                                                                                : one.says),
        std::string::npos)
        << one.condition << " " << message;
  }
}

TEST(Evaluate, FaultsPointAtThePartThatFailed) {
  const Decision decision =
      decide_small("permit(principal, action, resource)\nwhen { context.a == 1 && context.b == 2 };");
  ASSERT_EQ(decision.errors.size(), 1U);
  EXPECT_EQ(decision.errors[0].message, "test.cedar:2:26: the record has no attribute \"b\"");
  EXPECT_EQ(decision.errors[0].policy, "policy0");
}

TEST(Evaluate, PatternsAreMatchedInReasonableTime) {
  Request request = small_request();
  request.context["str"] = std::string(20'000, 'a');
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "*a";
  const auto set = parsed("permit(principal,action,resource) when { context.str like \"" + pattern + "*b\" };");
  EXPECT_FALSE(set.decide(request, Entities{}).allow);
}

}  // namespace
}  // namespace cordon::policy
