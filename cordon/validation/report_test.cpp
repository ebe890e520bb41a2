#include "cordon/validation/report.h"

#include <gtest/gtest.h>

namespace cordon::validation {

namespace {

policy::PolicySet set_of(std::string_view text) {
  auto set = policy::PolicySet::parse(text, "p.cedar");
  EXPECT_TRUE(set) << set.error().message;
  return *set;
}

}  // namespace

TEST(Report, TellsEachProblemOnceAndInTheOrderOfTheText) {
  const policy::PolicySet set = set_of("permit(principal, action, resource)\nwhen { true };");
  Report report;
  report.add({43, Rule::unexpected_type, "second"}, "a hint");
  report.add({43, Rule::unexpected_type, "second"}, "another hint", " elsewhere");
  report.add({0, Rule::impossible_policy, "a warning"});
  report.add({0, Rule::no_applicable_action, "first"});
  Findings findings;
  report.hand_over(set, "x", findings);
  ASSERT_EQ(findings.errors.size(), 2U);
  ASSERT_EQ(findings.warnings.size(), 1U);
  EXPECT_EQ(to_string(findings.errors[0]), "p.cedar:1:1: policy `x`: first");
  EXPECT_EQ(to_string(findings.errors[1]), "p.cedar:2:8: policy `x`: second; a hint");
  EXPECT_EQ(findings.warnings[0].rule, "impossible-policy");
  EXPECT_FALSE(findings.valid());
}

TEST(Report, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(shortened("short"), "short");
  EXPECT_EQ(shortened(std::string(200, 'a')).size(), 200U);
  EXPECT_EQ(shortened(std::string(199, 'a') + "\u00e4\u00e4"), std::string(199, 'a') + "...");
}

TEST(Report, WhatControlsATerminalIsShownNotSent) {
  EXPECT_EQ(printable("a\x1b[2Jb\x7f"), "a\\u{1b}[2Jb\\u{7f}");
  EXPECT_EQ(printable("a\u202Eb\u2066c\u2014"), "a\\u{202e}b\\u{2066}c\u2014");
}

TEST(Report, NamesEveryRule) {
  EXPECT_EQ(name_of(Rule::unrecognised_entity_type), "unrecognised-entity-type");
  EXPECT_EQ(name_of(Rule::empty_set), "empty-set");
  EXPECT_EQ(name_of(Rule::mixed_scripts), "mixed-scripts");
  EXPECT_TRUE(is_warning(Rule::mixed_scripts));
  EXPECT_FALSE(is_warning(Rule::literal_dereference));
}

}  // namespace cordon::validation
