#include "cordon/analysis/cases.h"

#include <gtest/gtest.h>

#include "cordon/analysis/read_request.h"
#include "cordon/analysis/test_documents.h"

namespace cordon::analysis {
namespace {

constexpr std::string_view kRequest =
    R"({"principal": "U::\"bob\"", "action": {"type": "Action", "id": "a"}, "resource": "U::\"x\"", "context": {"n": 3}})";

std::string file_of(std::string_view members) { return std::format(R"([{{"request": {}, {}}}])", kRequest, members); }

std::string refusal(std::string_view text) {
  const auto read = read_cases(text, "c.json");
  return read ? "it reads" : read.error().message;
}

CaseResult result(std::string_view policies, std::string_view members) {
  const auto file = read_cases(file_of(members), "c.json").value();
  return run_cases(parsed(policies), file, policy::Entities(), policy::Profile::fail_closed).value().at(0);
}

TEST(Cases, PassWhenDecisionReasonsAndErrorsAreAsExpected) {
  constexpr std::string_view kSet = R"(@id("a") permit(principal, action, resource);
      @id("b") permit(principal, action, resource) when { context.n == 3 };)";
  EXPECT_TRUE(result(kSet, R"("decision": "allow")").passed);
  EXPECT_TRUE(result(kSet, R"("decision": "allow", "reason": ["b", "a"], "num_errors": 0)").passed);
  EXPECT_EQ(result(kSet, R"("decision": "allow", "reason": ["a"])").difference,
            "allow as expected, but by `a`, `b` instead of `a`");
  EXPECT_EQ(result(kSet, R"("decision": "deny")").difference, "expected deny, got allow by `a`, `b`");
  EXPECT_EQ(result(kSet, R"("decision": "allow", "num_errors": 1)").difference, "expected 1 failing policies, got 0");
}

TEST(Cases, AnErringPolicyIsCountedAndNamed) {
  const auto failed =
      result("permit(principal, action, resource) when { context.x };", R"("decision": "deny", "num_errors": 0)");
  EXPECT_TRUE(failed.difference.starts_with("expected 0 failing policies, got 1: test.cedar:1:"))
      << failed.difference;
}

TEST(Cases, SharedEntitiesServeAllCasesAndOwnOnesOnlyTheirs) {
  const auto text = std::format(
      R"({{"entities": [{{"uid": {{"type": "U", "id": "bob"}}, "attrs": {{}}, "parents": [{{"type": "G", "id": "g"}}]}}],
           "tests": [{{"request": {0}, "decision": "allow"}},
                     {{"name": "x in h", "request": {0}, "decision": "allow", "reason": ["h"],
                       "entities": [{{"uid": {{"type": "U", "id": "x"}}, "attrs": {{}}, "parents": [{{"type": "G", "id": "h"}}]}}]}}]}})",
      kRequest);
  const auto file = read_cases(text, "c.json");
  ASSERT_TRUE(file) << file.error().message;
  const auto set = parsed(R"(@id("g") permit(principal in G::"g", action, resource) unless { resource in G::"h" };
                             @id("h") permit(principal, action, resource in G::"h");)");
  const auto results = run_cases(set, *file, policy::Entities(), policy::Profile::fail_closed);
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ(results->at(0).name, "test 1");
  EXPECT_TRUE(results->at(0).passed && results->at(1).passed) << results->at(1).difference;
}

TEST(Cases, RefusalsNameTheTestAndTheMember) {
  EXPECT_EQ(refusal("{"), refusal("{"));
  EXPECT_TRUE(refusal("{").starts_with("c.json: ")) << refusal("{");
  EXPECT_EQ(refusal("{}"), R"(c.json: no tests; write a list, or {"tests": [...]})");
  EXPECT_EQ(refusal("[3]"), "c.json: test 1: a test is an object");
  EXPECT_EQ(refusal("[{}]"), R"(c.json: test 1: "request" is missing)");
  EXPECT_EQ(refusal(file_of(R"("decsion": "allow")")), "c.json: test 1: unknown member 'decsion'");
  EXPECT_EQ(refusal(file_of(R"("decision": "maybe")")),
            R"(c.json: test 1: "decision" is missing; write "allow" or "deny")");
  EXPECT_EQ(refusal(file_of(R"("decision": "deny", "reason": "a")")),
            R"(c.json: test 1: "reason" is a list of policy ids)");
  EXPECT_EQ(refusal(file_of(R"("decision": "deny", "reason": [3])")),
            R"(c.json: test 1: "reason" is a list of policy ids)");
  EXPECT_EQ(refusal(file_of(R"("decision": "deny", "num_errors": -1)")),
            R"(c.json: test 1: "num_errors" is a number from 0)");
  EXPECT_TRUE(refusal(file_of(R"("decision": "deny", "entities": [{}])")).starts_with("c.json: test 1: "));
}

TEST(ReadRequest, RefusalsNameTheMember) {
  const auto refused = [](std::string_view text) {
    const auto read = read_request(wire::parse_json(text).value());
    return read ? "it reads" : read.error().message;
  };
  EXPECT_EQ(refused("{}"), R"("principal" is missing)");
  EXPECT_EQ(refused(R"({"principal": "bob"})"),
            R"("principal": 'bob' is no entity; write its type and id, for instance Nf::"amf")");
  EXPECT_EQ(refused(R"({"principal": "U::\"b\"", "action": "Action::\"a\""})"), R"("resource" is missing)");
  EXPECT_EQ(refused(R"({"subject": 1})"),
            "unknown member 'subject'; a request has principal, action, resource and context");
}

}  // namespace
}  // namespace cordon::analysis
