#include "cordon/audit/index.h"

#include <gtest/gtest.h>

#include "cordon/audit/test_evidence.h"
#include "cordon/base/file.h"

namespace cordon::audit {

namespace {

void fill(TestEvidence& evidence, std::size_t records) {
  for (std::size_t i = 0; i < records; ++i)
    evidence.add(TestEvidence::decision("amf1", i % 9 == 0 ? "r" : "allowed"));
}

TEST(Index, WantsFullBlocksAndSmallOnesBehindThem) {
  const BlockSizes sizes{.full = 64, .tail = 16};
  EXPECT_TRUE(wanted_blocks(15, sizes).empty());
  EXPECT_EQ(wanted_blocks(16, sizes), (std::vector<Range>{{0, 16}}));
  EXPECT_EQ(wanted_blocks(150, sizes), (std::vector<Range>{{0, 64}, {64, 128}, {128, 144}}));
}

TEST(Index, BuildsBlocksAndStatesEachInTheLog) {
  TestEvidence evidence;
  fill(evidence, 100);
  const auto built = evidence.build();
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(built->built, 3U);  // 0 to 64, 64 to 80, 80 to 96
  EXPECT_EQ(built->stated, 3U);
  EXPECT_EQ(built->covered, 96U);
  const auto place = evidence.index.statement_place({0, 64});
  ASSERT_TRUE(place);
  const auto said = read_statement(evidence.log.entry(place->record), place->header_key);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(*said, evidence.index.block({0, 64})->statement().value());
}

TEST(Index, BuiltAgainAddsNothing) {
  TestEvidence evidence;
  fill(evidence, 100);
  ASSERT_TRUE(evidence.build());
  const auto again = evidence.build();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->built + again->stated + again->removed, 0U);
}

TEST(Index, IsDueWhenABlockOrAKeyIsMissingOrABlockIsLeftOver) {
  constexpr auto& kSizes = TestEvidence::kSizes;
  TestEvidence evidence;
  EXPECT_FALSE(is_index_due(15, evidence.index, kSizes));
  fill(evidence, 40);
  EXPECT_TRUE(is_index_due(40, evidence.index, kSizes));
  evidence.readable = 0;
  ASSERT_TRUE(evidence.build());
  EXPECT_TRUE(is_index_due(40, evidence.index, kSizes)) << "no statement has its key";
  evidence.readable = ~0ULL;
  ASSERT_TRUE(evidence.build());
  EXPECT_FALSE(is_index_due(47, evidence.index, kSizes));
  EXPECT_TRUE(is_index_due(64, evidence.index, kSizes));
  ASSERT_TRUE(evidence.index.write(*build_block(evidence.log.publish(), {0, 32})));
  EXPECT_FALSE(is_index_due(47, evidence.index, kSizes)) << "a block of other sizes does no harm";
}

TEST(Index, ReplacesSmallBlocksByAFullOne) {
  TestEvidence evidence;
  fill(evidence, 40);
  ASSERT_TRUE(evidence.build());
  EXPECT_EQ(evidence.index.ranges().size(), 2U);
  fill(evidence, 40);
  const auto built = evidence.build();
  ASSERT_TRUE(built);
  EXPECT_EQ(built->removed, 2U);
  EXPECT_EQ(evidence.index.ranges(), (std::vector<Range>{{0, 64}, {64, 80}}));
  EXPECT_TRUE(check_index(evidence.log.publish(), evidence.index)->faults.empty());
}

TEST(Index, FillsInTheKeyOfAStatementOnceItCanBeRead) {
  TestEvidence evidence;
  fill(evidence, 20);
  evidence.readable = 20;
  ASSERT_TRUE(evidence.build());
  EXPECT_TRUE(evidence.index.statement_place({0, 16})->header_key.empty());
  evidence.readable = ~0ULL;
  ASSERT_TRUE(evidence.build());
  EXPECT_FALSE(evidence.index.statement_place({0, 16})->header_key.empty());
}

TEST(Index, GoesOnAfterAFailureOfTheLog) {
  TestEvidence evidence;
  fill(evidence, 40);
  int left = 1;
  const KeepRecord keep = [&](const evidence::Record& record) -> Result<std::uint64_t> {
    if (left-- == 0) return fail(ErrorKind::unavailable, "the writer is away");
    return evidence.add(record);
  };
  const auto failed = build_index(evidence.log.publish(), evidence.index, keep, evidence.header_key(), evidence.clock,
                                  evidence.kSizes);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("the writer is away"), std::string::npos);
  const auto built = evidence.build();
  ASSERT_TRUE(built);
  EXPECT_EQ(built->built, 0U);  // the block was there already, its statement was not
  EXPECT_EQ(built->stated, 1U);
}

TEST(Index, MakesABlockAgainThatABrokenDiskLeft) {
  TestEvidence evidence;
  fill(evidence, 20);
  ASSERT_TRUE(evidence.build());
  const auto folder = evidence.index.folder();
  ASSERT_TRUE(write_file(folder / "000000000000-000000000016.block", "half"));
  std::filesystem::remove(folder / "000000000000-000000000016.statement");
  ASSERT_TRUE(evidence.build());
  EXPECT_TRUE(evidence.index.block({0, 16}));
}

