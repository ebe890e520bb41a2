#include "cordon/validation/shape.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "cordon/policy/parse.h"

namespace cordon::validation {

namespace {

policy::Expression expression_of(const std::string& text) {
  auto expression = policy::parse_expression(text);
  EXPECT_TRUE(expression) << text;
  return expression ? std::move(*expression) : policy::Expression{};
}

bool alike(const std::string& one, const std::string& other) {
  Shapes shapes;
  const policy::Expression left = expression_of(one);
  const policy::Expression right = expression_of(other);
  return shapes.of(left) == shapes.of(right);
}

}  // namespace

TEST(Shapes, AreAlikeWhenWhatTheyAbbreviateIs) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"principal.a.b", "principal[\"a\"][\"b\"]"},
      {"1 != 2", "!(1 == 2)"},
      {"1 > 2", "!(1 <= 2)"},
      {"1 >= 2", "!(1 < 2)"},
      {"(true && false) && true", "true && false && true"},
      {"(true || false) || true", "true || false || true"},
      {"(1 + 2) - 3", "1 + 2 - 3"},
      {"(1 * 2) * 3", "1 * 2 * 3"},
      {"principal has a.b", "principal has a && principal.a has b"},
      {"principal is U in resource", "principal is U && principal in resource"},
      {"{a: 1, b: 2}", "{b: 2, a: 1}"},
      {"if true then [1] else [2]", "if  true  then  [1]  else  [2]"},
      {"-(context.n)", "-context.n"},
      {"ip(\"::1\").isInRange(ip(\"::1\"))", "ip(\"::1\").isInRange( ip(\"::1\") )"},
  };
  for (const auto& [one, other] : pairs) EXPECT_TRUE(alike(one, other)) << one << " and " << other;
}

TEST(Shapes, DifferWhenAnyPartDoes) {
  const std::vector<std::string> all = {"1",
                                        "\"1\"",
                                        "true",
                                        "U::\"1\"",
                                        "principal",
                                        "resource",
                                        "action",
                                        "context",
                                        "!true",
                                        "-context.n",
                                        "1 + 2",
                                        "1 - 2",
                                        "1 + 2 + 3",
                                        "1 + (2 + 3)",
                                        "1 * 2",
                                        "1 == 2",
                                        "2 == 1",
                                        "1 != 2",
                                        "1 < 2",
                                        "1 <= 2",
                                        "1 > 2",
                                        "true && false",
                                        "true || false",
                                        "true && (false && true)",
                                        "if true then 1 else 2",
                                        "principal in resource",
                                        "principal is U",
                                        "principal is V",
                                        "principal is U in resource",
                                        "principal is V in resource",
                                        "principal has a",
                                        "principal has b",
                                        "principal has a.b",
                                        "principal.a",
                                        "principal.b",
                                        "principal.a.b",
                                        "resource.a",
                                        "[1]",
                                        "[1, 2]",
                                        "[2, 1]",
                                        "[[1]]",
                                        "[]",
                                        "{}",
                                        "{a: 1}",
                                        "{b: 1}",
                                        "{a: 2}",
                                        "{a: 1, b: 1}",
                                        "{ab: 1}",
                                        "\"a\" like \"a*\"",
                                        "\"a\" like \"*a\"",
                                        "\"a\" like \"a\\*\"",
                                        "\"a\" like \"a\"",
                                        "[1].contains(1)",
                                        "[1].containsAll([1])",
                                        "[1].containsAny([1])",
                                        "[1].isEmpty()",
                                        "principal.hasTag(\"a\")",
                                        "principal.getTag(\"a\")",
                                        "principal.getTag(\"b\")",
                                        "ip(\"::1\")",
                                        "ip(\"::2\")",
                                        "decimal(\"1.0\")",
                                        "ip(\"::1\").isIpv4()",
                                        "ip(\"::1\").isIpv6()"};
  Shapes shapes;
  std::vector<policy::Expression> expressions;
  for (const std::string& text : all) expressions.push_back(expression_of(text));
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_NE(shapes.of(expressions[i]), shapes.of(expressions[j])) << all[i] << " and " << all[j];
  }
}

TEST(Shapes, CapabilitiesAreOfTheShapeNotOfThePlace) {
  Shapes shapes;
  const policy::Expression one = expression_of("context.a");
  const policy::Expression other = expression_of("context[\"a\"]");
  const policy::Expression key = expression_of("\"b\"");
  const policy::Expression context = expression_of("context");
  EXPECT_EQ(shapes.attribute(shapes.of(one), "b"), shapes.attribute(shapes.of(other), "b"));
  EXPECT_NE(shapes.attribute(shapes.of(one), "b"), shapes.attribute(shapes.of(one), "c"));
  EXPECT_NE(shapes.attribute(shapes.of(one), "b"), shapes.tag(shapes.of(one), shapes.of(key)));
  EXPECT_EQ(shapes.member(shapes.of(context), "a"), shapes.of(other));
}

TEST(Shapes, OnlyWhatBothBranchesProveRemains) {
  EXPECT_EQ(intersection({3, 1, 2}, {2, 4, 3}), (Capabilities{2, 3}));
  EXPECT_TRUE(intersection({}, {1}).empty());
  EXPECT_TRUE(intersection({1}, {2}).empty());
}

}  // namespace cordon::validation
