#include "cordon/evidence/keeper.h"

#include <gtest/gtest.h>

#include "cordon/evidence/test_parts.h"

namespace cordon::evidence {
namespace {

Record spooled(std::uint64_t sequence, std::string source = "edge1/7f") {
  auto record = numbered(static_cast<int>(sequence));
  record.spool = SpoolMark{std::move(source), sequence};
  return record;
}

class KeeperTest : public testing::Test {
 protected:
  void start(SpoolPositions positions = {}) {
    keeper.emplace(clock, parts_of(log), std::move(positions),
                   KeeperOptions{.free_bytes = 1000, .free_space = [this] { return free; }});
    ASSERT_TRUE(keeper->begin());
    notes = log.entries.size();
  }
  Result<std::uint64_t> keep(const Record& record) { return keeper->keep({record}).at(0); }
  // Of the records behind the notes of the start.
  std::vector<std::string> kinds() const {
    const auto all = log.kinds();
    return {all.begin() + static_cast<std::ptrdiff_t>(notes), all.end()};
  }
  void full(bool now = true) {
    log.on_append =
        now ? [] { return Result<void>(fail(ErrorKind::no_space, "injected")); } : std::function<Result<void>()>();
  }

  TestLog log;
  ManualClock clock;
  Result<std::uint64_t> free = 10'000;
  std::optional<Keeper> keeper;
  std::size_t notes = 0;
};

TEST_F(KeeperTest, RecordsThatItStarted) {
  start();
  EXPECT_EQ(log.kinds(), (std::vector<std::string>{"start", "spool-positions"}));
  EXPECT_EQ(log.records()[0].proxy, "evidence");
  EXPECT_EQ(log.records()[0].time, clock.now());
}

TEST_F(KeeperTest, RecordsWhatWasRepaired) {
  log.repair = journal::Repair{17, "wal/wal-000000000000"};
  start();
  EXPECT_EQ(log.kinds()[0], "repair");
  EXPECT_TRUE(log.records()[0].reason.contains("17 bytes"));
  EXPECT_TRUE(log.records()[0].reason.contains("wal/wal-000000000000"));
}

TEST_F(KeeperTest, KeepsABatchWithOneAppendAndTellsThePublisher) {
  start();
  const auto appends = log.appends;
  const auto answers = keeper->keep({numbered(0), numbered(1), numbered(2)});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(answers[i].value(), notes + i);
  EXPECT_EQ(log.appends, appends + 1);
  EXPECT_EQ(log.published, notes + 3);
  EXPECT_EQ(log.decisions(), range(3));
}

TEST_F(KeeperTest, TurnsAwayOneRecordThatCannotBeSealed) {
  start();
  log.on_seal = [](const Record& record) -> Result<void> {
    if (record.trace == "1") return fail(ErrorKind::invalid_input, "too long");
    return {};
  };
  const auto answers = keeper->keep({numbered(0), numbered(1), numbered(2)});
  EXPECT_EQ(answers[1].error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(answers[2].value(), notes + 1);
  EXPECT_EQ(log.decisions(), (std::vector<int>{0, 2}));
}

TEST_F(KeeperTest, AcknowledgesNothingBeforeNewKeysAreDurable) {
  start();
  log.on_sync = [] { return Result<void>(fail(ErrorKind::no_space, "injected")); };
  EXPECT_EQ(keep(numbered(0)).error().kind, ErrorKind::no_space);
  EXPECT_TRUE(log.decisions().empty());
  log.on_sync = {};
  EXPECT_TRUE(keep(numbered(1)));
}

TEST_F(KeeperTest, RecordsHowManyWereRefusedOnAFullDisk) {
  start();
  ASSERT_TRUE(keep(numbered(0)));
  full();
  EXPECT_EQ(keep(numbered(8)).error().kind, ErrorKind::no_space);
  EXPECT_EQ(keeper->keep({numbered(8), numbered(9)})[1].error().kind, ErrorKind::no_space);
  full(false);
  EXPECT_EQ(keep(numbered(1)).value(), notes + 2);
  EXPECT_EQ(kinds(), (std::vector<std::string>{"decision", "gap", "decision"}));
  EXPECT_TRUE(log.records()[notes + 1].reason.contains("3 records were refused"));
  ASSERT_TRUE(keep(numbered(2)));
  EXPECT_EQ(kinds().size(), 4U);
}

TEST_F(KeeperTest, RecordsItsStartOnceThereIsRoom) {
  full();
  start();
  EXPECT_TRUE(log.entries.empty());
  full(false);
  EXPECT_EQ(keep(numbered(0)).value(), 2U);
  EXPECT_EQ(log.kinds(), (std::vector<std::string>{"start", "spool-positions", "decision"}));
}

TEST_F(KeeperTest, TakesNothingMoreAfterAFailure) {
  start();
  log.on_append = [] { return Result<void>(fail(ErrorKind::io, "injected")); };
  EXPECT_EQ(keep(numbered(0)).error().kind, ErrorKind::io);
  log.on_append = {};
  const auto refused = keep(numbered(0));
  EXPECT_EQ(refused.error().kind, ErrorKind::io);
  EXPECT_TRUE(refused.error().message.contains("injected; the log takes no more records"));
  EXPECT_TRUE(keeper->failure());
  EXPECT_TRUE(log.decisions().empty());
}

TEST_F(KeeperTest, TakesNothingMoreWhenTheKeysDiskFails) {
  start();
  log.on_seal = [](const Record& record) -> Result<void> {
    if (record.trace == "1") return fail(ErrorKind::io, "injected");
    return {};
  };
  const auto answers = keeper->keep({numbered(0), numbered(1)});
  for (const auto& answer : answers) EXPECT_EQ(answer.error().kind, ErrorKind::io);
  EXPECT_TRUE(keeper->failure());
}

TEST_F(KeeperTest, DoesNotBeginOnAFailure) {
  log.on_append = [] { return Result<void>(fail(ErrorKind::io, "injected")); };
  EXPECT_FALSE(Keeper(clock, parts_of(log), {}, {}).begin());
}

TEST_F(KeeperTest, RemovesWhatIsPublishedFromTheJournal) {
  start();
  ASSERT_TRUE(keep(numbered(0)));
  ASSERT_TRUE(keeper->tidy());
  EXPECT_EQ(log.forgotten, notes + 1);
  EXPECT_TRUE(keeper->stop());
  EXPECT_TRUE(log.stopped);
}

// --- little space -----------------------------------------------------------------------------------------------

TEST_F(KeeperTest, RefusesSpooledRecordsFirstWhenSpaceIsShort) {
  start();
  free = 999;
  const auto answers = keeper->keep({spooled(1), numbered(0)});
  EXPECT_EQ(answers[0].error().kind, ErrorKind::no_space);
  EXPECT_TRUE(answers[0].error().message.contains("fewer than 1000 bytes are free"));
  EXPECT_TRUE(answers[1]);
  EXPECT_FALSE(keep(spooled(1)));
  free = 1000;
  EXPECT_TRUE(keep(spooled(1)));
  EXPECT_EQ(kinds(), (std::vector<std::string>{"watermark", "decision", "watermark", "decision"}));
}

TEST_F(KeeperTest, TellsShortSpaceOnceEvenWhenNothingElseIsRecorded) {
  start();
  free = 0;
  EXPECT_FALSE(keep(spooled(1)));
  EXPECT_FALSE(keep(spooled(1)));
  EXPECT_EQ(kinds(), (std::vector<std::string>{"watermark"}));
}

TEST_F(KeeperTest, GoesOnWhenTheFreeSpaceCannotBeKnown) {
  start();
  free = fail(ErrorKind::io, "injected");
  EXPECT_TRUE(keep(spooled(1)));
}

TEST_F(KeeperTest, RecordsWhatTheLogItselfSaysWithTheNextBatch) {
  start();
  keeper->say("witness", "w1 is away");
  EXPECT_TRUE(keeper->keep({}).empty());
  EXPECT_EQ(kinds(), (std::vector<std::string>{"witness"}));
  EXPECT_EQ(log.records().back().reason, "w1 is away");
  full();
  for (int i = 0; i < 1'000; ++i) keeper->say("witness", std::to_string(i));
  EXPECT_TRUE(keeper->keep({}).empty());
  full(false);
  EXPECT_TRUE(keeper->keep({}).empty());
  EXPECT_EQ(kinds().size(), 257U) << "a bounded number waits for room";
  EXPECT_EQ(log.records().back().reason, "999");
}

// --- spools -----------------------------------------------------------------------------------------------------

TEST_F(KeeperTest, KeepsEachSpooledRecordOnce) {
  start();
  const auto answers = keeper->keep({spooled(1), spooled(2), spooled(2), spooled(1)});
  EXPECT_EQ(answers[1].value(), notes + 1);
  EXPECT_EQ(answers[2].value(), notes + 1);
  EXPECT_EQ(answers[3].value(), notes + 1);  // the newest of that spool: where it was need not be known
  EXPECT_EQ(keep(spooled(2)).value(), notes + 1);
  EXPECT_EQ(log.decisions(), (std::vector<int>{1, 2}));
}

TEST_F(KeeperTest, RecordsNumbersThatNeverCame) {
  start();
  ASSERT_TRUE(keep(spooled(1)));
  ASSERT_TRUE(keep(spooled(5)));
  ASSERT_TRUE(keep(spooled(6)));
  ASSERT_TRUE(keep(spooled(2, "edge2/00")));
  EXPECT_EQ(kinds(),
            (std::vector<std::string>{"decision", "spool-gap", "decision", "decision", "spool-gap", "decision"}));
  EXPECT_TRUE(log.records()[notes + 1].reason.contains("records 2 to 4 of spool edge1/7f"));
  EXPECT_TRUE(log.records()[notes + 4].reason.contains("records 1 to 1 of spool edge2/00"));
}

TEST_F(KeeperTest, RecordsAGapOnceThoughTheRecordBehindItIsRefused) {
  start();
  log.on_seal = [](const Record& record) -> Result<void> {
    if (record.trace == "5") return fail(ErrorKind::invalid_input, "too long");
    return {};
  };
  EXPECT_FALSE(keep(spooled(5)));
  EXPECT_TRUE(keep(spooled(6)));
  EXPECT_EQ(kinds(), (std::vector<std::string>{"spool-gap", "spool-gap", "decision"}));
  EXPECT_TRUE(log.records()[notes + 1].reason.contains("records 5 to 5"));
}

TEST_F(KeeperTest, GoesOnWhereTheLastRunStopped) {
  SpoolPositions positions;
  positions.advance({"edge1/7f", 41}, 7);
  start(positions);
  EXPECT_EQ(log.records()[1].details, (std::vector<std::string>{"41 7 edge1/7f"}));
  EXPECT_EQ(keep(spooled(41)).value(), 7U);
  EXPECT_TRUE(keep(spooled(42)));
  EXPECT_EQ(kinds(), (std::vector<std::string>{"decision"}));
}

TEST_F(KeeperTest, LosesNoSpooledRecordWhenABatchInTheMiddleIsRefused) {
  start();
  ASSERT_TRUE(keep(spooled(1)));
  full();
  EXPECT_FALSE(keeper->keep({spooled(2), spooled(3)})[0]);
  full(false);
  // What was sent meanwhile must not overtake: it would make 2 and 3 look like repetitions.
  EXPECT_EQ(keep(spooled(4)).error().kind, ErrorKind::no_space);
  EXPECT_TRUE(keep(spooled(1, "edge2/00")));  // another spool is not held up
  for (std::uint64_t sequence = 2; sequence <= 4; ++sequence) EXPECT_TRUE(keep(spooled(sequence)));
  EXPECT_EQ(log.decisions(), (std::vector<int>{1, 1, 2, 3, 4}));
  for (const auto& kind : kinds()) EXPECT_NE(kind, "spool-gap");
}

TEST_F(KeeperTest, DoesNotWaitForARecordThatWillNeverCome) {
  start();
  full();
  EXPECT_FALSE(keep(spooled(1)));
  full(false);
  log.on_seal = [](const Record& record) -> Result<void> {
    if (record.trace == "1") return fail(ErrorKind::invalid_input, "too long");
    return {};
  };
  EXPECT_EQ(keep(spooled(1)).error().kind, ErrorKind::invalid_input);
  EXPECT_TRUE(keep(spooled(2)));
}

TEST_F(KeeperTest, RefusesMarksThatAreNone) {
  start();
  for (const auto& record : {spooled(0), spooled(1, ""), spooled(1, std::string(65, 'x'))}) {
    EXPECT_EQ(keep(record).error().kind, ErrorKind::invalid_input);
  }
}

TEST_F(KeeperTest, HoldsBackABoundedNumberOfSpools) {
  start();
  full();
  for (int i = 0; i < 1024; ++i) EXPECT_FALSE(keep(spooled(1, "edge/" + std::to_string(i))));
  full(false);
  EXPECT_EQ(keep(spooled(1, "edge/more")).error().kind, ErrorKind::no_space);
  EXPECT_TRUE(keep(spooled(1, "edge/0")));
  EXPECT_TRUE(keep(spooled(1, "edge/more")));
}

TEST_F(KeeperTest, ListsTheSpoolsFromTimeToTime) {
  start();
  ASSERT_TRUE(keep(spooled(1)));
  const std::vector<Record> many(1U << 15, numbered(0));
  for (int i = 0; i < 3; ++i) keeper->keep(many);
  ASSERT_TRUE(keep(spooled(2)));
  std::size_t lists = 0;
  for (const auto& record : log.records()) lists += record.kind == kPositionsKind ? 1U : 0U;
  EXPECT_EQ(lists, 2U);
}

}  // namespace
}  // namespace cordon::evidence
