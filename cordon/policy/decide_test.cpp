#include "cordon/policy/policy.h"
#include "cordon/policy/test_support.h"

namespace cordon::policy {
namespace {

using Ids = std::vector<std::string>;

constexpr std::string_view kPermit = "@id(\"yes\") permit(principal, action, resource);";
constexpr std::string_view kForbid = "@id(\"no\") forbid(principal, action, resource) when { context.a == 1 };";
constexpr std::string_view kErringForbid =
    "@id(\"broken\") forbid(principal, action, resource) when { 1 + \"a\" == 2 };";
constexpr std::string_view kErringPermit = "@id(\"torn\") permit(principal, action, resource) when { context.none };";

std::string together(std::initializer_list<std::string_view> policies) {
  std::string all;
  for (const std::string_view policy : policies) all += std::string(policy) + "\n";
  return all;
}

TEST(Decide, DeniesByDefault) {
  const Decision decision = decide_small("");
  EXPECT_FALSE(decision.allow);
  EXPECT_FALSE(decision.forbidden);
  EXPECT_TRUE(decision.determining.empty());
}

TEST(Decide, APermitAllowsAndIsNamed) {
  const Decision decision = decide_small(kPermit);
  EXPECT_TRUE(decision.allow);
  EXPECT_EQ(decision.determining, Ids{"yes"});
}

TEST(Decide, AForbidWinsAndIsNamedAlone) {
  const Decision decision = decide_small(together({kPermit, kForbid}));
  EXPECT_FALSE(decision.allow);
  EXPECT_TRUE(decision.forbidden);
  EXPECT_FALSE(decision.erring_forbid);
  EXPECT_EQ(decision.determining, Ids{"no"});
}

// === erring policies ===

TEST(Decide, TheReferenceSkipsErringPoliciesAndReportsThem) {
  const Decision decision = decide_small(together({kErringPermit, kPermit, kErringForbid}), Profile::reference);
  EXPECT_TRUE(decision.allow);
  ASSERT_EQ(decision.errors.size(), 2U);
  EXPECT_EQ(decision.errors[0].policy, "torn");
  EXPECT_EQ(decision.errors[1].policy, "broken");
  EXPECT_FALSE(decision.erring_forbid);
}

TEST(Decide, FailClosedRefusesOnAnErringForbid) {
  const Decision decision = decide_small(together({kPermit, kErringForbid}), Profile::fail_closed);
  EXPECT_FALSE(decision.allow);
  EXPECT_TRUE(decision.forbidden);
  EXPECT_TRUE(decision.erring_forbid);
  EXPECT_EQ(decision.determining, Ids{"broken"});
}

TEST(Decide, FailClosedIsTheDefault) {
  EXPECT_FALSE(parsed(together({kPermit, kErringForbid})).decide(small_request(), Entities{}).allow);
}

TEST(Decide, AnErringPermitChangesNothingUnderFailClosed) {
  EXPECT_TRUE(decide_small(together({kPermit, kErringPermit}), Profile::fail_closed).allow);
}

TEST(Decide, AnErringForbidOutsideItsScopeIsNotEvaluated) {
  const Decision decision = decide_small(
      together({kPermit, "forbid(principal == U::\"other\", action, resource) when { 1 + \"a\" == 2 };"}),
      Profile::fail_closed);
  EXPECT_TRUE(decision.allow);
  EXPECT_TRUE(decision.errors.empty());
}

TEST(Decide, ASatisfiedForbidIsTheReasonEvenBesideAnErringOne) {
  const Decision decision = decide_small(together({kErringForbid, kForbid, kPermit}), Profile::fail_closed);
  EXPECT_FALSE(decision.erring_forbid);
  EXPECT_EQ(decision.determining, Ids{"no"});
}

TEST(Decide, EveryDeterminingPolicyIsNamedInOrder) {
  const Decision decision = decide_small(together({kPermit, "permit(principal is U, action, resource is R);"}));
  EXPECT_EQ(decision.determining, (Ids{"yes", "policy1"}));
}

// === scopes ===

TEST(Decide, ScopesMatchExactly) {
  Entities store;
  ASSERT_TRUE(store.add({{"U", "a"}, {}, {{"G", "g"}}}));
  ASSERT_TRUE(store.add({{"Action", "x"}, {}, {{"Action", "read"}}}));
  struct Scope {
    std::string_view text;
    bool matches;
  };
  for (const Scope& scope :
       std::vector<Scope>{{"principal, action, resource", true},
                          {"principal == U::\"a\", action, resource", true},
                          {"principal == U::\"b\", action, resource", false},
                          {"principal in G::\"g\", action, resource", true},
                          {"principal in U::\"a\", action, resource", true},
                          {"principal in G::\"h\", action, resource", false},
                          {"principal is U, action, resource", true},
                          {"principal is G, action, resource", false},
                          {"principal is U in G::\"g\", action, resource", true},
                          {"principal is G in G::\"g\", action, resource", false},
                          {"principal is U in G::\"h\", action, resource", false},
                          {"principal, action == Action::\"x\", resource", true},
                          {"principal, action == Action::\"read\", resource", false},
                          {"principal, action in Action::\"read\", resource", true},
                          {"principal, action in Action::\"x\", resource", true},
                          {"principal, action in [Action::\"y\", Action::\"read\"], resource", true},
                          {"principal, action in [Action::\"x\", Action::\"read\"], resource", true},
                          {"principal, action in [Action::\"y\"], resource", false},
                          {"principal, action in [], resource", false},
                          {"principal, action, resource is R", true},
                          {"principal, action, resource in G::\"g\"", false}}) {
    const PolicySet set = parsed("permit(" + std::string(scope.text) + ");");
    EXPECT_EQ(set.decide(small_request(), store).allow, scope.matches) << scope.text;
    EXPECT_EQ(set.decide(small_request(), store, Profile::fail_closed, Search::every).allow, scope.matches)
        << scope.text;
  }
}

}  // namespace
}  // namespace cordon::policy
