#include <gtest/gtest.h>

#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {
namespace {

Result<Settings> parsed(std::string_view section) {
  const auto yaml = std::format("policy: p.cedar\ninventory: i.yaml\nlab_cleartext: true\n{}\n", section);
  return parse_settings(yaml, "cordon.yaml");
}

TEST(ProcedureSettings, BlockByDefaultAndObserveWhatIsUnknown) {
  const auto rules = parsed("").value().ledger;
  EXPECT_EQ(rules.notifications, Strictness::block);
  EXPECT_EQ(rules.state, Strictness::block);
  EXPECT_EQ(rules.unknown, Strictness::observe);
  EXPECT_EQ(rules.from, LedgerRules::From::set);
}

TEST(ProcedureSettings, AreReadFromTheirSections) {
  const auto rules = parsed(
                         "notifications: {mode: observe, from: type, learning_seconds: 0}\n"
                         "procedures: {mode: off, unknown: block, entries: 5000, seconds: 3600}")
                         .value()
                         .ledger;
  EXPECT_EQ(rules.notifications, Strictness::observe);
  EXPECT_EQ(rules.from, LedgerRules::From::type);
  EXPECT_EQ(rules.learning.count(), 0);
  EXPECT_EQ(rules.state, Strictness::off);
  EXPECT_EQ(rules.unknown, Strictness::block);
  EXPECT_EQ(rules.entries, 5000U);
  EXPECT_EQ(rules.life.count(), 3600);
}

class WrongProcedures : public testing::TestWithParam<std::pair<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(Each, WrongProcedures,
                         testing::Values(std::pair{"notifications: {mode: warn}", "notifications.mode"},
                                         std::pair{"notifications: {from: plmn}", "notifications.from"},
                                         std::pair{"notifications: {learning_seconds: -1}", "learning_seconds"},
                                         std::pair{"notifications: {learn: 5}", "notifications.learn"},
                                         std::pair{"procedures: {entries: 10}", "procedures.entries"},
                                         std::pair{"procedures: {seconds: x}", "procedures.seconds"},
                                         std::pair{"procedures: {mode: yes}", "procedures.mode"}));
TEST_P(WrongProcedures, NameTheirPlace) {
  const auto settings = parsed(GetParam().first);
  ASSERT_FALSE(settings);
  EXPECT_TRUE(settings.error().message.contains(GetParam().second)) << settings.error().message;
}

}  // namespace
}  // namespace cordon::enforcement
