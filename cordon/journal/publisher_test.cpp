#include "cordon/journal/publisher.h"

#include <gtest/gtest.h>

#include <atomic>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/journal/test_log.h"

namespace cordon::journal {
namespace {

const std::string kCheckpoint(kCheckpointFile);
const std::string kFirstSegment = "wal/wal-000000000000";

PublisherOptions in_place() { return {.origin = std::string(kOrigin), .own_thread = false}; }

// Journal and publisher on one disk, as the writer has them.
class Log {
 public:
  Log(std::shared_ptr<Disk> disk, const Clock& clock, PublisherOptions options = in_place())
      : journal(Journal::open(disk, published_size(*disk, test_signer()).value()).value()),
        publisher(Publisher::start(disk, test_signer(), clock, std::move(options)).value()) {}

  void add(std::uint64_t count) {
    const Entries entries(journal->size(), count);
    const auto first = journal->append(entries);
    ASSERT_TRUE(first) << first.error().message;
    publisher->committed(*first, entries);
  }
  void publish(std::uint64_t count) {
    add(count);
    const auto done = publisher->publish();
    ASSERT_TRUE(done) << done.error().message;
  }

  std::unique_ptr<Journal> journal;
  std::unique_ptr<Publisher> publisher;
};

class Publishing : public testing::Test {
 protected:
  transparency::Checkpoint checkpoint() const { return (*stored_checkpoint(*disk, test_signer()))->checkpoint; }
  std::string error_of_start() {
    const auto publisher = Publisher::start(disk, test_signer(), clock, in_place());
    return publisher ? "" : publisher.error().message;
  }
  std::vector<std::string> partial_tiles() const {
    std::vector<std::string> out;
    for (const auto& name : disk->files()) {
      if (name.contains(".p/")) out.push_back(name);
    }
    return out;
  }

