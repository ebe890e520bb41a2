#include "cordon/inspection/pattern.h"

#include <gtest/gtest.h>

#include <regex>

#include "cordon/inspection/schema.h"

namespace cordon::inspection {
namespace {

std::string error_of(std::string_view expression) {
  const auto compiled = Pattern::compile(expression);
  return compiled ? "" : compiled.error().message;
}

TEST(Pattern, MatchesLikeTheStandardLibrary) {
  const std::vector<std::string> expressions = {"^[0-9]{5,15}$", "^(a|bc)*d?$",     "a+b",      "^$",
                                                "(^ab$)|(^cd$)", "^a{2}$",          "^a{2,}$",  "x{0,2}y",
                                                "^[^@]+@[^@]+$", "^\\d{3}-\\w\\s$", "[-a]$",    "^(a(b|c){2})+$",
                                                "^.$",           "^[a-c-]$",        "a$|^b.*c", "^[\\-.]+$"};
  const std::vector<std::string> texts = {
      "",     "a",   "aa",     "aaa",  "ab",  "abd",  "bcd",  "d", "cd",  "12345",
      "1234", "xyz", "xxxy",   "y",    "a@b", "@b",   "a@b@", "-", ".",   "123-a ",
      "abcb", "abb", "abbacc", "b..c", "bc",  "b\nc", "xa",   "c", "-.-", "12345678901234567"};
  for (const auto& expression : expressions) {
    const auto ours = Pattern::compile(expression).value();
    const std::regex theirs(expression, std::regex::ECMAScript);
    for (const auto& text : texts) {
      EXPECT_EQ(ours.matches(text), std::regex_search(text, theirs)) << expression << " on '" << text << "'";
    }
  }
}

TEST(Pattern, CompilesEveryPatternOfTheSchemas) {
  for (const auto expression : patterns()) {
    const auto compiled = Pattern::compile(expression);
    ASSERT_TRUE(compiled) << compiled.error().message;
    EXPECT_LT(compiled->states(), 1000U) << expression;
  }
}

TEST(Pattern, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(error_of("a("), "pattern 'a(': character 2: '(' without ')'");
  EXPECT_EQ(error_of("a)"), "pattern 'a)': character 1: ')' without '('");
  EXPECT_EQ(error_of("[a"), "pattern '[a': character 2: '[' without ']'");
  EXPECT_EQ(error_of("*a"), "pattern '*a': character 0: nothing to repeat");
  EXPECT_EQ(error_of("a**"), "pattern 'a**': character 2: two repetitions of one part");
  EXPECT_EQ(error_of("a{3,2}"), "pattern 'a{3,2}': character 5: expected {m}, {m,} or {m,n}");
  EXPECT_EQ(error_of("a{9999}"), "pattern 'a{9999}': character 6: repeats too often");
  EXPECT_EQ(error_of("(?=a)"), "pattern '(?=a)': character 0: groups of this kind are not supported");
  EXPECT_EQ(error_of("\\b"), "pattern '\\b': character 2: this escape is not supported");
  EXPECT_EQ(error_of("[z-a]"), "pattern '[z-a]': character 4: not a range of ASCII characters");
  EXPECT_NE(error_of("((a{500}){500}){500}"), "");
}

TEST(Pattern, TakesNoMoreThanOneStepAByte) {
  const auto pattern = Pattern::compile("^(a|aa)+$").value();  // a backtracking matcher never ends here
  EXPECT_FALSE(pattern.matches(std::string(100'000, 'a') + "b"));
  EXPECT_TRUE(pattern.matches(std::string(100'000, 'a')));
}

}  // namespace
}  // namespace cordon::inspection