TEST(Index, PassesOverFilesThatAreNotItsOwn) {
  TestEvidence evidence;
  fill(evidence, 20);
  ASSERT_TRUE(evidence.build());
  for (const auto* name :
       {"x.block", "1-2.block", "000000000016-000000000000.block", "a", "00000000000x-000000000016.block"}) {
    ASSERT_TRUE(write_file(evidence.index.folder() / name, "?"));
  }
  EXPECT_EQ(evidence.index.ranges().size(), 1U);
}

TEST(Index, RefusesSizesThatDoNotFit) {
  TestEvidence evidence;
  for (const BlockSizes& sizes : {BlockSizes{64, 0}, BlockSizes{64, 10}, BlockSizes{1ULL << 40, 16}}) {
    EXPECT_FALSE(build_index(evidence.log.publish(), evidence.index, evidence.keep(), evidence.header_key(),
                             evidence.clock, sizes));
  }
}

// === checking by anybody

std::string only_fault(const TestEvidence& evidence) {
  const auto checked = check_index(evidence.log.publish(), evidence.index);
  if (!checked || checked->faults.size() != 1) return "not one fault";
  return checked->faults[0].range.text() + ": " + checked->faults[0].what;
}

TEST(IndexCheck, WaitsForTheStatementOfTheNewestBlockOnly) {
  TestEvidence evidence;
  fill(evidence, 40);
  ASSERT_TRUE(evidence.build());
  std::filesystem::remove(evidence.index.folder() / "000000000016-000000000032.statement");
  const auto checked = check_index(evidence.log.publish(), evidence.index);
  EXPECT_TRUE(checked->faults.empty());
  EXPECT_TRUE(checked->unfinished);
  std::filesystem::remove(evidence.index.folder() / "000000000000-000000000016.statement");
  EXPECT_NE(only_fault(evidence).find("states no root"), std::string::npos) << only_fault(evidence);
}

TEST(IndexCheck, FindsASwappedBlock) {
  TestEvidence evidence;
  fill(evidence, 40);
  ASSERT_TRUE(evidence.build());
  const auto other = *read_file(evidence.index.folder() / "000000000000-000000000016.block");
  ASSERT_TRUE(write_file(evidence.index.folder() / "000000000016-000000000032.block", other));
  EXPECT_NE(only_fault(evidence).find("16 to 32"), std::string::npos) << only_fault(evidence);
  EXPECT_NE(only_fault(evidence).find("the block inside is of entries 0 to 16"), std::string::npos);
}

TEST(IndexCheck, FindsABlockMadeOfAlteredEntries) {
  TestEvidence evidence;
  fill(evidence, 20);
  BlockBuilder builder(0);
  for (std::uint64_t i = 0; i < 16; ++i) {
    builder.add(i == 9 ? bytes_of({}) : evidence.log.entry(i));  // the refusal is left out
  }
  ASSERT_TRUE(evidence.index.write(builder.finish()));
  ASSERT_TRUE(evidence.build());  // and stated in the log, as an operator who lies would
  EXPECT_NE(only_fault(evidence).find("not what the log's entries give"), std::string::npos) << only_fault(evidence);
}

TEST(IndexCheck, FindsAStatementThatDoesNotFitAnHonestBlock) {
  TestEvidence evidence;
  fill(evidence, 40);
  ASSERT_TRUE(evidence.build());
  ASSERT_TRUE(evidence.index.write({0, 16}, *evidence.index.statement_place({16, 32})));
  EXPECT_NE(only_fault(evidence).find("states 'index of entries 16 to 32"), std::string::npos)
      << only_fault(evidence);
}

TEST(IndexCheck, FindsAnUnreadableAndAMissingStatement) {
  TestEvidence evidence;
  fill(evidence, 40);
  ASSERT_TRUE(evidence.build());
  const auto file = evidence.index.folder() / "000000000000-000000000016.statement";
  ASSERT_TRUE(evidence.index.write({0, 16}, {3, Bytes(32, 1)}));
  EXPECT_NE(only_fault(evidence).find("is no index statement"), std::string::npos) << only_fault(evidence);
  std::filesystem::remove(file);
  EXPECT_NE(only_fault(evidence).find("run 'cordon log index build'"), std::string::npos) << only_fault(evidence);
}

TEST(IndexCheck, FindsAGapBetweenBlocks) {
  TestEvidence evidence;
  fill(evidence, 60);
  ASSERT_TRUE(evidence.build());
  ASSERT_TRUE(evidence.index.remove({16, 32}));
  EXPECT_NE(only_fault(evidence).find("16 to 32: no block covers"), std::string::npos) << only_fault(evidence);
}

TEST(IndexCheck, FindsABlockBeyondTheLog) {
  TestEvidence evidence;
  fill(evidence, 20);
  BlockBuilder builder(0);
  for (int i = 0; i < 30; ++i) builder.add(bytes_of({}));
  ASSERT_TRUE(evidence.index.write(builder.finish()));
  EXPECT_NE(only_fault(evidence).find("has only 20 entries"), std::string::npos) << only_fault(evidence);
}

// === where a statement stands

TEST(StatementPlace, IsReadBackFromItsText) {
  const StatementPlace place{70'000, Bytes(32, 5)};
  EXPECT_EQ(parse_statement_place(place.text()).value(), place);
  for (const std::string& text :
       {std::string(), place.text() + "x", std::string("record 1\nheader-key !\n"),
        std::string("record x\nheader-key AA==\n"), std::string("record 01\nheader-key AA==\n"),
        StatementPlace{1, Bytes(65, 1)}.text()}) {
    EXPECT_FALSE(parse_statement_place(text)) << text;
  }
}

}  // namespace

}  // namespace cordon::audit
