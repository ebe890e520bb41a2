// Stops journal and publisher before every operation on their disk, and starts them on everything that could then be
// found there.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "cordon/journal/test_log.h"

namespace cordon::journal {
namespace {

constexpr JournalOptions kSmallSegments{.segment_bytes = 900};

struct Step {
  std::uint64_t entries = 0;
  bool publish = false;
};

struct Outcome {
  std::uint64_t submitted = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t published = 0;  // size of the largest checkpoint that was told
};

PublisherOptions in_place(Outcome* outcome = nullptr) {
  PublisherOptions options{.origin = std::string(kOrigin), .own_thread = false};
  if (outcome != nullptr) options.on_published = [outcome](const Published& told) { outcome->published = told.size; };
  return options;
}

// Journal, publisher and what connects them, until the work is done or the disk stops.
class Process {
 public:
  Process(const std::shared_ptr<SimulatedDisk>& disk, Outcome& outcome) : outcome_(outcome) {
    if (auto done = start(disk); !done) error_ = done.error().message;
  }

  bool started() const { return publisher_ != nullptr; }
  const std::string& error() const { return error_; }

  bool step(const Step& step) {
    const Entries entries(journal_->size(), step.entries);
    outcome_.submitted = journal_->size() + step.entries;
    const auto first = journal_->append(entries);
    if (!first) return false;
    outcome_.acknowledged = journal_->size();
    publisher_->committed(*first, entries);
    if (!step.publish) return true;
    return publisher_->publish() && journal_->forget_below(publisher_->published());
  }

 private:
  Result<void> start(const std::shared_ptr<SimulatedDisk>& disk) {
    const auto published = published_size(*disk, test_signer());
    if (!published) return std::unexpected(published.error());
    auto opened = Journal::open(disk, *published, kSmallSegments);
    if (!opened) return std::unexpected(opened.error());
    auto started = Publisher::start(disk, test_signer(), clock_, in_place(&outcome_));
    if (!started) return std::unexpected(started.error());
    journal_ = std::move(*opened);
    publisher_ = std::move(*started);
    return {};
  }

