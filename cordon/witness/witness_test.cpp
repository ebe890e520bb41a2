#include "cordon/witness/witness.h"

#include <gtest/gtest.h>

#include "cordon/journal/simulated_disk.h"
#include "cordon/witness/test_log.h"

namespace cordon::witness {
namespace {

using journal::SimulatedDisk;
using transparency::Note;
using wire::Response;

class WitnessTest : public testing::Test {
 protected:
  WitnessTest() {
    EXPECT_TRUE(Witness::create(*disk_));
    open();
  }
  void open() {
    witness_.reset();
    auto opened = Witness::open(disk_, {log_.known()}, keys_, clock_,
                                [this](const Witness::Incident& incident) { incidents_.push_back(incident); });
    ASSERT_TRUE(opened) << opened.error().message;
    witness_ = std::move(*opened);
  }
  Response post(std::string body) {
    return witness_->answer({.method = "POST", .path = "/add-checkpoint", .body = std::move(body)});
  }
  int status(std::string body) { return post(std::move(body)).status; }
  Response get(const std::string& path) { return witness_->answer({.method = "GET", .path = path}); }
  std::string latest_path() const { return "/" + origin_hash(log_.origin()) + "/checkpoint"; }
  // The note the witness cosigned, with the answer's lines.
  static Note with(const Note& note, const std::string& lines) {
    return transparency::parse_note(note.text + "\n" + lines).value();
  }

