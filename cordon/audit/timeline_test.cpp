#include "cordon/audit/timeline.h"

#include <gtest/gtest.h>

#include "cordon/audit/test_evidence.h"

namespace cordon::audit {

namespace {

class Timelines : public testing::Test {
 protected:
  std::uint64_t add(evidence::Record record) { return evidence.add(std::move(record)); }
  std::uint64_t add(std::string caller, std::string rule) {
    return add(TestEvidence::decision(std::move(caller), std::move(rule)));
  }
  std::uint64_t add_kind(std::string kind) {
    evidence::Record record;
    record.kind = std::move(kind);
    return add(std::move(record));
  }
  template <class Ask>
  Result<Timeline> told(Ask ask) {
    const auto log = evidence.log.publish();
    return ask(Sources{log, evidence.index, *evidence.vault});
  }
  Result<Timeline> about(const Filter& filter) {
    return told([&](const Sources& sources) { return timeline_of(sources, filter); });
  }
  Result<Timeline> incident(std::uint64_t record) {
    return told([&](const Sources& sources) { return timeline_of_incident(sources, record); });
  }
  static std::vector<std::vector<std::uint64_t>> numbers(const Timeline& timeline) {
    std::vector<std::vector<std::uint64_t>> all;
    for (const auto& episode : timeline.episodes) {
      all.emplace_back();
      for (const auto& moment : episode.moments) all.back().push_back(moment.record.sequence);
    }
    return all;
  }

  TestEvidence evidence;
};

using Numbers = std::vector<std::vector<std::uint64_t>>;

TEST_F(Timelines, GroupRecordsIntoEpisodesAndCountRefusals) {
  add("amf1", "allowed");
  add("smf1", "allowed");
  add("amf1", "r");
  evidence.clock.advance(std::chrono::minutes(5));
  add("amf1", "r");
  const auto timeline = about({.caller = "amf1"});
  ASSERT_TRUE(timeline) << timeline.error().message;
  EXPECT_EQ(numbers(*timeline), (Numbers{{0, 2}, {3}}));
  EXPECT_EQ(timeline->episodes[0].refusals(), 1U);
  EXPECT_EQ(timeline->completeness, Completeness::proved);
  EXPECT_EQ(timeline->how, "the index covers entries 0 to 4");
  EXPECT_EQ(timeline->checkpoint.size, 4U);
}

TEST_F(Timelines, ShowGapsAndRepairsOfTheLogBetween) {
  add_kind("start");
  add("amf1", "r");
  add_kind("gap");
  add_kind("snapshot");
  add_kind("repair");
  add_kind("spool-positions");
  add_kind("spool-gap");
  add("amf1", "r");
  add_kind("gap");
  const auto timeline = about({.rule = "r"});
  ASSERT_TRUE(timeline) << timeline.error().message;
  EXPECT_EQ(numbers(*timeline), (Numbers{{1, 2, 4, 6, 7}}));
  EXPECT_TRUE(timeline->episodes[0].moments[1].of_log);
  EXPECT_FALSE(timeline->episodes[0].moments[0].of_log);
}

TEST_F(Timelines, OfATraceReadEveryRecord) {
  add("amf1", "allowed");
  auto record = TestEvidence::decision("amf1", "r");
  record.trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto index = add(record);
  const auto timeline = about({.trace = record.trace});
  ASSERT_TRUE(timeline);
  EXPECT_EQ(numbers(*timeline), (Numbers{{index}}));
  EXPECT_EQ(timeline->how, "entries 0 to 2 were read");
}

TEST_F(Timelines, OfNothingAreEmptyAndSayThatThisIsAll) {
  add("amf1", "allowed");
  const auto timeline = about({.caller = "upf9"});
  ASSERT_TRUE(timeline);
  EXPECT_TRUE(timeline->episodes.empty());
  EXPECT_EQ(timeline->completeness, Completeness::proved);
}

TEST_F(Timelines, OfASubscriberNeedAPurpose) {
  add("amf1", "allowed");
  EXPECT_EQ(about({.subject = "imsi-999700000000001"}).error().kind, ErrorKind::permission);
}

TEST_F(Timelines, SayWhenARecordCannotBeRead) {
  add("amf1", "allowed");
  evidence.log.add(to_bytes("from the future"));
  const auto timeline = about({.caller = "amf1"});
  ASSERT_TRUE(timeline);
  EXPECT_EQ(timeline->completeness, Completeness::incomplete);
}

TEST_F(Timelines, SayWhenARecordCannotBeOpened) {
  add("amf1", "allowed");
  add(TestEvidence::decision("amf1", "r"));
  evidence.log.entry(1)[70] ^= 1;  // in the header's ciphertext
  const auto timeline = about({.caller = "amf1"});
  ASSERT_TRUE(timeline) << timeline.error().message;
  EXPECT_EQ(timeline->completeness, Completeness::incomplete);
  EXPECT_NE(timeline->how.find("cannot be opened"), std::string::npos);
}

// === incidents

TEST_F(Timelines, OfAnIncidentFollowLinksBothWaysAndTraces) {
  const auto cause = add("amf1", "r");
  add("smf1", "allowed");
  auto traced = TestEvidence::decision("amf2", "allowed");
  traced.trace = "aa";
  const auto trace = add(traced);
  auto middle = TestEvidence::decision("amf1", "r2");
  middle.links = {cause};
  middle.trace = "aa";
  const auto start = add(middle);
  auto effect = TestEvidence::decision("", "isolate");
  effect.links = {start};
  const auto first_effect = add(effect);
  effect.links = {first_effect};
  const auto second_effect = add(effect);
  add("smf1", "allowed");
  const auto timeline = incident(start);
  ASSERT_TRUE(timeline) << timeline.error().message;
  EXPECT_EQ(numbers(*timeline), (Numbers{{cause, trace, start, first_effect, second_effect}}));
  EXPECT_EQ(timeline->completeness, Completeness::proved);
}

TEST_F(Timelines, OfAnIncidentThatIsNotThereAreAnError) {
  add("amf1", "r");
  EXPECT_FALSE(incident(9));
}

TEST_F(Timelines, OfAnIncidentSayWhatCouldNotBeOpened) {
  const auto cause = add("amf1", "r");
  auto effect = TestEvidence::decision("", "isolate");
  effect.links = {cause};
  const auto start = add(effect);
  evidence.log.add(to_bytes("junk"));
  evidence.log.entry(cause)[70] ^= 1;
  const auto timeline = incident(start);
  ASSERT_TRUE(timeline) << timeline.error().message;
  EXPECT_EQ(timeline->completeness, Completeness::incomplete);
  EXPECT_EQ(numbers(*timeline), (Numbers{{start}}));
}

}  // namespace

}  // namespace cordon::audit
