#include "cordon/analysis/replay.h"

#include <gtest/gtest.h>

#include "cordon/analysis/test_documents.h"

namespace cordon::analysis {
namespace {

std::string line(int n, std::string_view answer) {
  return std::format(
      R"({{"principal":"U::\"bob\"","action":"Action::\"a\"","resource":"U::\"x\"","context":{{"n":{}}},{}}})", n,
      answer);
}

std::string refusal(std::string_view text) {
  const auto read = read_recorded(text, "r.jsonl");
  return read ? "it reads" : read.error().message;
}

TEST(Replay, GroupsAnswersThatChangeAlikeNewlyAllowedFirst) {
  std::string text;
  for (int n = 0; n < 6; ++n) text += line(n, R"("decision":"allow","reason":["all"],"caller":"AMF")") + "\n\n";
  text += line(1, R"("decision":"deny","id":"record 77")") + "\n";
  const auto recorded = read_recorded(text, "r.jsonl");
  ASSERT_TRUE(recorded) << recorded.error().message;
  const auto set = parsed(R"(@id("low") permit(principal, action, resource) when { context.n < 2 };
      @id("odd") forbid(principal, action, resource) when { context.n == 5 && context.missing };
      @id("never") permit(principal == U::"eve", action, resource);)");
  const policy::Entities none;
  Replayer replayer(set, none, policy::Profile::fail_closed);
  for (const auto& each : *recorded) ASSERT_TRUE(replayer.play(each));
  const auto report = replayer.report();
  EXPECT_EQ(report.requests, 7U);
  EXPECT_EQ(report.newly_allowed, 1U);
  EXPECT_EQ(report.newly_refused, 4U);
  EXPECT_EQ(report.erring, 1U);
  ASSERT_EQ(report.changes.size(), 3U);
  EXPECT_TRUE(report.changes[0].allowed_now);
  EXPECT_EQ(report.changes[0].examples, std::vector<std::string>{"record 77"});
  EXPECT_EQ(report.changes[0].caller, "U");  // the principal's type: nothing better was said
  EXPECT_EQ(report.changes[1].count, 3U);
  EXPECT_EQ(report.changes[1].examples, (std::vector<std::string>{"line 5", "line 7", "line 9"}));
  EXPECT_EQ(report.changes[1].before, std::vector<std::string>{"all"});
  EXPECT_EQ(report.changes[2].after, std::vector<std::string>{"odd"});  // could not be evaluated: fails closed
  EXPECT_EQ(report.unused.size(), 1U);
  EXPECT_TRUE(report.unused.contains("never"));
}

TEST(Replay, RefusalsNameTheLine) {
  EXPECT_TRUE(refusal("\n{").starts_with("r.jsonl:2: ")) << refusal("\n{");
  EXPECT_EQ(refusal("3"), "r.jsonl:1: a recorded request is an object");
  EXPECT_EQ(refusal("{}"), R"(r.jsonl:1: "principal" is missing)");
  EXPECT_EQ(refusal(line(1, R"("decision":1)")), R"(r.jsonl:1: "decision" is missing; write "allow" or "deny")");
  EXPECT_TRUE(refusal(line(1, R"("decision":"deny","entities":[3])")).starts_with("r.jsonl:1: "));
}

TEST(Replay, ARecordingsOwnEntitiesAreSeen) {
  const auto recorded = read_recorded(
      line(
          1,
          R"("decision":"allow","entities":[{"uid":{"type":"U","id":"bob"},"attrs":{},"parents":[{"type":"G","id":"g"}]}])"),
      "r.jsonl");
  ASSERT_TRUE(recorded) << recorded.error().message;
  const auto set = parsed(R"(permit(principal in G::"g", action, resource);)");
  const policy::Entities none;
  Replayer replayer(set, none, policy::Profile::reference);
  ASSERT_TRUE(replayer.play(recorded->front()));
  EXPECT_TRUE(replayer.report().changes.empty());
}

}  // namespace
}  // namespace cordon::analysis
