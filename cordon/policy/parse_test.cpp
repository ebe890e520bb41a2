#include "cordon/policy/parse.h"

#include "cordon/policy/place.h"
#include "cordon/policy/test_support.h"
#include "cordon/policy/unescape.h"

namespace cordon::policy {
namespace {

struct Wrong {
  std::string_view text;
  std::string_view says;
};

// Position, message and remedy in one line; then the line and the caret.
const Wrong kWrong[] = {
    {"permit(principal, action, resource)",
     "test.cedar:1:36: `;` is missing, found the end of the text; a policy ends"},
    {"permit(principal, action, resource)\npermit(principal, action, resource);",
     "1:36: `;` is missing, found `permit`"},
    {"permitt(principal, action, resource);",
     "1:1: expected `permit` or `forbid`, found `permitt`; did you mean `permit`?"},
    {"allow(principal, action, resource);", "1:1: expected `permit` or `forbid`, found `allow`"},
    {"permit(principal, action, resource) whn { true };",
     "1:37: expected `when`, `unless` or `;`, found `whn`; did you mean `when`?"},
    {"permit(principal, action, resource) because { true };", "found `because`; a policy ends with `;`"},
    {"permit(action, principal, resource);", "1:8: expected `principal`, found `action`; a scope is"},
    {"permit(principal, action, resource) when { foo(1) };", "1:44: unknown function `foo`"},
    {"permit(principal, action, resource) when { decimel(\"1\") };", "did you mean `decimal`?"},
    {"permit(principal, action, resource) when { isEmpty([]) };", "is a method, not a function; write value.isEmpty"},
    {"permit(principal, action, resource) when { true && if(true) then true else true };",
     "`if` cannot stand here; put the whole conditional in parentheses"},
    {"permit(principal, action, resource) when { [].containsAl([]) };",
     "1:47: unknown method `containsAl`; did you mean `containsAll`?"},
    {"permit(principal, action, resource) when { [].length() };", "1:47: unknown method `length`"},
    {"permit(principal, action, resource) when { [].contains() };", "`contains` takes 1 argument, not 0"},
    {"permit(principal, action, resource) when { [].isEmpty(1) };", "`isEmpty` takes 0 arguments, not 1"},
    {"permit(principal, action, resource) when { princpal == 1 };",
     "unknown variable `princpal`; did you mean `principal`?"},
    {"permit(principal, action, resource) when { then };", "`then` is a reserved word"},
    {"permit(principal, action, resource) when { 1 < 2 < 3 };",
     "1:50: `<` follows another comparison; comparisons do not chain"},
    {"permit(principal, action, resource) when { 1 = 1 };", "1:46: `=` is not an operator; write `==`"},
    {"permit(principal, action, resource) when { 'a' };", "strings use double quotes"},
    {"permit(principal, action, resource) when { true & true };", "write `&&`"},
    {"permit(principal, action, resource) when { true | true };", "`|` is not an operator"},
    {"permit(principal, action, resource) when { # };", "this character has no meaning here"},
    {"permit(principal, action, resource) when { \"abc };", "1:44: this string is never closed"},
    {"permit(principal, action, resource) when { 9223372036854775808 > 0 };",
     "the integer `9223372036854775808` is too large"},
    {"permit(principal, action, resource) when { 4 / 2 == 2 };", "Cedar has no division"},
    {"permit(principal, action, resource) when { 4 % 2 == 2 };", "Cedar has no remainder"},
    {"permit(principal, action, resource) when { -----1 == 1 };", "more than 4 `-` in a row"},
    {"permit(principal, action, resource) when { {a: 1, \"a\": 2} == 1 };", "the key \"a\" is twice in this record"},
    {"permit(principal, action, resource) when { context.if };",
     "`if` is a reserved word; write it in quotes: [\"if\"]"},
    {"permit(principal, action, resource) when { if true then true };", "expected `else`, found `}`; write if TEST"},
    {"permit(principal, action, resource) when { (true };", "expected `)`, found `}`"},
    {"permit(principal, action, resource) when { \"\\q\" == \"\" };", "1:45: `\\q` is not valid in a string"},
    {"permit(principal, action, resource) when { \"\\*\" == \"\" };", "write `*`"},
    {"permit(principal, action, resource) when { \"a\" like principal };",
     "expected a pattern in quotes after `like`"},
    {"permit(principal, action, resource) when {};", "this condition is empty"},
    {"permit(principal, action, resource) when { Nf::f9 };", "expected `::` and an id in quotes, found"},
    {"permit(principal == ?resource, action, resource);", "1:21: `?resource` cannot stand here; write ?principal"},
    {"permit(principal, action == ?action, resource);", "an action has no slot; name the actions"},
    {"permit(principal is ?principal, action, resource);", "1:21: a slot stands for an entity, not for a type"},
    {"permit(principal == ? principal, action, resource);", "1:21: a slot is `?principal` or `?resource`"},
    {"permit(principal, action == [Action::\"x\"], resource);", "1:29: one action must stand here; write `in [...]`"},
    {"permit(principal, action, resource) when { ?resource == resource };",
     "1:44: `?resource` may only stand in the scope"},
    {"permit(principal, action, resource) when { \"1.0\".decimal() == 1 };",
     "1:50: `decimal` is a function, not a method; write decimal(...)"},
    {"permit(principal, action, resource) when { isInRange(1, 2) };",
     "1:44: `isInRange` is a method, not a function; write value.isInRange(...)"},
    {"permit(principal, action, resource) when { principal.isInrange(1) };", "did you mean `isInRange`?"},
    {"permit(principal, action, resource) when { principal.hastag(1) };", "did you mean `hasTag`?"},
    {"permit(principal, action, resource) when { principal.hasTag() };", "`hasTag` takes 1 argument, not 0"},
    {"permit(principal, action, resource) when { date(\"x\") };", "the functions are decimal, ip, datetime and"},
    {"permit(principal, action, resource) when { unknown(\"x\") };", "`unknown` belongs to partial evaluation"},
    {"permit(principal, action, resource) when { -9223372036854775809 < 0 };",
     "the integer `-9223372036854775809` is too small; a Long is at least"},
    {"permit(principal == Nf, action, resource);", "write an entity as Type::\"id\""},
    {"permit(principal in [Nf::\"a\"], action, resource);", "only the action may be compared with a list"},
    {"permit(principal : Nf, action, resource);", "`:` cannot stand in a scope; write `principal is Type`"},
    {"permit(principal != Nf::\"a\", action, resource);", "`!=` cannot stand in a scope; a scope knows"},
    {"permit(principal, action is Action, resource);", "move it into `when { ... }`"},
    {"permit(principal, action == Nf::\"a\", resource);",
     "an action has the type Action, not `Nf`; write Action::\"a\""},
    {"@id(\"a\") @id(\"b\") permit(principal, action, resource);", "1:10: @id is given twice"},
    {"@id permit(principal, action, resource);", "@id is empty"},
    {"@id(a) permit(principal, action, resource);", "expected text in quotes, found `a`; write @id(\"name\")"},
    {"@id(\"a\") permit(principal, action, resource);\n@id(\"a\") forbid(principal, action, resource);",
     "test.cedar:2:1: the id a is already that of the policy in line 1; give this one another @id"},
    {"permit(principal, action, resource);\n@id(\"policy0\") forbid(principal, action, resource);",
     "2:1: the id policy0 is already that of the policy in line 1"},
    {"permit(principal, action, resource);\xFF", "1:37: the text is not UTF-8 here"},
    {"permit(principal, action, resource) when { context[\"a\" };", "expected `]`"},
    {"permit(principal, action, resource) when { context has a.\"b\" };", "expected an attribute name after `has`"},
    {"permit(principal, action, resource) when { principal is \"Nf\" };", "write a type such as Nf"},
};

TEST(Parse, ErrorsNameThePlaceTheMistakeAndTheRemedy) {
  for (const Wrong& wrong : kWrong) {
    const std::string message = refusal(wrong.text);
    EXPECT_NE(message.find(wrong.says), std::string::npos) << wrong.text << "\n" << message;
  }
}

TEST(Parse, ErrorsShowTheLineWithACaret) {
  EXPECT_EQ(
      refusal("permit (principal, action,\n\tresourse);"),
      "test.cedar:2:2: expected `resource`, found `resourse`; a scope is (principal, action, resource), in this "
      "order\n  \tresourse);\n  \t^");
  // Columns count characters: the five bytes of "é€" are two.
  EXPECT_NE(refusal("permit(principal, action, resource) when { \"é€\" # };").find("test.cedar:1:49:"),
            std::string::npos);
}

TEST(Parse, ErrorsCutLongLinesAroundTheCaret) {
  const std::string message = refusal("permit(principal, action, resource) when { " + std::string(500, ' ') + "# " +
                                      std::string(500, 'x') + " };");
  EXPECT_LT(message.size(), 400U);
  EXPECT_NE(message.find("test.cedar:1:544:"), std::string::npos);
  EXPECT_NE(message.find("#"), std::string::npos);
}

TEST(Parse, LongSpellingsAreNotRepeatedInErrors) {
  const std::string message = refusal("permit(" + std::string(5000, 'x') + ");");
  EXPECT_NE(message.find("found a long string"), std::string::npos);
  EXPECT_LT(message.size(), 400U);
}

TEST(Parse, KeepsIdsAnnotationsTextAndPlaces) {
  const PolicySet set = parsed(
      "// a comment\n@id(\"first\") @source(\"TS 33.501\") @plain\npermit(principal, action, resource);\n"
      "  forbid(principal, action, resource) when { false };");
  ASSERT_EQ(set.policies().size(), 2U);
  const PolicyInfo& first = set.policies()[0];
  EXPECT_EQ(first.id, "first");
  EXPECT_FALSE(first.forbid);
  EXPECT_EQ(to_string(first.place), "test.cedar:2:1");
  EXPECT_TRUE(first.text.starts_with("@id(\"first\")"));
  EXPECT_TRUE(first.text.ends_with("resource);"));
  ASSERT_EQ(first.annotations.size(), 3U);
  EXPECT_EQ(first.annotations[2].second, "");
  EXPECT_EQ(set.find("policy1"), &set.policies()[1]);
  EXPECT_TRUE(set.policies()[1].forbid);
  EXPECT_EQ(to_string(set.policies()[1].place), "test.cedar:4:3");
  EXPECT_EQ(set.find("policy0"), nullptr);
}

// === limits ===

std::string with_condition(std::string_view condition) {
  return "permit(principal, action, resource) when { " + std::string(condition) + " };";
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Limits, DeepNestingIsRefusedAndDoesNotExhaustTheStack) {
  for (const std::string_view open :
       {"(", "[", "{a:", "!(", "-(", "if ", "if true then true else ", "context[", "[].contains("}) {
    const std::string message = refusal(with_condition(repeated(open, 10'000) + "true"));
    EXPECT_TRUE(message.find("levels deep") != std::string::npos || message.find("expected") != std::string::npos)
        << open << message;
  }
  EXPECT_NE(refusal(with_condition(repeated("(", 10'000) + "true" + repeated(")", 10'000))).find("levels deep"),
            std::string::npos);
  EXPECT_NE(refusal(with_condition("context" + repeated(".a", 10'000))).find("levels deep"), std::string::npos);
  EXPECT_NE(refusal(with_condition("context" + repeated("[\"a\"]", 10'000))).find("levels deep"), std::string::npos);
}

TEST(Limits, OrdinaryNestingIsFine) {
  EXPECT_EQ(refusal(with_condition(repeated("(", 100) + "true" + repeated(")", 100))), "it parses");
  EXPECT_EQ(refusal(with_condition("context" + repeated(".a", 100) + " == 1")), "it parses");
}

TEST(Limits, LongChainsAreNotDeep) {
  EXPECT_TRUE(decide_small(with_condition("true" + repeated(" && true", 20'000))).allow);
  EXPECT_TRUE(decide_small(with_condition("false" + repeated(" || false", 20'000) + " || true")).allow);
  EXPECT_TRUE(decide_small(with_condition("1" + repeated(" + 1 - 1", 20'000) + " == 1")).allow);
  EXPECT_TRUE(decide_small(with_condition("1" + repeated(" * 1", 20'000) + " == 1")).allow);
}

TEST(Limits, TextPoliciesAndExpressionsAreBounded) {
  const std::string one = "permit(principal, action, resource);";
  const auto read = [&](std::string_view text, const Limits& limits) {
    return PolicySet::parse(text, "f", {.limits = limits});
  };
  EXPECT_TRUE(read(repeated(one, 3), {.text = 1000, .policies = 3}));
  const auto many = read(repeated(one, 3), {.text = 1000, .policies = 2});
  ASSERT_FALSE(many);
  EXPECT_NE(many.error().message.find("f:1:73: more than 2 policies; split the set"), std::string::npos);
  const auto large = read(one, {.text = 35});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().message, "f: 36 bytes of policies, more than the limit of 35; split the set");
  EXPECT_TRUE(read(with_condition("1 + 2 == 3"), {.expressions = 5}));
  const auto wide = read(with_condition("1 + 2 + 3 == 6"), {.expressions = 5});
  ASSERT_FALSE(wide);
  EXPECT_NE(wide.error().message.find("more than 5 expressions; split the set"), std::string::npos);
}

TEST(Limits, LargeSetsAreReadOrRefusedInLinearTime) {
  const std::string member = "\"imsi-999700000000001\", ";
  const PolicySet large =
      parsed(with_condition("[" + repeated(member, 200'000) + "].contains(\"imsi-999700000000001\")"));  // 5 MB
  EXPECT_TRUE(large.decide(small_request(), Entities{}).allow);
  const PolicySet many = parsed(repeated("permit(principal, action, resource);", 50'000));  // all in one line
  EXPECT_EQ(many.policies().back().place.column, 36U * 49'999 + 1);
  std::string annotated;
  for (int i = 0; i < 50'000; ++i) annotated += "@a" + std::to_string(i) + " ";
  EXPECT_EQ(parsed(annotated + "permit(principal, action, resource);").policies()[0].annotations.size(), 50'000U);
  EXPECT_NE(refusal(repeated("(", 1'000'000)).find("expected `permit`"), std::string::npos);
  EXPECT_NE(refusal("permit(principal == " + repeated("(", 1'000'000)).find("expected"), std::string::npos);
}

// === what lines of a file of vectors cannot hold ===

TEST(Parse, LineBreaksCommentsAndWideSpacesSeparate) {
  for (const std::string_view condition : {"// c\ntrue", "// c\rtrue", "1 // c\r\n == 1", "1\xC2\xA0== 1", "1\f== 1",
                                           "1\xE2\x80\xA8== 1", "1\v== 1", "\"a\nb\" == \"a\\nb\""}) {
    EXPECT_TRUE(decide_small(with_condition(condition)).allow) << condition;
  }
  for (const std::string_view condition : {"1\xE2\x80\x8B== 1", "\"\r\" == \"\\r\"", "\xEF\xBB\xBFtrue"}) {
    EXPECT_NE(refusal(with_condition(condition)), "it parses") << condition;
  }
}

TEST(Parse, OneExpressionAlone) {
  EXPECT_TRUE(parse_expression("1 + 2"));
  EXPECT_FALSE(parse_expression("1 + 2;"));
  EXPECT_FALSE(parse_expression(""));
  EXPECT_FALSE(parse_expression("\""));
  EXPECT_FALSE(parse_expression("\xFF"));
}

TEST(Token, TheWholeTextAsTokensEndsWithItsEnd) {
  const auto tokens = tokens_of("a :: \"x\" // c");
  ASSERT_TRUE(tokens);
  ASSERT_EQ(tokens->size(), 4U);
  EXPECT_EQ(tokens->at(1).kind, TokenKind::double_colon);
  EXPECT_EQ(tokens->back().kind, TokenKind::end);
  EXPECT_EQ(tokens->back().begin, 13U);
  EXPECT_FALSE(tokens_of("a 'x'"));
  EXPECT_FALSE(tokens_of("\xFF"));
}

TEST(Utf8, OnlyWellFormedTextIsRead) {
  for (const std::string_view good : {"", "a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(find_malformed_utf8(good), std::string_view::npos);
  }
  for (const std::string_view bad : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                                     "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_EQ(find_malformed_utf8(bad), 0U);
  }
}

}  // namespace
}  // namespace cordon::policy
