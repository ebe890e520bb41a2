#include "cordon/enforcement/reload.h"

#include <gtest/gtest.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::enforcement {
namespace {

const std::string kRunning =
    "policy: p.cedar\ninventory: i.yaml\nlab_cleartext: true\nlimits: {in_flight: 100}\nupstream_milliseconds: 500\n";

class ReloadTest : public testing::Test {
 protected:
  Result<Reread> after(const std::string& yaml) {
    EXPECT_TRUE(write_file(file, yaml));
    return reread(file, kRunning, parse_settings(kRunning, file).value());
  }
  std::string refusal(const std::string& yaml) {
    const auto got = after(yaml);
    return got ? "accepted" : got.error().message;
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "cordon.yaml";
};

TEST_F(ReloadTest, TheSameFileOrAnotherLayoutOfItChangesNothing) {
  EXPECT_TRUE(after(kRunning)->changed.empty());
  EXPECT_TRUE(after("# a comment\ninventory: i.yaml\npolicy: p.cedar\nlab_cleartext: true\n"
                    "upstream_milliseconds: 500\nlimits:\n  # another\n  in_flight: 100\n")
                  ->changed.empty());
}

TEST_F(ReloadTest, SaysWhatChanged) {
  const auto got = after(
      "policy: p.cedar\ninventory: i.yaml\nlab_cleartext: true\nlimits: {in_flight: 200}\n"
      "drain_seconds: 3\n");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->changed, (std::set<std::string>{"limits", "drain_seconds", "upstream_milliseconds"}));
  EXPECT_EQ(got->settings.limits.in_flight, 200U);
}

TEST_F(ReloadTest, RefusesAsAWholeWhatIsWrong) {
  EXPECT_TRUE(refusal(kRunning + "drain_seconds: soon\n").contains("drain_seconds: expected a number"));
  EXPECT_TRUE(refusal(kRunning + "drain: 3\n").contains("unknown key"));
  EXPECT_TRUE(refusal("policy: [").contains("cordon.yaml"));
  std::filesystem::remove(file);
  EXPECT_FALSE(reread(file, kRunning, parse_settings(kRunning, file).value()));
}

TEST_F(ReloadTest, NamesTheKeyThatNeedsMoreThanAReloadAndTheRemedy) {
  EXPECT_TRUE(refusal(kRunning + "metrics: 127.0.0.1:9\n").contains("'metrics' changed"));
  EXPECT_TRUE(refusal(kRunning + "metrics: 127.0.0.1:9\n").contains("cordon proxy upgrade"));
  EXPECT_TRUE(refusal(kRunning + "snapshot_seconds: 60\n").contains("restart Cordon"));
  EXPECT_TRUE(refusal("policy: q.cedar" + kRunning.substr(kRunning.find('\n'))).contains("'policy' changed"));
  auto streams = kRunning;
  streams.replace(streams.find("in_flight: 100"), 14, "streams: 9");
  EXPECT_TRUE(refusal(streams).contains("limits.streams"));
}

}  // namespace
}  // namespace cordon::enforcement