  Outcome& outcome_;
  ManualClock clock_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Publisher> publisher_;
  std::string error_;
};

Outcome run(const std::shared_ptr<SimulatedDisk>& disk, std::span<const Step> steps) {
  Outcome outcome;
  Process log(disk, outcome);
  if (log.started()) (void)std::ranges::all_of(steps, [&](const Step& step) { return log.step(step); });
  return outcome;
}

// Starts on what a crash left, and checks: nothing acknowledged is lost, nothing is invented, what strangers were
// shown is a beginning of what is there, it verifies and goes on.
void check(const std::shared_ptr<SimulatedDisk>& disk, const Outcome& before) {
  Outcome outcome;
  Process log(disk, outcome);
  ASSERT_TRUE(log.started()) << log.error();
  const auto found = published_entries(disk);
  ASSERT_EQ(found, numbered_entries(found.size()));
  ASSERT_GE(found.size(), before.acknowledged);
  ASSERT_GE(found.size(), before.published);
  ASSERT_LE(found.size(), before.submitted);
  ASSERT_TRUE(log.step({2, true}));
  ASSERT_EQ(published_entries(disk), numbered_entries(found.size() + 2));
}

std::vector<Wreckage> wreckages(const SimulatedDisk& disk, std::size_t positions) {
  std::vector<Wreckage> out;
  const auto most = disk.unsynced();
  const auto step = std::max<std::size_t>(1, most / positions);
  for (std::size_t kept = 0; kept < most; kept += step) {
    out.push_back({.kept = kept});
    out.push_back({.kept = kept, .zeros = true});
    out.push_back({.kept = kept, .backwards = true});
  }
  out.push_back({.kept = most});
  const auto names = disk.unsynced_names();
  if (names == 0) return out;
  for (const auto kept : {std::size_t{0}, most}) {
    out.push_back({.kept = kept, .names_kept = false});
    for (std::size_t odd = 0; odd < names; odd += 1 + names / 8) {
      out.push_back({.kept = kept, .odd_name = odd});
      out.push_back({.kept = kept, .names_kept = false, .odd_name = odd});
    }
  }
  return out;
}

std::string text_of(const Wreckage& wreckage) {
  return std::format("{} bytes kept{}{}, names {}{}", wreckage.kept, wreckage.zeros ? ", zeros" : "",
                     wreckage.backwards ? ", backwards" : "", wreckage.names_kept,
                     wreckage.odd_name ? std::format(" except {}", *wreckage.odd_name) : "");
}

// A tile becomes full twice, partial ones are superseded, segments begin and are forgotten.
constexpr Step kWork[] = {{1, true}, {3, false}, {248, true}, {6, true}, {1, false}, {258, true}, {2, true}};

// Only journal: every byte of every batch.
constexpr Step kSmallWork[] = {{1, false}, {3, false}, {20, false}, {1, false}};

TEST(Crash, LosesNothingAcknowledgedAndTakesBackNothingShownWhereverItHappens) {
  std::uint64_t operation = 1;
  for (;; ++operation) {
    const auto disk = std::make_shared<SimulatedDisk>();
    disk->crash_before(operation);
    const auto outcome = run(disk, kWork);
    if (!disk->crashed()) break;
    for (const auto& wreckage : wreckages(*disk, 2)) {
      SCOPED_TRACE(std::format("before operation {}, {}", operation, text_of(wreckage)));
      check(disk->after_crash(wreckage), outcome);
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(operation, 100U);
}

TEST(Crash, LosesNothingAcknowledgedAtAnyByteOfABatch) {
  for (std::uint64_t operation = 1;; ++operation) {
    const auto disk = std::make_shared<SimulatedDisk>();
    disk->crash_before(operation);
    const auto outcome = run(disk, kSmallWork);
    if (!disk->crashed()) break;
    for (const auto& wreckage : wreckages(*disk, 1'000'000)) {
      SCOPED_TRACE(std::format("before operation {}, {}", operation, text_of(wreckage)));
      const auto left = disk->after_crash(wreckage);
      const auto journal = Journal::open(left, published_size(*left, test_signer()).value(), kSmallSegments);
      ASSERT_TRUE(journal) << journal.error().message;
      ASSERT_GE((*journal)->size(), outcome.acknowledged);
      ASSERT_LE((*journal)->size(), outcome.submitted);
      ASSERT_TRUE((*journal)->append(Entries((*journal)->size(), 1)));
    }
  }
}

TEST(Crash, LosesNothingWhenTheStartAfterItCrashesToo) {
  for (std::uint64_t operation = 1;; operation += 7) {
    const auto disk = std::make_shared<SimulatedDisk>();
    disk->crash_before(operation);
    const auto outcome = run(disk, kWork);
    if (!disk->crashed()) break;
    for (const auto& first :
         {Wreckage{.kept = 0, .names_kept = false}, Wreckage{.kept = 37}, Wreckage{.kept = 100'000}}) {
      for (std::uint64_t second = 1;; second += 3) {
        const auto again = disk->after_crash(first);
        again->crash_before(second);
        auto told = outcome;
        const auto during = run(again, {});
        if (!again->crashed()) break;
        told.published = std::max(told.published, during.published);
        for (const auto& wreckage : {Wreckage{.kept = 0, .names_kept = false}, Wreckage{.kept = 61, .odd_name = 0},
                                     Wreckage{.kept = 100'000}}) {
          SCOPED_TRACE(std::format("before operation {}, {}, then {} of the start, {}", operation, text_of(first),
                                   second, text_of(wreckage)));
          check(again->after_crash(wreckage), told);
          if (testing::Test::HasFailure()) return;
        }
      }
    }
  }
}

// The new process finds bytes and names that the old one left but did not sync. It may promise nothing that rests on
// them before they are durable.
TEST(Crash, LosesNothingWhenAPowerCutFollowsAKill) {
  for (std::uint64_t operation = 1;; ++operation) {
    const auto disk = std::make_shared<SimulatedDisk>();
    disk->crash_before(operation);
    auto outcome = run(disk, kWork);
    if (!disk->crashed()) break;
    disk->revive();
    const auto restarted = run(disk, {});
    outcome.published = std::max(outcome.published, restarted.published);
    for (const auto& wreckage : wreckages(*disk, 1)) {
      SCOPED_TRACE(std::format("before operation {}, {}", operation, text_of(wreckage)));
      check(disk->after_crash(wreckage), outcome);
      if (testing::Test::HasFailure()) return;
    }
  }
}

// So many tiles at once that they are synced together.
TEST(Crash, LosesNothingWhileManyTilesAreWritten) {
  constexpr Step kMany[] = {{3, true}, {7'000, true}, {1, true}};
  for (std::uint64_t operation = 30;; operation += 5) {
    const auto disk = std::make_shared<SimulatedDisk>();
    disk->crash_before(operation);
    const auto outcome = run(disk, kMany);
    if (!disk->crashed()) break;
    for (const auto& wreckage : {Wreckage{.kept = 0, .names_kept = false}, Wreckage{.kept = 5'000, .odd_name = 3},
                                 Wreckage{.kept = 1'000'000}}) {
      SCOPED_TRACE(std::format("before operation {}, {}", operation, text_of(wreckage)));
      check(disk->after_crash(wreckage), outcome);
      if (testing::Test::HasFailure()) return;
    }
  }
}

// Whichever operation finds the disk full, and for however long: what was acknowledged stays, the rest is refused.
TEST(FillingUp, LosesNothingAcknowledgedWhereverItHappens) {
  for (std::uint64_t from = 1;; ++from) {
    const auto disk = std::make_shared<SimulatedDisk>();
    Outcome outcome;
    disk->fault = [&](DiskOperation operation, const std::string&) -> Result<void> {
      const bool needs_space = operation != DiskOperation::truncate && operation != DiskOperation::remove;
      if (disk->operations() >= from && disk->operations() < from + 4 && needs_space) {
        return fail(ErrorKind::no_space, "full");
      }
      return {};
    };
    SCOPED_TRACE(std::format("operations {} to {}", from, from + 3));
    {
      Process log(disk, outcome);
      if (log.started()) {
        for (const auto& step : kWork) (void)log.step(step);
      }
    }
    if (disk->operations() < from) break;
    disk->fault = {};
    check(disk, outcome);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace cordon::journal
