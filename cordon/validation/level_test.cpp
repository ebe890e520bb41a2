// Conditions and the level they need: vectors/levels.txt.
#include "cordon/validation/level.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "cordon/validation/validate.h"

namespace cordon::validation {

namespace {

constexpr std::size_t kDeepest = 8;

policy::PolicySet set_of(const std::string& text) {
  auto set = policy::PolicySet::parse(text, "p");
  EXPECT_TRUE(set) << text << set.error().message;
  return *set;
}

std::string read_schema(std::istream& file) {
  std::string text;
  std::string line;
  while (std::getline(file, line) && line != "@schema") continue;
  while (std::getline(file, line) && line != "@end") text += line + "\n";
  return text;
}

// The least level at which there is no error.
std::string level_of(const policy::PolicySet& set, const schema::Schema& schema) {
  for (std::size_t level = 0; level <= kDeepest; ++level) {
    if (validate_level(set, schema, level).valid()) return std::to_string(level);
  }
  return "never";
}

class LevelTest : public ::testing::Test {
 protected:
  std::ifstream file{CORDON_SOURCE_DIR "/cordon/validation/vectors/levels.txt"};
  schema::Schema schema = *schema::Schema::parse(read_schema(file), "schema");

  std::string level(const std::string& text) { return level_of(set_of(text), schema); }
};

}  // namespace

TEST_F(LevelTest, EveryConditionNeedsTheLevelItIsListedUnder) {
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t space = line.find(' ');
    const policy::PolicySet set =
        set_of("permit(principal, action, resource) when { " + line.substr(space + 1) + " };");
    EXPECT_TRUE(validate(set, schema).valid()) << line;
    EXPECT_EQ(level_of(set, schema), line.substr(0, space)) << line;
    ++count;
  }
  EXPECT_GE(count, 80U);
}

TEST_F(LevelTest, InInTheScopeIsOneStep) {
  EXPECT_EQ(level("permit(principal == Unit::\"a\", action == Action::\"use\", resource is Thing);"), "0");
  EXPECT_EQ(level("permit(principal in Unit::\"a\", action, resource);"), "1");
  EXPECT_EQ(level("permit(principal is Unit in Unit::\"a\", action, resource);"), "1");
  EXPECT_EQ(level("permit(principal, action in Action::\"group\", resource);"), "1");
  EXPECT_EQ(level("permit(principal, action, resource in Unit::\"a\");"), "1");
  EXPECT_EQ(level("permit(principal in ?principal, action, resource);"), "1");
}

TEST_F(LevelTest, SeveralClausesAreWalkedUntilOneIsAlwaysFalse) {
  EXPECT_EQ(level("permit(principal, action, resource) when { true } unless { principal.chief.open };"), "2");
  EXPECT_EQ(level("permit(principal, action, resource) when { false } unless { principal.chief.open };"), "0");
}

TEST_F(LevelTest, WhatDoesNotTypeIsLeftToValidation) {
  EXPECT_EQ(level("permit(principal, action, resource) when { principal.chief.open == 1 };"), "0");
}

TEST_F(LevelTest, TheErrorNamesThePlaceAndBothLevels) {
  const auto findings =
      validate_level(set_of("permit(principal, action, resource)\nwhen { principal.chief.open };"), schema, 1);
  ASSERT_EQ(findings.errors.size(), 1U);
  EXPECT_EQ(findings.errors[0].place.line, 2U);
  EXPECT_EQ(findings.errors[0].place.column, 8U);
  EXPECT_EQ(findings.errors[0].message, "this needs entities at level 2, and only 1 is allowed");
  EXPECT_EQ(findings.errors[0].rule, "level-exceeded");
}

}  // namespace cordon::validation
