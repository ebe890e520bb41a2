#include "cordon/evidence/spool_positions.h"

#include <gtest/gtest.h>

namespace cordon::evidence {
namespace {

TEST(SpoolPositions, KnowTheNewestOfEachSpool) {
  SpoolPositions positions;
  EXPECT_EQ(positions.find("a"), nullptr);
  positions.advance({"a", 1}, 10);
  positions.advance({"b", 5}, 11);
  positions.advance({"a", 2}, 12);
  EXPECT_EQ(*positions.find("a"), (SpoolPositions::Position{"a", 2, 12}));
  EXPECT_EQ(*positions.find("b"), (SpoolPositions::Position{"b", 5, 11}));
}

TEST(SpoolPositions, ForgetTheOneThatWasSilentTheLongest) {
  SpoolPositions positions;
  for (std::size_t i = 0; i < kMostSources; ++i) positions.advance({std::to_string(i), 1}, i);
  positions.advance({"0", 2}, 1000);
  positions.advance({"new", 1}, 1001);
  EXPECT_TRUE(positions.find("0"));
  EXPECT_TRUE(positions.find("new"));
  EXPECT_FALSE(positions.find("1"));
  EXPECT_EQ(positions.all().size(), kMostSources);
}

TEST(SpoolPositions, ComeBackFromTheirList) {
  SpoolPositions positions;
  positions.advance({"edge 1/7f", 4711}, 99);
  positions.advance({"edge2/00", 1}, 100);
  SpoolPositions again;
  EXPECT_FALSE(again.recall(positions.listed()));
  EXPECT_EQ(again.all(), positions.all());
}

TEST(SpoolPositions, AreRecalledFromRecordsNewestFirst) {
  Record newest;
  newest.spool = SpoolMark{"a", 9};
  newest.sequence = 50;
  Record older = newest;
  older.spool->sequence = 8;
  SpoolPositions listed;
  listed.advance({"a", 7}, 40);
  listed.advance({"b", 3}, 41);
  SpoolPositions positions;
  EXPECT_TRUE(positions.recall(newest));
  EXPECT_TRUE(positions.recall(older));
  EXPECT_FALSE(positions.recall(listed.listed()));
  EXPECT_EQ(*positions.find("a"), (SpoolPositions::Position{"a", 9, 50}));
  EXPECT_EQ(*positions.find("b"), (SpoolPositions::Position{"b", 3, 41}));
}

TEST(SpoolPositions, PassOverLinesThatAreNone) {
  Record record;
  record.kind = kPositionsKind;
  record.details = {"", "1", "1 2", "1 2 ", "x 2 a", "1 x a", "-1 2 a", "99999999999999999999 2 a", "7 8 good"};
  SpoolPositions positions;
  EXPECT_FALSE(positions.recall(record));
  ASSERT_EQ(positions.all().size(), 1U);
  EXPECT_EQ(positions.all()[0], (SpoolPositions::Position{"good", 7, 8}));
}

}  // namespace
}  // namespace cordon::evidence
