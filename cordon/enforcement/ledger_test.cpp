#include "cordon/enforcement/ledger.h"

#include <gtest/gtest.h>

#include "cordon/base/temporary_folder.h"

namespace cordon::enforcement {
namespace {

using std::chrono::seconds;

const WallTime kNow = std::chrono::floor<seconds>(system_clock().now());

class LedgerTest : public testing::Test {
 protected:
  std::unique_ptr<Ledger> open(WallTime now = kNow) {
    auto opened = Ledger::open(folder.path(), rules, now, metrics);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  static Ledger::Entry until(seconds later) {
    return {.until = std::chrono::duration_cast<seconds>((kNow + later).time_since_epoch()).count()};
  }
  std::filesystem::path file() const { return folder.path() / "ledger"; }

  TemporaryFolder folder;
  LedgerRules rules;
  Metrics metrics;
};

TEST_F(LedgerTest, RemembersUntilTheEnd) {
  const auto ledger = open();
  const auto mark = ledger->mark({"resource", "smf1", "/nsmf-pdusession/v1/sm-contexts/1"});
  ledger->put(mark, until(seconds(60)));
  EXPECT_TRUE(ledger->find(mark, kNow + seconds(59)));
  EXPECT_FALSE(ledger->find(mark, kNow + seconds(60)));
  ledger->erase(mark);
  EXPECT_FALSE(ledger->find(mark, kNow));
}

TEST_F(LedgerTest, TellsAnotherProcessWithTheSameKeyWhatItLearns) {
  const auto old = open();
  std::string told;
  old->share([&](const Ledger::Change& change) { told = old->sealed(change); });
  const auto mark = old->mark({"resource", "smf1", "/nsmf-pdusession/v1/sm-contexts/1"});
  old->put(mark, until(seconds(60)));
  const auto next = open();
  const auto change = next->unsealed(told);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->key, mark);
  EXPECT_FALSE(next->unsealed(told.substr(1)));
  told[3] ^= 1;
  EXPECT_FALSE(next->unsealed(told));
}

TEST_F(LedgerTest, TellsWordsApart) {
  const auto ledger = open();
  EXPECT_NE(ledger->mark({"ab", "c"}), ledger->mark({"a", "bc"}));
  EXPECT_NE(ledger->mark({"ab", ""}), ledger->mark({"ab"}));
}

TEST_F(LedgerTest, ComesBackAfterAKill) {
  Mark kept, gone;
  {
    const auto ledger = open();
    kept = ledger->mark({"kept"});
    gone = ledger->mark({"gone"});
    ledger->put(
        kept,
        {.owner = ledger->mark({"amf1"}), .until = until(seconds(600)).until, .type = 7, .uses = 3, .emergency = 1});
    ledger->put(gone, until(seconds(600)));
    ledger->erase(gone);
    ledger->flush();
  }
  const auto again = open(kNow + seconds(1));
  const auto* found = again->find(kept, kNow);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->owner, again->mark({"amf1"}));
  EXPECT_EQ(std::tuple(found->type, found->uses, found->emergency), std::tuple(7, 3, 1));
  EXPECT_FALSE(again->find(gone, kNow));
}

TEST_F(LedgerTest, WithATornEndIsGoodUpToThere) {
  Mark first;
  {
    const auto ledger = open();
    first = ledger->mark({"first"});
    ledger->put(first, until(seconds(600)));
    ledger->put(ledger->mark({"second"}), until(seconds(600)));
    ledger->flush();
  }
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) - 10);
  const auto again = open();
  EXPECT_EQ(again->size(), 1U);
  EXPECT_TRUE(again->find(first, kNow));
}

TEST_F(LedgerTest, BelievesNoLineThatWasNotWrittenUnderItsKey) {
  {
    const auto ledger = open();
    ledger->put(ledger->mark({"first"}), until(seconds(600)));
    ledger->flush();
  }
  auto text = read_file(file()).value();
  text[40] ^= 1;
  ASSERT_TRUE(write_file(file(), text));
  EXPECT_EQ(open()->size(), 0U);
}

TEST_F(LedgerTest, OfAnotherKindDoesNotOpen) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(write_file(file(), "{}"));
  EXPECT_TRUE(Ledger::open(folder.path(), rules, kNow, metrics).error().message.contains("remove it"));
  ASSERT_TRUE(write_file(folder.path() / "ledger.key", "short"));
  EXPECT_TRUE(Ledger::open(folder.path(), rules, kNow, metrics).error().message.contains("ledger.key"));
}

TEST_F(LedgerTest, LearnsAfterTheVeryFirstStartOnly) {
  EXPECT_TRUE(open()->learning(kNow + rules.learning - seconds(1)));
  EXPECT_FALSE(open()->learning(kNow + rules.learning));
  const auto later = open(kNow + rules.learning + seconds(1));
  EXPECT_FALSE(later->learning(kNow + rules.learning + seconds(1)));
}

TEST_F(LedgerTest, IsBoundedAndSaysWhenItIsFull) {
  rules.entries = 3;
  const auto ledger = open();
  for (int i = 0; i < 4; ++i) ledger->put(ledger->mark({std::to_string(i)}), until(seconds(600)));
  EXPECT_EQ(ledger->size(), 3U);
  EXPECT_FALSE(ledger->complete());
  ledger->put(ledger->mark({"0"}), until(seconds(900)));  // what is known can still change
  EXPECT_TRUE(ledger->find(ledger->mark({"0"}), kNow + seconds(700)));
}

TEST_F(LedgerTest, HoldsNoNameInItsFile) {
  const auto ledger = open();
  ledger->put(ledger->mark({"resource", "udm1", "/nudm-uecm/v1/imsi-999700000021309/registrations/amf-3gpp-access"}),
              until(seconds(600)));
  ledger->flush();
  EXPECT_FALSE(read_file(file()).value().contains("21309"));
  EXPECT_EQ(std::filesystem::status(file()).permissions(), std::filesystem::perms(0600));
}

// The seam for sharing between enforcement points: what one shares, another takes.
TEST_F(LedgerTest, SharesItsChanges) {
  const auto one = open();
  std::vector<Ledger::Change> shared;
  one->share([&](const Ledger::Change& change) { shared.push_back(change); });
  one->put(one->mark({"x"}), until(seconds(600)));
  const auto other = open();
  for (const auto& change : shared) other->take(change);
  EXPECT_TRUE(other->find(one->mark({"x"}), kNow));
}

}  // namespace
}  // namespace cordon::enforcement
