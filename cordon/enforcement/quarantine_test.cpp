#include "cordon/enforcement/quarantine.h"

#include <gtest/gtest.h>

#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement {
namespace {

const WallTime kNow = parse_time("2026-11-21T12:00:00Z").value();

Contained entry(ContainedKind kind, std::string what) {
  return {.kind = kind, .what = std::move(what), .reason = "asks for foreign sessions", .by = "root", .since = kNow};
}

TEST(Quarantine, ComesBackFromItsTextAsItWas) {
  auto slice = entry(ContainedKind::slice, "1-00000a");
  slice.until = kNow + std::chrono::hours(2);
  slice.including_emergency = true;
  const std::vector<Contained> all{entry(ContainedKind::nf, test::kAmf), slice,
                                   entry(ContainedKind::operation, "nudm-sdm"), entry(ContainedKind::plmn, "99970")};
  EXPECT_EQ(read_all_contained(write_contained(all)).value(), all);
  EXPECT_TRUE(read_all_contained("").value().empty());
}

class BadQuarantine : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(
    Each, BadQuarantine,
    testing::Values("{}", "[1]", "[{}]", R"([{"kind":"ue","what":"x","reason":"r","since":"2026-11-21T12:00:00Z"}])",
                    R"([{"kind":"nf","what":"","reason":"r","since":"2026-11-21T12:00:00Z"}])",
                    R"([{"kind":"nf","what":"x","reason":"","since":"2026-11-21T12:00:00Z"}])",
                    R"([{"kind":"nf","what":"x","reason":"r","since":"now"}])",
                    R"([{"kind":"nf","what":"x","reason":"r","since":"2026-11-21T12:00:00Z","until":"later"}])", "[",
                    "[[[[[[1]]]]]]"));
TEST_P(BadQuarantine, IsRefusedAsAWhole) { EXPECT_FALSE(read_all_contained(GetParam())) << GetParam(); }

TEST(Quarantine, HasAtMostSoManyEntries) {
  std::string text = "[";
  for (std::size_t i = 0; i <= kMostContained; ++i) text += (i ? ",1" : "1");
  EXPECT_FALSE(read_all_contained(text + "]"));
}

TEST(Quarantine, EndsWhenItsTimeIsOver) {
  auto contained = entry(ContainedKind::operation, "nudm-sdm");
  contained.until = kNow + std::chrono::seconds(60);
  const Quarantine quarantine({contained});
  EXPECT_TRUE(quarantine.find(ContainedKind::operation, "nudm-sdm", kNow + std::chrono::seconds(59)));
  EXPECT_FALSE(quarantine.find(ContainedKind::operation, "nudm-sdm", kNow + std::chrono::seconds(60)));
  EXPECT_FALSE(quarantine.find(ContainedKind::nf, "nudm-sdm", kNow));
}

TEST(Quarantine, OfANetworkIsThatOfItsNfs) {
  const auto protection = test::TestNetwork().protection();
  const auto& amf = *protection->inventory.find_name("amf1");
  EXPECT_TRUE(Quarantine({entry(ContainedKind::plmn, "99970")}).of(amf, kNow));
  EXPECT_TRUE(Quarantine({entry(ContainedKind::nf, test::kAmf)}).of(amf, kNow));
  EXPECT_FALSE(Quarantine({entry(ContainedKind::nf, test::kUdm)}).of(amf, kNow));
  EXPECT_TRUE(Quarantine().empty());
}

// Snapshots: what is contained is under the signature.
TEST(Quarantine, TravelsInTheSignedSnapshot) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  auto snapshot = test::TestNetwork().snapshot();
  const auto without = sign_snapshot(snapshot, key).value();
  snapshot.contained = write_contained({entry(ContainedKind::nf, test::kAmf)});
  const auto with = sign_snapshot(snapshot, key).value();
  EXPECT_NE(with, without);
  const auto opened = open_snapshot(with, key.public_key(), snapshot.issued).value();
  EXPECT_EQ(compile(opened).value()->quarantine.size(), 1U);
  snapshot.contained = "[1]";
  EXPECT_FALSE(compile(snapshot));
}

}  // namespace
}  // namespace cordon::enforcement
