#include "cordon/audit/question.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/audit/test_evidence.h"

namespace cordon::audit {

namespace {

const WallTime kNoon{std::chrono::seconds{1'790'000'000}};

TEST(Filter, MustAskForSomethingThatMakesSense) {
  EXPECT_TRUE(check_form({.caller = "amf1"}));
  EXPECT_TRUE(check_form({.since = kNoon}));
  EXPECT_FALSE(check_form({}));
  EXPECT_FALSE(check_form({.caller = std::string(300, 'a')}));
  EXPECT_FALSE(check_form({.subject = std::string(300, '1')}));
  EXPECT_FALSE(check_form({.decision = "maybe"}));
  EXPECT_FALSE(check_form({.since = kNoon, .until = kNoon}));
}

TEST(Filter, IsWrittenWithoutTheSubscriber) {
  const Filter filter{
      .record = 5, .subject = "imsi-999700000000001", .caller = "amf1", .since = kNoon, .until = kNoon};
  EXPECT_EQ(text_of(filter, "p:00"), std::format("record 5, subject p:00, caller amf1, since {}, until {}",
                                                 format_time(kNoon), format_time(kNoon)));
  EXPECT_EQ(text_of(vault::Groups{}), "header, analyst, personal");
}

TEST(Filter, MatchesARecordInEveryCondition) {
  evidence::Record record;
  record.sequence = 5;
  record.time = kNoon;
  record.caller_name = "amf1";
  record.rule = "r";
  record.decision = "permit";
  record.trace = "t";
  EXPECT_TRUE(matches(
      {.record = 5, .caller = "amf1", .rule = "r", .decision = "permit", .trace = "t", .since = kNoon}, record));
  EXPECT_FALSE(matches({.record = 6}, record));
  EXPECT_FALSE(matches({.caller = "amf2"}, record));
  EXPECT_FALSE(matches({.decision = "refuse"}, record));
  EXPECT_FALSE(matches({.until = kNoon}, record));
  EXPECT_FALSE(matches({.since = kNoon + std::chrono::seconds(1)}, record));
}

TEST(Filter, KnowsACallerByTheBestNameThereIs) {
  evidence::Record record;
  record.peer = "10.0.0.1:7777";
  EXPECT_TRUE(matches({.caller = "10.0.0.1:7777"}, record));
  record.caller = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
  EXPECT_TRUE(matches({.caller = record.caller}, record));
}

TEST(Clauses, AreWhatTheIndexKnows) {
  TestEvidence evidence;
  const Filter filter{
      .subject = "x", .caller = "amf1", .rule = "r", .decision = "refuse", .kind = "gap", .trace = "t"};
  const auto clauses = clauses_of(filter, *evidence.vault, {pseudonym_named(1), pseudonym_named(2)});
  std::vector<std::string> names;
  for (const auto& clause : clauses) names.push_back(clause.what);
  EXPECT_EQ(names, (std::vector<std::string>{text_of(pseudonym_named(1)), "caller:amf1", "rule:r", "decision:refuse",
                                             "kind:gap"}));
  EXPECT_EQ(clauses[0].any.size(), 2U);
  EXPECT_TRUE(clauses_of({.decision = "permit", .kind = "decision"}, *evidence.vault, {}).empty());
}

TEST(Clauses, FindARecordByEachOfItsTerms) {
  TestEvidence evidence;
  auto record = TestEvidence::decision("amf1", "r", "imsi-999700000000001");
  record.producer_type = "UDM";
  record.action = "nudm-sdm:GetAmData";
  const auto index = evidence.add(record);
  std::vector<IndexKey> keys;
  append_keys(evidence.log.entry(index), keys);
  const auto pseudonym = *evidence.vault->pseudonym("imsi-999700000000001");
  for (const Filter& filter :
       {Filter{.subject = "imsi-999700000000001"}, Filter{.caller = "amf1"}, Filter{.producer = "UDM"},
        Filter{.rule = "r"}, Filter{.action = "nudm-sdm:GetAmData"}, Filter{.decision = "refuse"}}) {
    const auto clauses = clauses_of(filter, *evidence.vault, {pseudonym});
    ASSERT_EQ(clauses.size(), 1U);
    EXPECT_TRUE(std::ranges::contains(keys, clauses[0].any.at(0))) << clauses[0].what;
  }
  EXPECT_TRUE(carries(evidence.log.entry(index), {pseudonym}));
  EXPECT_FALSE(carries(evidence.log.entry(index), {pseudonym_named(1)}));
  EXPECT_FALSE(carries(to_bytes("junk"), {pseudonym}));
}

}  // namespace

}  // namespace cordon::audit
