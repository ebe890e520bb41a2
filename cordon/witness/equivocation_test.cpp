#include "cordon/witness/equivocation.h"

#include <gtest/gtest.h>

#include "cordon/witness/test_log.h"

namespace cordon::witness {
namespace {

class EquivocationTest : public testing::Test {
 protected:
  EquivocationTest() {
    log_.grow(70);
    fork_ = log_;
    fork_.rewrite(5, "other");
  }
  TestLog log_;
  TestLog fork_ = log_;  // with the same keys
};

TEST_F(EquivocationTest, EveryPairOfSizesOfOneHistoryHasAPathToBothRoots) {
  for (std::uint64_t larger = 2; larger <= 70; ++larger) {
    for (std::uint64_t smaller = 1; smaller < larger; ++smaller) {
      const auto path = full_path(log_.tree(), smaller, larger);
      ASSERT_TRUE(path);
      const auto roots = roots_of_path(smaller, larger, *path);
      ASSERT_TRUE(roots) << smaller << " " << larger;
      ASSERT_EQ(roots->smaller, log_.checkpoint(smaller).root) << smaller << " " << larger;
      ASSERT_EQ(roots->larger, log_.checkpoint(larger).root) << smaller << " " << larger;
    }
  }
}

TEST_F(EquivocationTest, TwoRootsOfOneSizeAreAProof) {
  const auto found = compare(log_.note(70), fork_.note(70), log_.known(), nullptr);
  ASSERT_TRUE(found && *found);
  EXPECT_TRUE(verify_equivocation(**found, log_.known()));
  EXPECT_TRUE(verify_equivocation(**found, {log_.origin(), (*found)->keys}));
}

TEST_F(EquivocationTest, TwoSizesAreAProofWhenTheLargerDoesNotContinueTheSmaller) {
  for (const std::uint64_t smaller : {6U, 8U, 33U, 64U, 69U}) {
    const auto found = compare(fork_.note(70), log_.note(smaller), log_.known(), &fork_.tree());
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(*found) << smaller;
    EXPECT_TRUE(verify_equivocation(**found, log_.known())) << smaller;
    const auto again = parse_equivocation((*found)->text());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->text(), (*found)->text());
    EXPECT_TRUE(verify_equivocation(*again, log_.known()));
  }
}

TEST_F(EquivocationTest, OneHistoryIsNoProof) {
  EXPECT_EQ(compare(log_.note(70), log_.note(70), log_.known(), nullptr), std::nullopt);
  EXPECT_EQ(compare(log_.note(70), log_.note(0), log_.known(), nullptr), std::nullopt);
  EXPECT_EQ(compare(log_.note(70), log_.note(64), log_.known(), &log_.tree()), std::nullopt);
  EXPECT_EQ(compare(log_.note(5), fork_.note(70), log_.known(), &fork_.tree()), std::nullopt);  // before they part
}

TEST_F(EquivocationTest, WithoutTheRightTreeNothingIsSaid) {
  EXPECT_EQ(compare(log_.note(70), fork_.note(60), log_.known(), nullptr).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(compare(log_.note(70), fork_.note(60), log_.known(), &fork_.tree()).error().kind, ErrorKind::unavailable);
  TestLog stranger("log.example/a");
  stranger.grow(70);
  EXPECT_FALSE(compare(stranger.note(70), log_.note(70), log_.known(), nullptr));
  EXPECT_FALSE(compare(log_.note(70), stranger.note(70), log_.known(), nullptr));
}

// Nobody without the log's key can make a proof against it.
TEST_F(EquivocationTest, WhatProvesNothingIsRefused) {
  TestLog stranger(log_.origin());
  stranger.grow(70);
  TestLog other("log.example/b");
  other.grow(70);
  const auto path = full_path(log_.tree(), 64, 70).value();
  auto wrong_path = path;
  wrong_path[1][0] ^= 1;
  const Equivocation cases[] = {
      {{}, log_.note(70), log_.note(70), {}},         {{}, log_.note(70), stranger.note(70), {}},
      {{}, stranger.note(70), log_.note(70), {}},     {{}, log_.note(70), other.note(70), {}},
      {{}, log_.note(64), log_.note(70), path},       {{}, log_.note(64), log_.note(70), {}},
      {{}, log_.note(64), log_.note(70), wrong_path}, {{}, log_.note(70), log_.note(64), path},
      {{}, log_.note(0), log_.note(70), path},
  };
  for (const auto& each : cases) EXPECT_FALSE(verify_equivocation(each, log_.known()));
  auto longer = path;
  longer.resize(60);
  EXPECT_FALSE(roots_of_path(64, 70, longer));
}

TEST_F(EquivocationTest, MalformedProofsAreRefused) {
  const auto good = compare(log_.note(64), fork_.note(70), log_.known(), &fork_.tree()).value()->text();
  const auto with = [&](std::string_view from, std::string_view to) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const auto& text :
       {std::string(), std::string("equivocation/v1\n"), with("equivocation/v1", "equivocation/v2"),
        with("\nhash ", "\nhush "), with("\nhash ", "\nhash A"), with("\nlog ", "\nlog x"), good + "\nmore",
        good + "\n" + log_.note(3).whole(), good.substr(0, good.find("\n\n") + 2), std::string(300'000, 'x'),
        with("equivocation/v1\n", "equivocation/v1\n" + std::string("hash ") + to_base64(Bytes(31)) + "\n")}) {
    EXPECT_FALSE(parse_equivocation(text)) << text.substr(0, 80);
  }
  EXPECT_TRUE(parse_equivocation(good));
}

TEST_F(EquivocationTest, LogsOfAPolicyAreKnownByTheirOrigin) {
  TestLog other("log.example/b");
  const auto one = transparency::parse_trust_policy(log_.trust_lines() + "quorum none\n", "trust").value();
  const auto two =
      transparency::parse_trust_policy(log_.trust_lines() + other.trust_lines() + "quorum none\n", "trust").value();
  EXPECT_EQ(known_log(one, "").value().keys.size(), 2U);
  EXPECT_EQ(known_log(two, "log.example/b").value().origin, "log.example/b");
  EXPECT_FALSE(known_log(two, ""));
  EXPECT_FALSE(known_log(two, "log.example/c"));
}

}  // namespace
}  // namespace cordon::witness