  ManualClock clock_;
  TestLog log_;
  std::vector<transparency::NoteSigner> keys_ = test_cosigner("witness.example/w1");
  std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
  std::unique_ptr<Witness> witness_;
  std::vector<Witness::Incident> incidents_;
};

TEST_F(WitnessTest, CosignsACheckpointWithBothKeys) {
  log_.grow(300);
  const auto answer = post(log_.add_checkpoint(0, 300));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto note = with(log_.note(300), answer.body);
  ASSERT_EQ(note.signatures.size(), 2U);
  for (const auto& key : keys_) {
    const auto verified = transparency::verify_signature(note, key.verifier());
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->time, 1'700'000'000);
  }
  EXPECT_EQ(witness_->cosigned().front().size, 300U);
}

TEST_F(WitnessTest, FollowsAGrowingLogAndShowsTheNewestToMonitors) {
  log_.grow(1000);
  EXPECT_EQ(get(latest_path()).status, 404);
  std::uint64_t from = 0;
  for (const std::uint64_t to : {0U, 1U, 2U, 255U, 256U, 257U, 512U, 512U, 1000U}) {
    const auto answer = post(log_.add_checkpoint(from, to));
    ASSERT_EQ(answer.status, 200) << from << " to " << to << ": " << answer.body;
    from = to;
  }
  const auto shown = get(latest_path());
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(wire::find_header(shown.headers, "content-type"), "text/plain; charset=utf-8");
  const auto note = transparency::parse_note(shown.body).value();
  EXPECT_EQ(note.text, log_.checkpoint(1000).text());
  EXPECT_EQ(note.signatures.size(), 4U);  // the log's two and the witness's two
  EXPECT_TRUE(signatures_of(note, log_.known().keys));
}

// C2SP tlog-witness, add-checkpoint: which status for what.
TEST_F(WitnessTest, RefusesWithTheStatusOfTheStandard) {
  log_.grow(600);
  ASSERT_EQ(status(log_.add_checkpoint(0, 300)), 200);
  TestLog stranger("log.example/b");
  stranger.grow(3);
  TestLog impostor(log_.origin());  // the right origin, other keys
  impostor.grow(600);
  auto forged = log_.add_checkpoint(300, 600);
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  auto wrong_root = log_.checkpoint(600);
  wrong_root.root[0] ^= 1;
  auto other_root = log_.checkpoint(300);
  other_root.root[0] ^= 1;
  const auto proof = transparency::consistency_proof(log_.tree(), 300, 600).value();
  struct Case {
    std::string what;
    std::string body;
    int status;
  };
  const Case cases[] = {
      {"garbage", "hello", 400},
      {"nothing", "", 400},
      {"no note", "old 300\n\n", 400},
      {"leading zero", "old 0300\n\n" + log_.note(600).whole(), 400},
      {"extension line", "old 300\n\nlog.example/a\n3\nAAAA\nextension\n\n— x AAAAAAAA\n", 400},
      {"old size above", transparency::AddCheckpoint{601, {}, log_.note(600)}.text(), 400},
      {"unknown log", stranger.add_checkpoint(0, 3), 404},
      {"unknown keys", impostor.add_checkpoint(0, 600), 403},
      {"forged signature", forged, 403},
      {"older old size", log_.add_checkpoint(299, 600), 409},
      {"newer old size", log_.add_checkpoint(301, 600), 409},
      {"size 0 for the old size", log_.add_checkpoint(0, 600), 409},
      {"no proof", transparency::AddCheckpoint{300, {}, log_.note(600)}.text(), 422},
      {"wrong root", transparency::AddCheckpoint{300, proof, log_.sign(wrong_root)}.text(), 422},
      {"same size, proof", transparency::AddCheckpoint{300, proof, log_.note(300)}.text(), 422},
      {"same size, other root", transparency::AddCheckpoint{300, {}, log_.sign(other_root)}.text(), 422},
  };
  for (const auto& each : cases) EXPECT_EQ(status(each.body), each.status) << each.what;
  EXPECT_EQ(witness_->cosigned().front().size, 300U);
  EXPECT_EQ(status(log_.add_checkpoint(300, 600)), 200);
}

TEST_F(WitnessTest, FirstCheckpointsHaveNoProofAndAnEmptyLogHasTheEmptyRoot) {
  log_.grow(5);
  const auto proof = transparency::consistency_proof(log_.tree(), 2, 5).value();
  EXPECT_EQ(status(transparency::AddCheckpoint{0, proof, log_.note(5)}.text()), 422);
  auto wrong = log_.checkpoint(0);
  wrong.root[0] ^= 1;
  EXPECT_EQ(status(transparency::AddCheckpoint{0, {}, log_.sign(wrong)}.text()), 422);
  EXPECT_EQ(status(log_.add_checkpoint(0, 0)), 200);
}

TEST_F(WitnessTest, TellsTheSizeItHas) {
  log_.grow(20);
  ASSERT_EQ(status(log_.add_checkpoint(0, 12)), 200);
  const auto conflict = post(log_.add_checkpoint(0, 20));
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.body, "12\n");
  EXPECT_EQ(wire::find_header(conflict.headers, "content-type"), "text/x.tlog.size");
}

TEST_F(WitnessTest, AnswersOtherPathsAndMethods) {
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/x/checkpoint").status, 404);
  EXPECT_EQ(get("/add-checkpoint").status, 405);
  EXPECT_EQ(witness_->answer({.method = "POST", .path = latest_path()}).status, 405);
  EXPECT_EQ(wire::find_header(get("/add-checkpoint").headers, "allow"), "POST");
}

// --- attacks ---

TEST_F(WitnessTest, AStolenLogKeyCannotRewriteWhatWasCosigned) {
  log_.grow(600);
  ASSERT_EQ(status(log_.add_checkpoint(0, 500)), 200);
  auto thief = log_;  // with its keys
  thief.rewrite(123, "nothing happened");
  EXPECT_EQ(status(thief.add_checkpoint(0, 600)), 409);    // "as if it were new"
  EXPECT_EQ(status(thief.add_checkpoint(500, 600)), 422);  // a proof of its own tree
  EXPECT_EQ(status(transparency::AddCheckpoint{500, {}, thief.note(500)}.text()), 422);
  thief.truncate(400);
  EXPECT_EQ(status(thief.add_checkpoint(400, 400)), 409);
  EXPECT_EQ(status(log_.add_checkpoint(500, 600)), 200);  // the true history goes on
}

TEST_F(WitnessTest, KeepsTheProofWhenALogSignsTwoTreesOfOneSize) {
  log_.grow(10);
  ASSERT_EQ(status(log_.add_checkpoint(0, 10)), 200);
  auto thief = log_;
  thief.rewrite(3, "other");
  EXPECT_EQ(status(transparency::AddCheckpoint{10, {}, thief.note(10)}.text()), 422);
  const auto file = origin_hash(log_.origin()) + ".equivocation";
  const auto proof = parse_equivocation(disk_->content(file));
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_TRUE(verify_equivocation(*proof, log_.known()));
  ASSERT_EQ(incidents_.size(), 1U);
  EXPECT_EQ(incidents_[0].proof, "disk/" + file);
  const auto first = disk_->content(file);
  thief.rewrite(3, "and another");
  EXPECT_EQ(status(transparency::AddCheckpoint{10, {}, thief.note(10)}.text()), 422);
  EXPECT_EQ(disk_->content(file), first);
}

TEST_F(WitnessTest, AReplayedCheckpointIsNotCosignedAgain) {
  log_.grow(600);
  const auto recorded = log_.add_checkpoint(0, 300);
  ASSERT_EQ(status(recorded), 200);
  ASSERT_EQ(status(log_.add_checkpoint(300, 600)), 200);
  EXPECT_EQ(status(recorded), 409);
  EXPECT_EQ(witness_->cosigned().front().size, 600U);
}

TEST_F(WitnessTest, DoesNotGoBackAfterARestart) {
  log_.grow(600);
  ASSERT_EQ(status(log_.add_checkpoint(0, 600)), 200);
  open();
  EXPECT_EQ(post(log_.add_checkpoint(0, 300)).body, "600\n");
  EXPECT_EQ(transparency::parse_note(get(latest_path()).body)->signatures.size(), 4U);
}

TEST_F(WitnessTest, TimesNeverGoBackEvenWhenTheClockDoes) {
  log_.grow(3);
  ASSERT_EQ(status(log_.add_checkpoint(0, 1)), 200);
  clock_.set(WallTime(std::chrono::seconds(-5)));
  const auto time_of = [&](const Response& answer, std::uint64_t size) {
    return transparency::verify_signature(with(log_.note(size), answer.body), keys_[0].verifier()).value().time;
  };
  EXPECT_EQ(time_of(post(log_.add_checkpoint(1, 2)), 2), 1'700'000'000);
  open();
  EXPECT_EQ(time_of(post(log_.add_checkpoint(2, 3)), 3), 1'700'000'000);
}

// --- its memory ---

TEST_F(WitnessTest, AMemoryThatIsGoneOrNotItsOwnStopsIt) {
  log_.grow(20);
  ASSERT_EQ(status(log_.add_checkpoint(0, 20)), 200);
  const auto file = origin_hash(log_.origin());
  const auto whole = disk_->content(file);
  const auto refused = [&](const std::shared_ptr<SimulatedDisk>& disk) {
    const auto opened = Witness::open(disk, {log_.known()}, keys_, clock_);
    return !opened && opened.error().kind == ErrorKind::corrupt;
  };
  auto gone = disk_->copy();
  ASSERT_TRUE(gone->remove(file));
  EXPECT_TRUE(refused(gone));
  auto empty = std::make_shared<SimulatedDisk>();
  EXPECT_TRUE(refused(empty));
  TestLog other("log.example/other");
  other.grow(1);
  for (const auto& content :
       {std::string(), std::string("x"), whole.substr(0, whole.size() / 2), log_.note(20).whole(),
        other.note(1).whole(), log_.note(20).text + "ext\n\n— a AAAAAAAA\n"}) {
    auto spoilt = disk_->copy();
    spoilt->content(file) = content;
    EXPECT_TRUE(refused(spoilt)) << content;
  }
  auto flipped = disk_->copy();
  flipped->content(file)[log_.origin().size() + 1] = '1';  // size 20 becomes 10
  EXPECT_TRUE(refused(flipped));
  const auto others = Witness::open(disk_->copy(), {log_.known()}, test_cosigner("witness.example/w1"), clock_);
  EXPECT_FALSE(others);
  EXPECT_TRUE(Witness::open(disk_->copy(), {log_.known(), other.known()}, keys_, clock_));
}

TEST_F(WitnessTest, NothingIsCosignedThatItsDiskDidNotTake) {
  log_.grow(20);
  ASSERT_EQ(status(log_.add_checkpoint(0, 10)), 200);
  disk_->fault = [](journal::DiskOperation operation, const std::string&) -> Result<void> {
    if (operation == journal::DiskOperation::write) return fail(ErrorKind::no_space, "full");
    return {};
  };
  EXPECT_EQ(status(log_.add_checkpoint(10, 20)), 503);
  EXPECT_FALSE(witness_->failure());
  EXPECT_EQ(incidents_.size(), 1U);
  disk_->fault = nullptr;
  EXPECT_EQ(status(log_.add_checkpoint(10, 12)), 200);
  disk_->fault = [](journal::DiskOperation operation, const std::string&) -> Result<void> {
    if (operation == journal::DiskOperation::sync) return fail(ErrorKind::io, "fdatasync");
    return {};
  };
  EXPECT_EQ(status(log_.add_checkpoint(12, 20)), 503);
  disk_->fault = nullptr;
  EXPECT_TRUE(witness_->failure());
  EXPECT_EQ(status(log_.add_checkpoint(12, 20)), 503);  // it is not known what is on the disk: until a restart
  EXPECT_EQ(get(latest_path()).status, 200);
}

TEST(WitnessErrors, ADiskThatCannotBeReadOrWrittenIsAnError) {
  const ManualClock clock;
  SimulatedDisk dead;
  dead.crash_before(1);
  EXPECT_FALSE(Witness::create(dead));
}

// The disk stops before every operation of a run: whatever a crash left, the witness remembers at least what it gave
// out, and nobody gets it to cosign another history.
TEST(WitnessCrash, WhateverACrashLeavesNothingGivenOutIsForgotten) {
  const ManualClock clock;
  const auto keys = test_cosigner("witness.example/w1");
  TestLog log;
  log.grow(6);
  auto thief = log;
  thief.rewrite(0, "other");
  TestLog second("log.example/b");
  second.grow(2);
  const std::vector<std::pair<const TestLog*, std::uint64_t>> order{{&log, 2}, {&log, 4}, {&second, 1}, {&log, 6}};
  bool crashed = true;
  for (std::uint64_t operation = 1; crashed; ++operation) {
    const auto disk = std::make_shared<SimulatedDisk>();
    ASSERT_TRUE(Witness::create(*disk));
    std::map<const TestLog*, std::uint64_t> given;
    {
      auto witness = Witness::open(disk, {log.known(), second.known()}, keys, clock).value();
      disk->crash_before(disk->operations() + operation);
      for (const auto& [of, to] : order) {
        const auto answer =
            witness->answer({.method = "POST", .path = "/add-checkpoint", .body = of->add_checkpoint(given[of], to)});
        if (answer.status == 200) given[of] = to;
      }
    }
    crashed = disk->crashed();
    disk->revive();
    for (const bool names_kept : {true, false}) {
      for (const std::size_t kept : {std::size_t{0}, disk->unsynced() / 2, disk->unsynced()}) {
        for (std::size_t odd = 0; odd <= disk->unsynced_names(); ++odd) {
          journal::Wreckage wreckage{.kept = kept, .names_kept = names_kept};
          if (odd != 0) wreckage.odd_name = odd - 1;
          auto opened = Witness::open(disk->after_crash(wreckage), {log.known(), second.known()}, keys, clock);
          ASSERT_TRUE(opened) << "before operation " << operation << ": " << opened.error().message;
          for (const auto& each : (*opened)->cosigned()) {
            const auto* of = each.origin == log.origin() ? &log : &second;
            ASSERT_GE(each.size, given[of]) << "before operation " << operation;
            if (of != &log || given[of] == 0) continue;
            const auto refused = (*opened)->answer(
                {.method = "POST", .path = "/add-checkpoint", .body = thief.add_checkpoint(each.size, 6)});
            ASSERT_EQ(refused.status, 422);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace cordon::witness
