#include <gtest/gtest.h>

#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {
namespace {

constexpr const char* kBase = "policy: p.cedar\ninventory: i.yaml\nlab_cleartext: true\n";

Result<Settings> read(const std::string& section) {
  return parse_settings(kBase + section, "/etc/cordon/cordon.yaml");
}

TEST(SettingsInspection, BlocksUnlessToldOtherwise) {
  const auto none = read("").value();
  EXPECT_EQ(none.inspection.mode, inspection::Mode::block);
  EXPECT_FALSE(none.inspection.overlay);
  const auto some =
      read("inspection: {mode: warn, overlay: mine.yaml, rules: {schema.choice: observe, effort: off}}\n").value();
  EXPECT_EQ(some.inspection.mode, inspection::Mode::warn);
  EXPECT_EQ(some.inspection.overlay, "/etc/cordon/mine.yaml");
  const std::vector<std::pair<std::string, inspection::Mode>> expected = {
      {"schema.choice", inspection::Mode::observe}, {"effort", inspection::Mode::off}};
  EXPECT_EQ(some.inspection.rules, expected);
}

TEST(SettingsInspection, RefusesWordsItDoesNotKnow) {
  EXPECT_NE(read("inspection: {mode: maybe}\n").error().message.find("inspection.mode"), std::string::npos);
  EXPECT_NE(read("inspection: {modes: warn}\n").error().message.find("modes"), std::string::npos);
  EXPECT_NE(read("inspection: {rules: {schema.type: loud}}\n").error().message.find("schema.type"),
            std::string::npos);
  EXPECT_NE(read("inspection: {rules: [schema.type]}\n").error().message.find("rules"), std::string::npos);
}

}  // namespace
}  // namespace cordon::enforcement
