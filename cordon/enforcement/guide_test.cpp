// The examples of docs/guides/policies-for-a-5g-core.md: those that are right validate strictly and without a
// warning, those that are marked wrong do not.
#include <gtest/gtest.h>

#include <sstream>

#include "cordon/enforcement/test_judge.h"
#include "cordon/schema/schema.h"
#include "cordon/validation/validate.h"

namespace cordon::enforcement {
namespace {

struct Example {
  std::string text;
  bool wrong = false;
};

std::vector<Example> examples() {
  std::vector<Example> result;
  std::istringstream guide(test::source("docs/guides/policies-for-a-5g-core.md"));
  bool inside = false;
  for (std::string line; std::getline(guide, line);) {
    if (line.starts_with("```")) {
      if (!inside && line.starts_with("```cedar")) result.push_back({"", line.ends_with(" wrong")});
      inside = !inside;
    } else if (inside) {
      result.back().text += line + "\n";
    }
  }
  return result;
}

TEST(Guide, HasExamplesThatAreWhatItSaysTheyAre) {
  const auto schema = schema::Schema::parse(test::source("policies/sbi.cedarschema"), "sbi.cedarschema");
  ASSERT_TRUE(schema) << schema.error().message;
  std::size_t right = 0, wrong = 0;
  for (const auto& example : examples()) {
    const auto rules = policy::PolicySet::parse(example.text, "guide");
    ASSERT_TRUE(rules) << example.text << rules.error().message;
    const auto findings = validation::validate(*rules, *schema);
    EXPECT_EQ(findings.valid(), !example.wrong) << example.text;
    if (!example.wrong) {
      for (const auto& each : findings.errors) ADD_FAILURE() << each.policy << ": " << each.message;
      for (const auto& each : findings.warnings) ADD_FAILURE() << each.policy << ": " << each.message;
    }
    ++(example.wrong ? wrong : right);
  }
  EXPECT_GE(right, 4U);
  EXPECT_GE(wrong, 4U);
}

}  // namespace
}  // namespace cordon::enforcement
