#include <gtest/gtest.h>

#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {
namespace {

Result<Settings> with(const std::string& lines) {
  return parse_settings("policy: p.cedar\ninventory: i.yaml\nlab_cleartext: true\n" + lines,
                        "/etc/cordon/cordon.yaml");
}

TEST(SettingsOperationsTest, DefaultsAreTheStrictOnes) {
  const auto settings = with("").value();
  EXPECT_EQ(settings.privilege.user, "");
  EXPECT_EQ(settings.privilege.system_calls, Privilege::Calls::kill);
  EXPECT_TRUE(settings.privilege.files);
  EXPECT_FALSE(settings.privilege.listen_ports);
  EXPECT_FALSE(settings.privilege.connect_ports);
  EXPECT_EQ(settings.drain_time, std::chrono::seconds(8));
}

TEST(SettingsOperationsTest, ReadsWhatIsSaid) {
  const auto settings = with(
                            "drain_seconds: 30\nprivilege: {user: cordon, system_calls: log, files: false,\n"
                            "  listen_ports: [7777], connect_ports: [7777, 80]}\n")
                            .value();
  EXPECT_EQ(settings.privilege.user, "cordon");
  EXPECT_EQ(settings.privilege.system_calls, Privilege::Calls::log);
  EXPECT_FALSE(settings.privilege.files);
  EXPECT_EQ(settings.privilege.listen_ports, std::vector<std::uint16_t>{7777});
  EXPECT_EQ(settings.privilege.connect_ports, (std::vector<std::uint16_t>{7777, 80}));
  EXPECT_EQ(settings.drain_time, std::chrono::seconds(30));
}

TEST(SettingsOperationsTest, WrongValuesAreNamedWithTheirPlace) {
  const auto told = [](const std::string& lines) {
    const auto settings = with(lines);
    return settings ? std::string("accepted") : settings.error().message;
  };
  EXPECT_TRUE(told("privilege: {listen_ports: [70000]}").contains("privilege.listen_ports")) << told("");
  EXPECT_TRUE(told("privilege: {connect_ports: [0]}").contains("'0' is no port"));
  EXPECT_TRUE(told("privilege: {system_calls: never}").contains("one of kill, log, off"));
  EXPECT_TRUE(told("privilege: {usr: cordon}").contains("did you mean 'user'?"));
  EXPECT_TRUE(told("drain_seconds: -1").contains("drain_seconds"));
}

}  // namespace
}  // namespace cordon::enforcement