  std::shared_ptr<SimulatedDisk> disk = std::make_shared<SimulatedDisk>();
  ManualClock clock;
};

TEST_F(Publishing, ShowsAnEmptyLogAtItsFirstStart) {
  const Log log(disk, clock);
  EXPECT_EQ(checkpoint().size, 0U);
  EXPECT_EQ(checkpoint().origin, kOrigin);
  EXPECT_EQ(checkpoint().root, transparency::empty_root());
  EXPECT_EQ(disk->content("public/log.vkeys"),
            test_signer().classic.verifier().text() + "\n" + test_signer().post_quantum.verifier().text() + "\n");
}

TEST_F(Publishing, ShowsWhatWasCommittedForEveryWayOfDividingIt) {
  Log log(disk, clock);
  std::uint64_t size = 0;
  for (const std::uint64_t count : {1U, 2U, 252U, 1U, 1U, 255U, 300U, 7'000U, 60'000U}) {
    log.publish(count);
    size += count;
    EXPECT_EQ(log.publisher->published(), size);
    EXPECT_EQ(published_entries(disk), numbered_entries(size));
  }
}

TEST_F(Publishing, GoesOnAfterARestart) {
  for (const std::uint64_t count : {3U, 253U, 1U, 70'000U, 0U, 5U}) Log(disk, clock).publish(count);
  EXPECT_EQ(published_entries(disk), numbered_entries(70'262));
}

TEST_F(Publishing, BringsUpWhatTheJournalHoldsWhenItStarts) {
  {
    Log log(disk, clock);
    log.publish(5);
    log.add(600);
  }
  const Log log(disk, clock);
  EXPECT_EQ(log.publisher->published(), 605U);
  EXPECT_EQ(published_entries(disk), numbered_entries(605));
}

TEST_F(Publishing, DoesNothingWhenThereIsNothingNew) {
  Log log(disk, clock);
  log.publish(5);
  const auto before = disk->content(kCheckpoint);
  const auto operations = disk->operations();
  clock.advance(std::chrono::hours(1));
  ASSERT_TRUE(log.publisher->publish());
  EXPECT_EQ(disk->content(kCheckpoint), before);
  EXPECT_EQ(disk->operations(), operations);
}

TEST_F(Publishing, TakesEntriesItReadFromTheJournalOnlyOnce) {
  Log log(disk, clock);
  log.publish(5);
  log.publisher->committed(3, Entries(3, 2));
  log.publisher->committed(4, Entries(4, 3));
  ASSERT_TRUE(log.publisher->publish());
  EXPECT_EQ(published_entries(disk), numbered_entries(7));
}

TEST_F(Publishing, FailsForGoodWhenEntriesAreMissing) {
  auto options = in_place();
  std::string failure;
  options.on_failure = [&](const Error& error) { failure = error.message; };
  Log log(disk, clock, options);
  log.publisher->committed(2, Entries(2, 1));
  EXPECT_TRUE(failure.contains("entries 0 to 1 were never given"));
  log.publisher->committed(0, Entries(0, 1));
  EXPECT_EQ(log.publisher->publish().error().message, failure);
  EXPECT_EQ(log.publisher->published(), 0U);
}

TEST_F(Publishing, RemovesPartialTilesOnceTheFullOneIsPublished) {
  Log log(disk, clock);
  for (int i = 0; i < 3; ++i) log.publish(80);
  EXPECT_EQ(partial_tiles().size(), 6U);  // three widths, tiles and bundles
  log.publish(16);
  EXPECT_EQ(partial_tiles(), std::vector<std::string>{"public/tile/1/000.p/1"});
  EXPECT_FALSE(disk->list("public/tile/0")->empty());
}

TEST_F(Publishing, RemovesPartialTilesThatACrashKept) {
  {
    Log log(disk, clock);
    log.publish(80);
    log.add(200);
  }
  EXPECT_EQ(partial_tiles().size(), 2U);
  const Log log(disk, clock);
  EXPECT_EQ(partial_tiles(), (std::vector<std::string>{"public/tile/0/001.p/24", "public/tile/1/000.p/1",
                                                       "public/tile/entries/001.p/24"}));
}

TEST_F(Publishing, SignsTimesThatNeverGoBack) {
  const auto time = [&] {
    const auto stored = *stored_checkpoint(*disk, test_signer());
    return *transparency::verify_signature(stored->note, test_signer().post_quantum.verifier())->time;
  };
  const auto start = clock.now();
  {
    Log log(disk, clock);
    log.publish(1);
    const auto first = time();
    clock.set(start - std::chrono::hours(24));
    log.publish(1);
    EXPECT_EQ(time(), first);
  }
  Log log(disk, clock);
  log.publish(1);
  EXPECT_EQ(time(), std::chrono::floor<std::chrono::seconds>(start).time_since_epoch().count());
  clock.set(start + std::chrono::hours(1));
  log.publish(1);
  EXPECT_GT(time(), std::chrono::floor<std::chrono::seconds>(start).time_since_epoch().count());
}

TEST_F(Publishing, RefusesAnOriginThatIsNotTheKeys) {
  auto options = in_place();
  options.origin = "other.example/log";
  EXPECT_TRUE(Publisher::start(disk, test_signer(), clock, options).error().message.contains("other.example/log"));
}

// --- witnesses --------------------------------------------------------------------------------------------------

class Witnesses final : public Cosigners {
 public:
  Outcome cosign(const transparency::Note& checkpoint, const transparency::HashSource& tree) override {
    asked.push_back(checkpoint.whole());
    const auto parsed = transparency::parse_checkpoint(checkpoint.text).value();
    if (parsed.size > 0) {
      EXPECT_EQ(transparency::root_of(tree, parsed.size).value(), parsed.root);  // all tiles are there to read
    }
    if (!there) return {.why = "witness-1 is away"};
    return {.signatures = {{"witness-1", 7, Bytes(72)}}, .quorum = true};
  }
  std::vector<std::string> asked;
  bool there = true;
};

TEST_F(Publishing, ShowsCosignatures) {
  Witnesses witnesses;
  auto options = in_place();
  options.cosigners = &witnesses;
  std::vector<Published> told;
  options.on_published = [&](const Published& published) { told.push_back(published); };
  Log log(disk, clock, options);
  log.publish(300);
  EXPECT_EQ(witnesses.asked.size(), 2U);
  EXPECT_TRUE(disk->content(kCheckpoint).contains("\u2014 witness-1 "));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].size, 300U);
  EXPECT_TRUE(told[1].witnessed);
  EXPECT_EQ(told[1].checkpoint.signatures.size(), 3U);
}

TEST_F(Publishing, ShowsACheckpointWithoutWitnessesSaysSoAndAsksAgain) {
  Witnesses witnesses;
  witnesses.there = false;
  auto options = in_place();
  options.cosigners = &witnesses;
  std::vector<Published> told;
  options.on_published = [&](const Published& published) { told.push_back(published); };
  Log log(disk, clock, options);
  log.publish(3);
  EXPECT_FALSE(told.back().witnessed);
  EXPECT_EQ(told.back().why, "witness-1 is away");
  EXPECT_EQ(checkpoint().size, 3U);
  clock.advance(std::chrono::seconds(5));
  witnesses.there = true;
  ASSERT_TRUE(log.publisher->publish());
  EXPECT_TRUE(told.back().witnessed);
  EXPECT_EQ(witnesses.asked.at(2), witnesses.asked.at(1));  // the same bytes, not signed anew
  EXPECT_TRUE(disk->content(kCheckpoint).contains("\u2014 witness-1 "));
  ASSERT_TRUE(log.publisher->publish());
  EXPECT_EQ(witnesses.asked.size(), 3U);
}

TEST_F(Publishing, InPlaceWritesFullTilesWithTheCommitThatFillsThemAndStartsTheirWayToTheDisk) {
  Log log(disk, clock, in_place());
  log.add(255);
  EXPECT_FALSE(disk->contains("public/tile/entries/000"));
  EXPECT_EQ(disk->writebacks(), 0U);
  log.add(1);
  EXPECT_TRUE(disk->contains("public/tile/entries/000"));
  EXPECT_TRUE(disk->contains("public/tile/0/000"));
  EXPECT_EQ(disk->writebacks(), 2U);
}

// --- full and failing disks -------------------------------------------------------------------------------------

class FullWhilePublishing : public Publishing, public testing::WithParamInterface<DiskOperation> {};

TEST_P(FullWhilePublishing, WaitsAndGoesOn) {
  auto options = in_place();
  int delays = 0;
  options.on_delay = [&](const Error&) { ++delays; };
  Log log(disk, clock, options);
  log.publish(100);
  const Entries entries(100, 800);
  ASSERT_TRUE(log.journal->append(entries));
  disk->fault = [](DiskOperation now, const std::string&) -> Result<void> {
    if (now == GetParam()) return fail(ErrorKind::no_space, "full");
    return {};
  };
  log.publisher->committed(100, entries);
  delays = 0;  // a full tile may have met the full disk already
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(log.publisher->publish().error().kind, ErrorKind::no_space);
    EXPECT_EQ(published_entries(disk), numbered_entries(100));
  }
  EXPECT_EQ(delays, 3);
  disk->fault = {};
  ASSERT_TRUE(log.publisher->publish());
  EXPECT_EQ(published_entries(disk), numbered_entries(900));
}

INSTANTIATE_TEST_SUITE_P(At, FullWhilePublishing,
                         testing::Values(DiskOperation::create, DiskOperation::write, DiskOperation::make_folder,
                                         DiskOperation::rename),
                         [](const auto& instance) {
                           return "Operation" + std::to_string(static_cast<int>(instance.param));
                         });

class BrokenWhilePublishing : public Publishing, public testing::WithParamInterface<DiskOperation> {};

TEST_P(BrokenWhilePublishing, PublishesNothingMoreAndSaysSoUntilItIsStartedAgain) {
  auto options = in_place();
  std::string failure;
  options.on_failure = [&](const Error& error) { failure += error.message; };
  Log log(disk, clock, options);
  log.publish(100);
  log.add(800);
  disk->fault = [](DiskOperation now, const std::string&) -> Result<void> {
    if (now == GetParam()) return fail(ErrorKind::io, "broken");
    return {};
  };
  EXPECT_FALSE(log.publisher->publish());
  EXPECT_EQ(failure, "broken");
  disk->fault = {};
  EXPECT_FALSE(log.publisher->publish());
  EXPECT_FALSE(log.publisher->stop());
  EXPECT_EQ(failure, "broken");
  EXPECT_GE(published_entries(disk).size(), 100U);
  log.publisher = Publisher::start(disk, test_signer(), clock, in_place()).value();
  EXPECT_EQ(published_entries(disk), numbered_entries(900));
}

INSTANTIATE_TEST_SUITE_P(At, BrokenWhilePublishing,
                         testing::Values(DiskOperation::create, DiskOperation::write, DiskOperation::sync,
                                         DiskOperation::make_folder, DiskOperation::sync_folder,
                                         DiskOperation::rename),
                         [](const auto& instance) {
                           return "Operation" + std::to_string(static_cast<int>(instance.param));
                         });

TEST_F(Publishing, LeavesPartialTilesItCannotRemove) {
  Log log(disk, clock);
  log.publish(80);
  disk->fault = [](DiskOperation now, const std::string&) -> Result<void> {
    if (now == DiskOperation::remove) return fail(ErrorKind::permission, "not yours");
    return {};
  };
  log.publish(200);
  EXPECT_EQ(published_entries(disk), numbered_entries(280));
}

// --- what somebody changed --------------------------------------------------------------------------------------

class Tampered : public Publishing {
 protected:
  void SetUp() override {
    Log log(disk, clock);
    log.publish(70'000);
    log.add(3);
  }
  void expect_refused(std::string_view words) {
    const auto message = error_of_start();
    EXPECT_TRUE(message.contains(words)) << message;
    EXPECT_TRUE(message.contains("nothing is published")) << message;
  }
};

TEST_F(Tampered, TilesAtTheEdgeAreFoundWhicheverByteItIs) {
  for (const std::string name : {"public/tile/0/273.p/112", "public/tile/1/001.p/17", "public/tile/2/000.p/1",
                                 "public/tile/entries/273.p/112"}) {
    const auto size = disk->content(name).size();
    for (std::size_t at = 0; at < size; at += 1 + size / 64) {
      disk->content(name)[at] ^= 4;
      const auto message = error_of_start();
      ASSERT_TRUE(message.contains("nothing is published")) << name << " " << at << ": " << message;
      disk->content(name)[at] ^= 4;
    }
    auto& content = disk->content(name);
    const auto last = content.back();
    content.pop_back();
    expect_refused(name.substr(7));
    content.push_back(last);
    ASSERT_TRUE(disk->rename(name, "hidden"));
    expect_refused(name.substr(7) + ": missing, but the checkpoint covers it");
    ASSERT_TRUE(disk->rename("hidden", name));
  }
  EXPECT_EQ(error_of_start(), "");
}

TEST_F(Tampered, CheckpointsAreFoundWhicheverByteItIs) {
  const auto whole = disk->content(kCheckpoint);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    disk->content(kCheckpoint)[at] ^= 1;
    const auto message = error_of_start();
    ASSERT_TRUE(message.contains("disk/public/checkpoint: ")) << at << ": " << message;
    disk->content(kCheckpoint) = whole;
  }
  disk->content(kCheckpoint).resize(whole.size() / 2);
  expect_refused("disk/public/checkpoint");
  disk->content(kCheckpoint) = std::string(100'000, 'x');
  EXPECT_NE(error_of_start(), "");
}

TEST_F(Tampered, CheckpointsOfOthersAreRefused) {
  const auto other = make_signer();
  const transparency::Checkpoint bigger{std::string(kOrigin), 70'001, {}};
  disk->content(kCheckpoint) = other.sign(bigger, clock.now())->whole();
  expect_refused("not signed by this log's keys");
  const auto elsewhere = make_signer("other.example/log");
  disk->content(kCheckpoint) = elsewhere.sign({"other.example/log", 70'000, {}}, clock.now())->whole();
  expect_refused("it is of the log other.example/log");
}

// The log's own keys in the wrong hands: the checkpoint is genuine, what it promises is not there.
TEST_F(Tampered, CheckpointsThatPromiseMoreThanThereIsAreRefused) {
  const auto sign = [&](std::uint64_t size, const transparency::Hash& root) {
    disk->content(kCheckpoint) = test_signer().sign({std::string(kOrigin), size, root}, clock.now())->whole();
  };
  const auto before = checkpoint();
  sign(70'002, before.root);
  expect_refused("tile/0/273.p/114: missing, but the checkpoint covers it");
  sign(70'144, before.root);
  EXPECT_NE(error_of_start(), "");
  sign(70'000, transparency::Hash{});
  expect_refused("altered: it signs another root");
}

TEST_F(Tampered, EntriesOfTheJournalThatArePublishedDifferentlyAreRefused) {
  std::vector<std::string> other;
  for (int i = 0; i < 70'003; ++i) other.push_back(i == 69'999 ? "altered" : entry(static_cast<std::uint64_t>(i)));
  const std::vector<std::string_view> views(other.begin(), other.end());
  const auto elsewhere = std::make_shared<SimulatedDisk>();
  ASSERT_TRUE(Journal::open(elsewhere, 0).value()->append(views));
  disk->content(kFirstSegment) = elsewhere->content(kFirstSegment);
  expect_refused("wal/wal-000000000000, byte 0: altered: entry 69999 is not the one that was published");
}

TEST_F(Tampered, AJournalThatBeginsTooLateIsRefused) {
  ASSERT_TRUE(disk->rename(kFirstSegment, "wal/hidden"));
  const auto journal = Journal::open(disk, 0).value();
  ASSERT_TRUE(journal->append(Entries(0, 1)));
  ASSERT_TRUE(disk->rename(kFirstSegment, "wal/wal-000000070005"));
  EXPECT_EQ(error_of_start(), "");  // its one batch says index 0: below what is published
  ASSERT_TRUE(disk->remove("wal/wal-000000070005"));
  ASSERT_TRUE(disk->open("wal/wal-000000070005", OpenMode::create));
  const auto late = Journal::open(disk, 70'005).value();
  ASSERT_TRUE(late->append(Entries(70'005, 1)));
  expect_refused("entries 70000 to 70004 are missing");
}

TEST_F(Tampered, KeysShownToReadersAreMadeRight) {
  disk->content("public/log.vkeys") = "forged";
  EXPECT_EQ(error_of_start(), "");
  EXPECT_TRUE(disk->content("public/log.vkeys").contains(test_signer().classic.verifier().text()));
}

// --- in a thread ------------------------------------------------------------------------------------------------

TEST(PublisherThread, PublishesByItselfOnceAnythingIsCommitted) {
  const TemporaryFolder folder;
  const LogFolder place{folder.path()};
  const auto signer = log_signer(place, std::string(kOrigin)).value();
  const auto disk = open_disk(folder.path()).value();
  const auto journal = Journal::open(disk, 0).value();
  std::atomic<std::uint64_t> size = 0;
  PublisherOptions options{.origin = std::string(kOrigin), .every = std::chrono::milliseconds(1)};
  options.on_published = [&](const Published& published) {
    size = published.size;
    size.notify_one();
  };
  const auto publisher = Publisher::start(place, signer, system_clock(), options).value();
  for (std::uint64_t next = 0; next < 5000; next += 1000) {
    const Entries entries(next, 1000);
    publisher->committed(journal->append(entries).value(), entries);
    for (auto now = size.load(); now != next + 1000; now = size) size.wait(now);
  }
  EXPECT_TRUE(publisher->stop());
  EXPECT_EQ(publisher->published(), 5000U);
  EXPECT_EQ(published_entries(disk, signer), numbered_entries(5000));
}

class InAThread : public testing::Test {
 protected:
  static PublisherOptions rarely() { return {.origin = std::string(kOrigin), .every = std::chrono::hours(1)}; }
  std::shared_ptr<SimulatedDisk> disk = std::make_shared<SimulatedDisk>();
  ManualClock clock;
};

TEST_F(InAThread, PublishesWhenAsked) {
  Log log(disk, clock, rarely());
  log.publish(10);
  EXPECT_EQ(log.publisher->published(), 10U);
  log.publish(500);
  EXPECT_EQ(log.publisher->published(), 510U);
  EXPECT_EQ(published_entries(disk), numbered_entries(510));
}

TEST_F(InAThread, PublishesWhatIsThereWhenItStops) {
  Log log(disk, clock, rarely());
  log.publish(1);
  log.add(300);
  EXPECT_TRUE(log.publisher->stop());
  EXPECT_TRUE(log.publisher->stop());
  EXPECT_TRUE(log.publisher->publish());  // what it can say now is how it ended
  log.publisher->committed(301, Entries(301, 1));
  EXPECT_EQ(log.publisher->published(), 301U);
  EXPECT_EQ(published_entries(disk), numbered_entries(301));
}

TEST_F(InAThread, TakesMoreThanMayWait) {
  const TemporaryFolder folder;  // both threads write at once
  Log log(open_disk(folder.path()).value(), clock, rarely());
  const std::string large(60'000, 'x');
  const std::vector<std::string_view> batch(512, large);
  for (int i = 0; i < 5; ++i) log.publisher->committed(log.journal->append(batch).value(), batch);  // 150 MB
  ASSERT_TRUE(log.publisher->publish());
  EXPECT_EQ(log.publisher->published(), 2560U);
}

TEST_F(InAThread, SaysThatItFailedAndHoldsNobodyUp) {
  auto options = rarely();
  std::atomic<int> failures = 0;
  options.on_failure = [&](const Error&) { ++failures; };
  Log log(disk, clock, options);
  log.publisher->committed(5, Entries(5, 1));
  EXPECT_TRUE(log.publisher->publish().error().message.contains("never given"));
  log.publisher->committed(0, Entries(0, 1));
  EXPECT_FALSE(log.publisher->stop());
  EXPECT_EQ(failures, 1);
}

TEST_F(InAThread, WaitsForAFullDisk) {
  auto options = rarely();
  std::atomic<int> delays = 0;
  options.on_delay = [&](const Error&) { ++delays; };
  Log log(disk, clock, options);
  log.publish(1);
  const Entries entries(1, 600);
  ASSERT_TRUE(log.journal->append(entries));
  disk->fault = [](DiskOperation now, const std::string&) -> Result<void> {
    if (now == DiskOperation::create) return fail(ErrorKind::no_space, "full");
    return {};
  };
  log.publisher->committed(1, entries);
  EXPECT_EQ(log.publisher->publish().error().kind, ErrorKind::no_space);
  EXPECT_EQ(log.publisher->publish().error().kind, ErrorKind::no_space);
  disk->fault = {};
  ASSERT_TRUE(log.publisher->publish());
  EXPECT_GE(delays, 2);
  EXPECT_EQ(published_entries(disk), numbered_entries(601));
  EXPECT_TRUE(log.publisher->stop());
}

TEST_F(InAThread, StopsOnAFullDiskToo) {
  Log log(disk, clock, rarely());
  log.add(300);
  disk->fault = [](DiskOperation, const std::string&) -> Result<void> { return fail(ErrorKind::no_space, "full"); };
  EXPECT_EQ(log.publisher->stop().error().kind, ErrorKind::no_space);
}

}  // namespace
}  // namespace cordon::journal
