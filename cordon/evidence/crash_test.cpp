// Stops the log before every operation on its disk, and recovers from everything that could then be found there.
#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/evidence/simulated_disk.h"
#include "cordon/evidence/test_log.h"

namespace cordon::evidence {
namespace {

constexpr LogOptions kSmallSegments{.segment_bytes = 900};
constexpr int kBatches[] = {1, 3, 2, 1, 4, 1, 2};
constexpr int kAfterwards = 1000;  // the number of the record written after recovery

struct Outcome {
  int submitted = 0;
  int acknowledged = 0;
};

Outcome run(const std::shared_ptr<SimulatedDisk>& disk) {
  const ManualClock clock;
  Outcome outcome;
  auto log = LogFile::open(disk, test_key(), clock, kSmallSegments);
  if (!log) return outcome;
  for (const int count : kBatches) {
    const auto records = numbered(outcome.submitted, count);
    outcome.submitted += count;
    if (!(*log)->append_batch(records)) return outcome;
    outcome.acknowledged = outcome.submitted;
    if (count > 1 && !(*log)->write_checkpoint()) return outcome;
  }
  return outcome;
}

// Opens what a crash left, and checks: nothing acknowledged is lost, nothing is invented, it verifies and goes on.
void check(const std::shared_ptr<SimulatedDisk>& disk, const Outcome& outcome) {
  const ManualClock clock;
  {
    auto log = LogFile::open(disk, test_key(), clock, kSmallSegments);
    ASSERT_TRUE(log) << log.error().message;
    const Record afterwards[] = {numbered(kAfterwards)};
    ASSERT_TRUE((*log)->append_batch(afterwards));
  }
  const Reader reader(disk);
  ASSERT_EQ(faults_of(reader, test_key().public_key()), "");
  auto found = decisions(reader);
  ASSERT_EQ(found.back(), kAfterwards);
  found.pop_back();
  ASSERT_GE(static_cast<int>(found.size()), outcome.acknowledged);
  ASSERT_LE(static_cast<int>(found.size()), outcome.submitted);
  ASSERT_EQ(found, range(static_cast<int>(found.size())));
}

std::vector<Wreckage> wreckages(const SimulatedDisk& disk, std::size_t step) {
  std::vector<Wreckage> out;
  const auto most = disk.unsynced();
  for (std::size_t kept = 0; kept < most; kept += step) {
    out.push_back({.kept = kept});
    if (kept % 5 == 0) out.push_back({.kept = kept, .zeros = true});
    if (kept % 5 == 1) out.push_back({.kept = kept, .backwards = true});
  }
  out.push_back({.kept = most});
  if (disk.unsynced_names()) {
    out.push_back({.kept = 0, .names_kept = false});
    out.push_back({.kept = most, .names_kept = false});
  }
  return out;
}

TEST(Crash, LosesNoAcknowledgedRecordWhereverItHappens) {
  std::uint64_t operation = 1;
  for (;; ++operation) {
    const auto disk = std::make_shared<SimulatedDisk>();
    disk->crash_before(operation);
    const auto outcome = run(disk);
    if (!disk->crashed()) break;
    for (const auto& wreckage : wreckages(*disk, 1)) {
      SCOPED_TRACE(std::format("before operation {}, {} bytes kept, zeros {}, names {}", operation, wreckage.kept,
                               wreckage.zeros, wreckage.names_kept));
      check(disk->after_crash(wreckage), outcome);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(operation, 40U);  // the workload rotates, syncs and signs
}

TEST(Crash, LosesNothingWhenRecoveryItselfCrashes) {
  const ManualClock clock;
  for (std::uint64_t operation = 1;; ++operation) {
    const auto disk = std::make_shared<SimulatedDisk>();
    disk->crash_before(operation);
    const auto outcome = run(disk);
    if (!disk->crashed()) break;
    for (const auto& first : wreckages(*disk, 97)) {
      for (std::uint64_t second = 1;; ++second) {
        const auto again = disk->after_crash(first);
        again->crash_before(second);
        const auto opened = LogFile::open(again, test_key(), clock, kSmallSegments);
        if (!again->crashed()) break;
        EXPECT_FALSE(opened);
        for (const auto& wreckage : wreckages(*again, 53)) {
          SCOPED_TRACE(std::format("before operation {}, then {} of the recovery", operation, second));
          check(again->after_crash(wreckage), outcome);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// The new process finds lines that the old one wrote but did not sync. It may promise nothing that rests on them
// before they are durable.
TEST(Crash, LosesNothingWhenAPowerCutFollowsAKill) {
  const ManualClock clock;
  for (std::uint64_t operation = 1;; ++operation) {
    const auto disk = std::make_shared<SimulatedDisk>();
    disk->crash_before(operation);
    auto outcome = run(disk);
    if (!disk->crashed()) break;
    disk->revive();
    {
      auto log = LogFile::open(disk, test_key(), clock, kSmallSegments);
      ASSERT_TRUE(log) << log.error().message;
      ASSERT_TRUE((*log)->write_checkpoint());
    }
    for (const auto& wreckage : wreckages(*disk, 31)) {
      SCOPED_TRACE(std::format("before operation {}", operation));
      check(disk->after_crash(wreckage), outcome);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Crash, RecordsTheRepairWithTheBytesRemoved) {
  const auto disk = std::make_shared<SimulatedDisk>();
  run(disk);
  auto names = disk->list().value();
  const auto last =
      *std::ranges::max_element(names, {}, [](const auto& name) { return name.starts_with("log-") ? name : ""; });
  disk->content(last) += "{\"seq\":14,\"prev\":\"00";
  const ManualClock clock;
  ASSERT_TRUE(LogFile::open(disk, test_key(), clock, kSmallSegments));
  const Reader reader(disk);
  const auto repair = reader.find(14);
  ASSERT_TRUE(repair) << repair.error().message;
  EXPECT_EQ(repair->kind, "repair");
  EXPECT_EQ(repair->reason.substr(0, 9), "20 bytes ");
  EXPECT_TRUE(repair->reason.contains(last));
  EXPECT_EQ(faults_of(reader, test_key().public_key()), "");
}

}  // namespace
}  // namespace cordon::evidence
