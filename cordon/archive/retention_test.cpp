#include "cordon/archive/retention.h"

#include "cordon/archive/test_log.h"
#include "cordon/archive/verify.h"

namespace cordon::archive {

namespace {

class Pruning : public ::testing::Test {
 protected:
  void make(std::uint64_t size) {
    made_ = TestLog(size);
    made_.save(folder_.log.open_part());
  }
  LogReader reader() const { return folder_.reader(); }
  Result<Retention> declare(Retention wanted) const {
    return declare_retention(reader(), test_keys().signer(), std::move(wanted), clock_);
  }
  Result<PrunePlan> prune_now() const { return prune(reader(), test_keys().signer(), clock_); }
  void expect_verifies() const {
    const auto report = verify_log(reader(), {.trust = test_keys().trust()});
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->ok()) << report->faults.front().text();
  }
  bool there(const std::string& path) const { return std::filesystem::exists(folder_.log.open_part() / path); }

  TestFolder folder_;
  TestLog made_;
  ManualClock clock_{test_time()};
};

TEST_F(Pruning, NeedsADeclaredRetention) {
  make(70'000);
  const auto plan = prune_now();
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().message.find("no retention is declared"), std::string::npos);
}

TEST_F(Pruning, RemovesWhatLiesWhollyBelowTheMinimumAndKeepsProofsWorking) {
  make(70'000);
  ASSERT_TRUE(declare({.keep_entries = 3000}));
  const auto plan = prune_now();
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->minimum, 66'816U);     // 67,000 down to a whole bundle
  EXPECT_EQ(plan->files, 261U * 2 + 1);  // bundles, level 0, tile/1/000
  EXPECT_GT(plan->bytes, 0U);
  EXPECT_FALSE(there("tile/entries/260"));
  EXPECT_FALSE(there("tile/1/000"));
  EXPECT_TRUE(there("tile/entries/261"));
  EXPECT_TRUE(there("tile/2/000.p/1"));  // ends at 65,536, but the root is computed from it
  expect_verifies();
}

TEST_F(Pruning, NeverRemovesWhatTheRootIsComputedFrom) {
  for (const std::uint64_t size : {1U, 256U, 512U, 65'536U, 65'792U}) {
    make(size);
    ASSERT_TRUE(declare({.keep_entries = 0}));
    ASSERT_TRUE(prune_now());
    expect_verifies();
    std::filesystem::remove_all(folder_.log.open_part());
  }
}

TEST_F(Pruning, LeavesALogThatVerifiesAndProvesAllThatRemains) {
  make(1500);
  ASSERT_TRUE(declare({.keep_entries = 700}));
  ASSERT_EQ(prune_now()->minimum, 768U);
  expect_verifies();
  const auto report = verify_log(reader(), {.trust = test_keys().trust()});
  EXPECT_EQ(report->minimum, 768U);
  EXPECT_EQ(report->entries, 732U);
  const auto log = reader();
  for (std::uint64_t index = 768; index < 1500; ++index) EXPECT_TRUE(log.prove(index)) << index;
  EXPECT_EQ(log.entry(767).error().kind, ErrorKind::not_found);
  const auto gone = verify_record(log, 767, {.trust = test_keys().trust()});
  ASSERT_FALSE(gone);
  EXPECT_NE(gone.error().message.find("was pruned"), std::string::npos);
}

TEST_F(Pruning, StaysConsistentWithCheckpointsAboveTheMinimum) {
  make(1500);
  ASSERT_TRUE(declare({.keep_entries = 700}));
  ASSERT_TRUE(prune_now());
  const auto report = verify_log(reader(), {.trust = test_keys().trust(), .from = TestLog(1000).note});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->ok()) << report->faults.front().text();
}

TEST_F(Pruning, IsRefusedToAStrangerWhoForgesTheMinimum) {
  make(1500);
  auto forged = sign_retention({.origin = std::string(kTestOrigin), .minimum = 512, .written = test_time()},
                               other_keys().signer());
  ASSERT_TRUE(forged);
  write_file(folder_.log.open_part() / kRetentionFile, forged->whole()).value();
  std::filesystem::remove(folder_.log.open_part() / "tile/entries/000");
  const auto report = verify_log(reader(), {.trust = test_keys().trust()});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->minimum, 0U);
  EXPECT_EQ(report->fault_count, 2U);  // the declaration and the file
}

TEST_F(Pruning, KeepsByAgeOfTheBundles) {
  make(1500);
  const auto old = std::chrono::file_clock::from_sys(clock_.now() - std::chrono::days(31));
  for (const auto* bundle : {"000", "001", "003"}) {
    std::filesystem::last_write_time(folder_.log.open_part() / "tile/entries" / bundle,
                                     std::chrono::time_point_cast<std::filesystem::file_time_type::duration>(old));
  }
  const auto young = std::chrono::file_clock::from_sys(clock_.now());
  std::filesystem::last_write_time(folder_.log.open_part() / "tile/entries/002",
                                   std::chrono::time_point_cast<std::filesystem::file_time_type::duration>(young));
  ASSERT_TRUE(declare({.keep_days = 30}));
  EXPECT_EQ(prune_now()->minimum, 512U);  // 003 is old, but what lies before it is not
  ASSERT_TRUE(declare({.keep_days = 30, .keep_entries = 1400}));
  const auto retention = declare({.keep_days = 30});
  EXPECT_EQ(retention->minimum, 512U);  // never goes back
  expect_verifies();
}

