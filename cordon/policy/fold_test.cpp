#include "cordon/policy/fold.h"

#include <gtest/gtest.h>

#include "cordon/policy/parse.h"

namespace cordon::policy {
namespace {

Expression folded(std::string_view text) {
  auto read = parse_expression(text);
  EXPECT_TRUE(read) << text;
  fold(*read);
  return std::move(*read);
}

TEST(Fold, ConstantsAreComputedAndTheTreeStaysAsWritten) {
  const Expression set = folded("[1, -(2), ip(\"10.0.0.0/8\"), {a: [\"x\"]}]");
  EXPECT_TRUE(set.constant);
  EXPECT_EQ(set.literal, Value::set({1, -2, *ip_of("10.0.0.0/8"), Record{{"a", Value::set({"x"})}}}));
  EXPECT_EQ(set.kind, ExpressionKind::set);
  ASSERT_EQ(set.operands.size(), 4U);
  EXPECT_EQ(set.operands[1].kind, ExpressionKind::minus);
  EXPECT_EQ(set.operands[2].kind, ExpressionKind::call);
  EXPECT_TRUE(folded("duration(\"1h\").toMinutes()").constant);
  EXPECT_TRUE(folded("[]").constant);
}

TEST(Fold, WhatDependsOnTheRequestOrWouldFailStays) {
  for (const std::string_view text :
       {"[principal]", "[1, context.a]", "ip(context.str)", "ip(\"x\")", "ip()", "-\"a\"", "-(-9223372036854775808)",
        "U::\"a\" in G::\"b\"", "1 + 2", "datetime(\"2024-01-01\").offset(1)"}) {
    EXPECT_FALSE(folded(text).constant) << text;
  }
  const Expression mixed = folded("[\"a\", \"b\"].contains(context.str)");
  EXPECT_FALSE(mixed.constant);
  EXPECT_TRUE(mixed.operands[0].constant);
}

}  // namespace
}  // namespace cordon::policy
