#include <array>

#include "cordon/notation/notation.h"
#include "cordon/notation/test_support.h"
#include "cordon/policy/parse.h"

namespace cordon::notation {
namespace {

std::string printed(std::string_view expression) {
  const auto read = policy::parse_expression(expression);
  return read ? to_text(*read) : "?";
}

TEST(Print, WritesNoMoreBracketsThanMeaningNeeds) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 38> kCases = {{
      {"((1))+((2))", "1 + 2"},
      {"1-(2-3)", "1 - (2 - 3)"},
      {"(1-2)-3", "1 - 2 - 3"},
      {"1*(2+3)", "1 * (2 + 3)"},
      {"(1*2)+3", "1 * 2 + 3"},
      {"1*(2*3)", "1 * (2 * 3)"},
      {"(true&&false)&&true", "true && false && true"},
      {"true&&(false&&true)", "true && (false && true)"},
      {"(true||false)&&true", "(true || false) && true"},
      {"true||(false&&true)", "true || false && true"},
      {"(1==1)==(2==2)", "(1 == 1) == (2 == 2)"},
      {"(1+2)<(3*4)", "1 + 2 < 3 * 4"},
      {"-5", "-5"},
      {"-(5)", "-(5)"},
      {"--5", "-(-5)"},
      {"-(-5)", "-(-5)"},
      {"- - principal.a", "--principal.a"},
      {"1 - -1", "1 - -1"},
      {"-1*2", "-1 * 2"},
      {"(-1).a", "(-1).a"},
      {"!(!true)", "!!true"},
      {"!(!(!(!(!true))))", "!!!!(!true)"},
      {"!(true&&true)", "!(true && true)"},
      {"(if true then 1 else 2)+3", "(if true then 1 else 2) + 3"},
      {"if (1==2) then (3) else (4)", "if 1 == 2 then 3 else 4"},
      {"[(if true then 1 else 2)]", "[if true then 1 else 2]"},
      {"(principal).a", "principal.a"},
      {"principal[\"a\"]", "principal.a"},
      {"principal[\"a b\"]", "principal[\"a b\"]"},
      {"principal[\"in\"].x", "principal[\"in\"].x"},
      {"{\"a\":1,\"b c\":{}}", "{a: 1, \"b c\": {}}"},
      {"principal has \"in\"", "principal has \"in\""},
      {"principal has a.b", "principal has a.b"},
      {"\"x\" like \"a\\**\\\\\"", "\"x\" like \"a\\**\\\\\""},
      {"principal is A::B in (resource)", "principal is A::B in resource"},
      {"ip(\"::1\").isInRange(ip(\"::/8\"))", "ip(\"::1\").isInRange(ip(\"::/8\"))"},
      {"(principal.getTag(\"a\")).contains(1)", "principal.getTag(\"a\").contains(1)"},
      {"U::\"a\\n\"==\"\\0\"", "U::\"a\\n\" == \"\\0\""},
  }};
  for (const auto& [written, wanted] : kCases) EXPECT_EQ(printed(written), wanted);
}

TEST(Print, WritesPoliciesAndTemplates) {
  EXPECT_EQ(to_text(parsed(R"(@id("a\"b")@c permit(principal==U::"x",action in[Action::"r"],resource is R in G::"g")
                              when{1==1}unless{false};)")),
            "@id(\"a\\\"b\")\n@c(\"\")\n"
            "permit(principal == U::\"x\", action in Action::\"r\", resource is R in G::\"g\")\n"
            "when { 1 == 1 }\nunless { false };");
  EXPECT_EQ(to_text(parsed("forbid(principal is U in ?principal,action,resource==?resource);")),
            "forbid(principal is U in ?principal, action, resource == ?resource);");
  EXPECT_EQ(to_text(parsed(R"(permit(principal in ?principal,action==Action::"a",resource is R);)")),
            "permit(principal in ?principal, action == Action::\"a\", resource is R);");
  EXPECT_EQ(to_text(parsed(R"(permit(principal,action in[Action::"a",Action::"b"],resource);)")),
            "permit(principal, action in [Action::\"a\", Action::\"b\"], resource);");
}

}  // namespace
}  // namespace cordon::notation