TEST_F(Pruning, AsksForTheLongerOfBothRetentions) {
  make(1500);
  ASSERT_TRUE(declare({.keep_days = 30, .keep_entries = 100}));  // the files are younger than the test's clock is old
  clock_.set(WallTime(std::chrono::seconds(1)));
  EXPECT_EQ(plan_pruning(reader(), *declare({.keep_days = 30, .keep_entries = 100}), clock_.now())->minimum, 0U);
}

TEST_F(Pruning, IsStoppedByALegalHold) {
  make(1500);
  ASSERT_TRUE(declare({.keep_entries = 0, .holds = {{.from = 600, .to = 700, .reason = "case 12"}}}));
  const auto plan = prune_now();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->minimum, 512U);
  ASSERT_TRUE(plan->held);
  EXPECT_EQ(plan->held->reason, "case 12");
  ASSERT_TRUE(reader().entry(600));
  ASSERT_TRUE(declare({.keep_entries = 0}));  // lifted
  EXPECT_EQ(prune_now()->minimum, 1280U);
  expect_verifies();
  ASSERT_TRUE(declare({.keep_entries = 0, .holds = {{.from = 0, .to = 100, .reason = "too late"}}}));
  EXPECT_TRUE(prune_now());
}

TEST_F(Pruning, CompletesWhatAnInterruptedRunLeft) {
  make(1500);
  ASSERT_TRUE(declare({.keep_entries = 700}));
  ASSERT_TRUE(prune_now());
  made_.save(folder_.log.open_part());  // everything is back
  expect_verifies();                    // which hurts nobody
  const auto again = prune_now();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->minimum, 768U);
  EXPECT_EQ(again->files, 6U);
  EXPECT_EQ(prune_now()->files, 0U);
}

TEST_F(Pruning, OnlyTheLogsOwnKeysDeclare) {
  make(300);
  EXPECT_FALSE(declare_retention(reader(), test_keys().signer("other"), {}, clock_));
  const auto unfoldered = TestLog(5);
  EXPECT_FALSE(declare_retention(unfoldered.reader(), test_keys().signer(), {}, clock_));
  EXPECT_FALSE(plan_pruning(unfoldered.reader(), {}, clock_.now()));
}

Retention whole_retention() {
  return {.origin = std::string(kTestOrigin),
          .keep_days = 365,
          .keep_entries = 1'000'000,
          .minimum = 512,
          .holds = {{600, 700, "case \"12\""}, {800, 900, "case 13"}},
          .written = test_time()};
}

TEST(Retention, ReadsBackWhatItWrites) {
  const auto written = sign_retention(whole_retention(), test_keys().signer()).value();
  const auto parsed = parse_retention(written.whole());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->retention, whole_retention());
  EXPECT_EQ(parsed->whole(), written.whole());
}

TEST(Retention, BelongsToOneLog) {
  TestLog made(5);
  made.files[std::string(kRetentionFile)] = sign_retention(whole_retention(), test_keys().signer()).value().whole();
  const auto chain = key_chain(made.read(), kTestOrigin, std::nullopt).value();
  EXPECT_TRUE(read_retention(made.read(), kTestOrigin, chain, 5));
  EXPECT_FALSE(read_retention(made.read(), "other", chain, 5));
  EXPECT_FALSE(read_retention(made.read(), kTestOrigin, KeyChain{}, 5));
  made.files[std::string(kRetentionFile)] = "{";
  EXPECT_FALSE(read_retention(made.read(), kTestOrigin, chain, 5));
  EXPECT_FALSE(read_retention([](const std::string&) -> Result<std::string> { return fail(ErrorKind::io, ""); },
                              kTestOrigin, chain, 5));
}

TEST(Retention, RefusesWhatItDoesNotUnderstand) {
  const auto right = sign_retention(whole_retention(), test_keys().signer()).value().whole();
  const auto with = [&](std::string_view old_text, std::string_view new_text) {
    auto out = right;
    return out.replace(out.find(old_text), old_text.size(), new_text);
  };
  for (const auto& [whole, why] : std::vector<std::pair<std::string, std::string>>{
           {"{", "retention.json"},
           {"{}", "'policy' is missing"},
           {with("\"version\":1", "\"version\":2"), "version 2"},
           {with("\"version\":1,", ""), "'version'"},
           {with("\"minimum\":512", "\"minimum\":-1"), "'minimum'"},
           {with("\"origin\"", "\"orogin\""), "'origin'"},
           {with("\"written\":\"2", "\"written\":\"x"), "time"},
           {with("\"keepDays\":365", "\"keepDays\":365000"), "'keepDays'"},
           {with("\"keepDays\":365", "\"keepDays\":1.5"), "'keepDays'"},
           {with("\"keepEntries\":1000000", "\"keepEntries\":\"all\""), "'keepEntries'"},
           {with("\"from\":600", "\"from\":700"), "holds nothing"},
           {with("\"from\":600,", ""), "'from'"},
           {with("\"to\":700,", ""), "'to'"},
           {with("\"reason\":\"case 13\"", "\"reason\":13"), "'reason'"},
           {with("\"holds\":[", "\"holds\":3,\"x\":["), "'holds'"},
           {with("\"note\"", "\"note\""), ""},
           {with("\"note\":\"", "\"note\":\"x"), ""},
           {with("\"note\"", "\"nota\""), "'note'"},
       }) {
    const auto parsed = parse_retention(whole);
    if (why.empty()) continue;
    ASSERT_FALSE(parsed) << why;
    EXPECT_NE(parsed.error().message.find(why), std::string::npos) << parsed.error().message;
  }
}

}  // namespace

}  // namespace cordon::archive
