#include "cordon/analysis/diff.h"

#include <gtest/gtest.h>

#include "cordon/analysis/test_documents.h"

namespace cordon::analysis {
namespace {

TEST(Diff, NamesPoliciesByWhatBecameOfThem) {
  const auto before =
      parsed(R"(@id("a") permit(principal, action, resource); @id("b") forbid(principal, action, resource);
      @id("c") permit(principal, action, resource) when { context.n > 1 }; @id("t") permit(principal == ?principal, action, resource);)");
  const auto after = parsed(R"(@id("a") @because("x") permit(principal, action, resource);
      @id("c") permit(principal, action, resource) when { context.n > 2 }; @id("d") forbid(principal, action, resource);
      @id("t") permit(principal in ?principal, action, resource);)");
  std::string told;
  for (const auto& change : changed_policies(before, after)) {
    told += std::format("{}{} ", change.id, static_cast<int>(change.kind));
  }
  EXPECT_EQ(told, "a3 c2 d0 t2 b1 ");
}

TEST(Diff, ShowsBothDirectionsWithRequestsThatTheEngineConfirms) {
  const auto schema = documents();
  const auto before =
      parsed(R"(@id("few") permit(principal, action == Action::"view", resource) when { principal.level > 5 };
                                @id("edit") permit(principal, action == Action::"edit", resource);)");
  const auto after =
      parsed(R"(@id("few") permit(principal, action == Action::"view", resource) when { principal.level > 3 };)");
  const auto found = diff(before, after, schema, Solver::find().value());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->policies.size(), 2U);
  ASSERT_EQ(found->newly_allowed.steps.size(), 1U);
  const auto& allowed = found->newly_allowed.steps.front();
  EXPECT_EQ(allowed.environments.front().text(), "User asks view of Doc");
  EXPECT_TRUE(allowed.answer.allow);
  EXPECT_FALSE(allowed.other.allow);
  ASSERT_EQ(found->newly_refused.steps.size(), 1U);
  EXPECT_EQ(found->newly_refused.steps.front().environments.front().action.id, "edit");
}

TEST(Diff, AsksNothingWhereTheSetsAreAlike) {
  const auto schema = documents();
  const auto set = parsed(R"(permit(principal, action, resource) when { principal.level > 5 };)");
  const auto found = diff(set, set, schema, Solver::find().value());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->policies.empty() && found->newly_allowed.steps.empty() && found->newly_refused.steps.empty());
  EXPECT_EQ(found->newly_allowed.questions + found->newly_refused.questions, 0U);
}

}  // namespace
}  // namespace cordon::analysis
