#include "cordon/analysis/prove.h"

#include <gtest/gtest.h>

#include "cordon/analysis/test_documents.h"

namespace cordon::analysis {
namespace {

const std::filesystem::path& solver() {
  static const auto kFound = Solver::find();
  return kFound.value();  // throws, and so fails the test: the packages of the tests include cvc5
}

ProofOutcome outcome_named(const std::string& name) {
  return name == "proved" ? ProofOutcome::proved : name == "refuted" ? ProofOutcome::refuted : ProofOutcome::unknown;
}

TEST(Prove, AnswersEveryClaimOfTheVectors) {
  const auto schema = documents();
  for (const auto& line : claim_lines()) {
    SCOPED_TRACE(line.text);
    const auto candidate = parsed(line.policies);
    const auto other = parsed(line.other);
    const auto proof = prove(claim_named(line.claim).value(), candidate, &other, schema, solver());
    EXPECT_TRUE(proof) << proof.error().message;
    if (!proof) continue;
    EXPECT_EQ(proof->outcome, outcome_named(line.outcome));
    for (const auto& step : proof->steps) EXPECT_EQ(step.reason, "");
  }
}

TEST(Prove, CounterexamplesConformToTheSchema) {
  const auto schema = documents();
  const auto candidate = parsed(
      R"(permit(principal, action == Action::"view", resource) when { resource.owner has manager && resource.owner.manager in
         Group::"g" && context has token && principal.level == 4 };)");
  const auto proof = prove(Claim::always_denies, candidate, nullptr, schema, solver());
  ASSERT_TRUE(proof) << proof.error().message;
  ASSERT_EQ(proof->outcome, ProofOutcome::refuted);
  const auto& found = *proof->steps.front().counterexample;
  policy::Entities entities;
  for (const auto& entity : found.entities) ASSERT_TRUE(entities.add(entity));
  const auto* asking = entities.find(found.request.principal);
  ASSERT_NE(asking, nullptr);
  EXPECT_EQ(asking->attributes.at("level"), policy::Value(4));
  EXPECT_TRUE(candidate.decide(found.request, entities).allow);
}

TEST(Prove, ErringForbidRefusesInTheFailClosedProfileOnly) {
  const auto schema = documents();
  const auto candidate = parsed(R"(permit(principal, action == Action::"edit", resource);
      forbid(principal, action == Action::"edit", resource) when { context.n + 1 > context.n };)");
  const auto closed = prove(Claim::always_denies, candidate, nullptr, schema, solver());
  ASSERT_TRUE(closed) << closed.error().message;
  EXPECT_EQ(closed->outcome, ProofOutcome::proved);
  const auto open =
      prove(Claim::always_denies, candidate, nullptr, schema, solver(), {.profile = policy::Profile::reference});
  ASSERT_TRUE(open) << open.error().message;
  EXPECT_EQ(open->outcome, ProofOutcome::refuted);
}

TEST(Prove, AsksOnceForEnvironmentsThatAreAlike) {
  const auto schema = documents();
  const auto candidate = parsed(R"(permit(principal, action, resource is Doc) when { resource.open };)");
  const auto proof = prove(Claim::always_denies, candidate, nullptr, schema, solver());
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->environments, 4U);
  EXPECT_EQ(proof->trivial, 1U);    // list: of folders only
  EXPECT_EQ(proof->questions, 1U);  // view, print and edit are alike
  ASSERT_EQ(proof->steps.size(), 1U);
  EXPECT_EQ(proof->steps.front().environments.size(), 3U);
}

TEST(Prove, SaysUnknownWhenTheTimeIsOver) {
  const auto schema = documents();
  // Nonlinear arithmetic over four unknowns: no answer within a millisecond.
  const auto candidate = parsed(R"(permit(principal, action == Action::"view", resource) when {
      context.n > 100 && principal.level > 100 && resource.owner.level > 100 &&
      context.n * context.n * context.n + principal.level * principal.level * principal.level ==
      resource.owner.level * resource.owner.level * resource.owner.level };)");
  const auto proof =
      prove(Claim::always_denies, candidate, nullptr, schema, solver(), {.limit = std::chrono::milliseconds(1)});
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->outcome, ProofOutcome::unknown);
  ASSERT_EQ(proof->steps.size(), 1U);
  EXPECT_NE(proof->steps.front().reason, "");
}

TEST(Prove, ComparingNeedsTwoSets) {
  const auto proof =
      prove(Claim::equivalent, parsed("permit(principal, action, resource);"), nullptr, documents(), solver());
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().message, "equivalent compares two policy sets; name the other");
}

TEST(Prove, FailsClearlyWithoutASolver) {
  const auto proof = prove(Claim::always_denies, parsed(R"(permit(principal, action == Action::"view", resource);)"),
                           nullptr, documents(), "/no/such/solver");
  ASSERT_FALSE(proof);
  EXPECT_TRUE(proof.error().message.contains("/no/such/solver")) << proof.error().message;
}

TEST(Prove, LooksOnlyWhereItIsAsked) {
  const auto candidate = parsed(R"(permit(principal, action == Action::"view", resource);)");
  const auto proof = prove(Claim::always_denies, candidate, nullptr, documents(), solver(),
                           {.about = [](const Environment& environment) { return environment.action.id == "edit"; }});
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->outcome, ProofOutcome::proved);
  EXPECT_EQ(proof->environments, 1U);
}

}  // namespace
}  // namespace cordon::analysis
