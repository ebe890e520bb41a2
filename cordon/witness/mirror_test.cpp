#include "cordon/witness/mirror.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/journal/simulated_disk.h"
#include "cordon/witness/test_log.h"

namespace cordon::witness {
namespace {

using journal::SimulatedDisk;

class MirrorTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Mirror>> open(const std::shared_ptr<SimulatedDisk>& disk) {
    if (!disk->contains("mirror-of")) {
      if (auto made = Mirror::create(*disk, log_.origin()); !made) return std::unexpected(made.error());
    }
    return Mirror::open(disk, log_.known(), clock_, {.signers = keys_, .progress = {}});
  }
  std::unique_ptr<Mirror> mirror() {
    auto opened = open(disk_);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  // Every file of the log as published for its size, and the checkpoint's text.
  void expect_complete(SimulatedDisk& disk) {
    for (const auto& tile : transparency::new_tiles(0, log_.size())) {
      const auto path = tile.path();
      ASSERT_TRUE(disk.contains("public/" + path)) << path;
      EXPECT_EQ(disk.content("public/" + path), log_.files.at(path)) << path;
    }
    EXPECT_TRUE(disk.content("public/checkpoint").starts_with(log_.checkpoint(log_.size()).text()));
  }
  ErrorKind refused(Mirror& mirror, const TestLog& log) {
    const auto before = mirror.size();
    const auto step = mirror.follow(log.reader());
    EXPECT_FALSE(step);
    EXPECT_EQ(mirror.size(), before);
    return step ? ErrorKind::internal : step.error().kind;
  }

  ManualClock clock_;
  TestLog log_;
  std::vector<transparency::NoteSigner> keys_;
  std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
};

TEST_F(MirrorTest, CopiesALogOfAnySizeAndFollowsItsGrowth) {
  const auto copy = mirror();
  for (const std::uint64_t size : {0U, 1U, 5U, 255U, 256U, 257U, 600U, 600U, 1024U, 1025U}) {
    const auto from = copy->size();
    log_.grow(size);
    const auto step = copy->follow(log_.reader());
    ASSERT_TRUE(step) << size << ": " << step.error().message;
    EXPECT_EQ(step->from, from);
    EXPECT_EQ(step->size, size);
    expect_complete(*disk_);
  }
  EXPECT_FALSE(disk_->contains("public/tile/entries/000.p/5"));  // full now
  EXPECT_EQ(mirror()->size(), 1025U);
}

TEST_F(MirrorTest, CopiesALogOfThreeLevels) {
  log_.grow(65'536 + 257);
  std::uint64_t told = 0;
  ASSERT_TRUE(Mirror::create(*disk_, log_.origin()));
  auto copy =
      Mirror::open(disk_, log_.known(), clock_, {.signers = {}, .progress = [&](std::uint64_t n) { told = n; }});
  ASSERT_TRUE(copy);
  const auto step = (*copy)->follow(log_.reader());
  ASSERT_TRUE(step) << step.error().message;
  expect_complete(*disk_);
  EXPECT_EQ(told, 65'536U + 256U);
}

TEST_F(MirrorTest, CosignsWhatItHasWholly) {
  keys_ = test_cosigner("mirror.example/m1");
  log_.grow(300);
  const auto copy = mirror();
  ASSERT_TRUE(copy->follow(log_.reader()));
  const auto note = transparency::parse_note(disk_->content("public/checkpoint")).value();
  for (const auto& key : keys_) EXPECT_TRUE(transparency::verify_signature(note, key.verifier()));
  EXPECT_EQ(disk_->content("public/log.vkeys"),
            log_.known().keys[0].text() + "\n" + log_.known().keys[1].text() + "\n");
}

TEST_F(MirrorTest, IsItselfALogThatCanBeMirrored) {
  log_.grow(700);
  const auto first = mirror();
  ASSERT_TRUE(first->follow(log_.reader()));
  const auto second_disk = std::make_shared<SimulatedDisk>();
  const auto second = open(second_disk).value();
  const auto read = [&](const std::string& path) -> Result<std::string> {
    if (!disk_->contains("public/" + path)) return fail(ErrorKind::not_found, path);
    return disk_->content("public/" + path);
  };
  ASSERT_TRUE(second->follow(read));
  expect_complete(*second_disk);
}

TEST_F(MirrorTest, TakesFullTilesWherePartialOnesAreGone) {
  log_.grow(600);
  auto ahead = log_;
  ahead.grow(1000);
  ahead.files["checkpoint"] = log_.files["checkpoint"];  // read a moment before the log grew
  std::erase_if(ahead.files, [](const auto& file) { return file.first.contains("/002.p/"); });
  const auto copy = mirror();
  const auto step = copy->follow(ahead.reader());
  ASSERT_TRUE(step) << step.error().message;
  expect_complete(*disk_);
}

TEST_F(MirrorTest, FetchesNothingTwiceAfterAnInterruption) {
  log_.grow(2000);
  auto copy = mirror();
  int allowed = 9;
  const auto failing = [&](const std::string& path) -> Result<std::string> {
    if (allowed-- == 0) return fail(ErrorKind::unavailable, "away");
    return log_.reader()(path);
  };
  EXPECT_EQ(copy->follow(failing).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(copy->size(), 0U);
  copy.reset();
  copy = mirror();
  log_.reads = 0;
  ASSERT_TRUE(copy->follow(log_.reader()));
  const auto all = static_cast<int>(transparency::new_tiles(0, 2000).size());
  EXPECT_LT(log_.reads, all);  // the checkpoint, the edge again, and what was missing
  expect_complete(*disk_);
}

// --- attacks ---

TEST_F(MirrorTest, EveryChangedByteIsFoundBeforeItIsKept) {
  log_.grow(600);
  for (const auto& [path, content] : log_.files) {
    for (const std::size_t at : {std::size_t{0}, content.size() / 2, content.size() - 1}) {
      auto spoilt = log_;
      spoilt.files[path][at] ^= 1;
      const auto disk = std::make_shared<SimulatedDisk>();
      const auto copy = open(disk).value();
      const auto step = copy->follow(spoilt.reader());
      if (path == "checkpoint" && step) continue;  // a byte of base64 that plays no part
      EXPECT_FALSE(step) << path << " at " << at;
      EXPECT_FALSE(disk->contains("public/checkpoint"));
      if (disk->contains("public/" + path)) {
        EXPECT_NE(disk->content("public/" + path), spoilt.files[path]) << path;
      }
    }
  }
}

TEST_F(MirrorTest, TilesOfTheWrongLengthAreRefused) {
  log_.grow(600);
  for (const auto& [path, content] : log_.files) {
    for (const auto& wrong : {std::string(), content + "x", content.substr(1)}) {
      auto spoilt = log_;
      spoilt.files[path] = wrong;
      EXPECT_FALSE(open(std::make_shared<SimulatedDisk>()).value()->follow(spoilt.reader())) << path;
    }
  }
}

TEST_F(MirrorTest, ARewrittenHistoryIsProvedAndNotFollowed) {
  log_.grow(500);
  const auto copy = mirror();
  ASSERT_TRUE(copy->follow(log_.reader()));
  for (const std::uint64_t size : {400U, 500U, 900U}) {
    auto thief = log_;
    thief.rewrite(123, "nothing happened");
    if (size < 500) thief.truncate(static_cast<std::size_t>(size));
    thief.grow(size);
    EXPECT_EQ(refused(*copy, thief), ErrorKind::corrupt);
    ASSERT_EQ(copy->proof(), "disk/equivocation.proof") << size;
    const auto proof = parse_equivocation(disk_->content("equivocation.proof"));
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_TRUE(verify_equivocation(*proof, log_.known())) << size;
  }
  log_.grow(900);
  EXPECT_TRUE(copy->follow(log_.reader()));
}

TEST_F(MirrorTest, AnOlderCheckpointOfTheSameHistoryOnlySaysThatThePlaceIsBehind) {
  log_.grow(500);
  const auto older = log_;
  log_.grow(600);
  const auto copy = mirror();
  ASSERT_TRUE(copy->follow(log_.reader()));
  const auto step = copy->follow(older.reader());
  ASSERT_TRUE(step) << step.error().message;
  EXPECT_TRUE(step->behind);
  EXPECT_EQ(copy->size(), 600U);
}

TEST_F(MirrorTest, StrangersAndGarbageAreRefused) {
  log_.grow(20);
  const auto copy = mirror();
  TestLog other("log.example/b");
  other.grow(30);
  EXPECT_EQ(refused(*copy, other), ErrorKind::corrupt);
  TestLog impostor(log_.origin());
  impostor.grow(30);
  EXPECT_EQ(refused(*copy, impostor), ErrorKind::corrupt);
  auto garbage = log_;
  garbage.files["checkpoint"] = "hello";
  refused(*copy, garbage);
  garbage.files.erase("checkpoint");
  EXPECT_EQ(refused(*copy, garbage), ErrorKind::not_found);
  // A signed checkpoint whose tree nobody has.
  auto boast = log_;
  auto checkpoint = log_.checkpoint(20);
  checkpoint.size = std::uint64_t{1} << 60U;
  boast.files["checkpoint"] = log_.sign(checkpoint).whole();
  EXPECT_EQ(refused(*copy, boast), ErrorKind::not_found);
}

TEST_F(MirrorTest, ACopyThatWasChangedOnDiskIsNotOpened) {
  log_.grow(20);
  ASSERT_TRUE(mirror()->follow(log_.reader()));
  for (const auto* file : {"public/checkpoint", "public/tile/0/000.p/20"}) {
    auto spoilt = disk_->copy();
    spoilt->content(file)[16] ^= 1;
    EXPECT_FALSE(open(spoilt)) << file;
    spoilt->content(file) = "";
    EXPECT_FALSE(open(spoilt)) << file;
    ASSERT_TRUE(spoilt->remove(file));
    EXPECT_FALSE(open(spoilt)) << file;
  }
}

TEST_F(MirrorTest, AFolderThatIsNotThisMirrorsIsNotOpened) {
  EXPECT_FALSE(Mirror::open(disk_, log_.known(), clock_, {}));
  ASSERT_TRUE(Mirror::create(*disk_, "log.example/b"));
  EXPECT_EQ(Mirror::open(disk_, log_.known(), clock_, {}).error().kind, ErrorKind::invalid_input);
}

// --- crashes ---

TEST_F(MirrorTest, WhateverACrashLeavesTheCopyIsWholeAndGoesOn) {
  std::vector<TestLog> stages;
  for (const std::uint64_t size : {3U, 258U, 515U}) {
    log_.grow(size);
    stages.push_back(log_);
  }
  bool crashed = true;
  for (std::uint64_t operation = 1; crashed; ++operation) {
    const auto disk = std::make_shared<SimulatedDisk>();
    disk->crash_before(operation);
    std::uint64_t reached = 0;
    if (const auto copy = open(disk); copy) {
      for (const auto& stage : stages) {
        if ((*copy)->follow(stage.reader())) reached = stage.size();
      }
    }
    crashed = disk->crashed();
    disk->revive();
    for (const bool names_kept : {true, false}) {
      for (const std::size_t kept : {std::size_t{0}, disk->unsynced() / 2, disk->unsynced()}) {
        for (const bool zeros : {true, false}) {
          const auto after = disk->after_crash({.kept = kept, .zeros = zeros, .names_kept = names_kept});
          auto copy = open(after);
          ASSERT_TRUE(copy) << "before operation " << operation << ": " << copy.error().message;
          ASSERT_GE((*copy)->size(), reached);
          const auto step = (*copy)->follow(log_.reader());
          ASSERT_TRUE(step) << "before operation " << operation << ": " << step.error().message;
          expect_complete(*after);
          if (HasFatalFailure() || HasNonfatalFailure()) return;
        }
      }
    }
  }
}

TEST_F(MirrorTest, AFullDiskLeavesTheCopyAsItWas) {
  log_.grow(300);
  const auto copy = mirror();
  ASSERT_TRUE(copy->follow(log_.reader()));
  log_.grow(900);
  disk_->fault = [](journal::DiskOperation operation, const std::string&) -> Result<void> {
    if (operation == journal::DiskOperation::write) return fail(ErrorKind::no_space, "full");
    return {};
  };
  EXPECT_EQ(refused(*copy, log_), ErrorKind::no_space);
  disk_->fault = nullptr;
  ASSERT_TRUE(copy->follow(log_.reader()));
  expect_complete(*disk_);
}

}  // namespace
}  // namespace cordon::witness
