#include "cordon/base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <format>
#include <functional>
#include <thread>
#include <vector>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/base/text.h"

namespace cordon {
namespace {

constexpr WallTime kTime{std::chrono::seconds{1'700'000'000}};

std::string json(std::string_view message, std::initializer_list<LogField> fields = {}) {
  return log_line_json({kTime, LogLevel::warn, "proxy", message, fields});
}
std::string text(std::string_view message, std::initializer_list<LogField> fields = {}) {
  return log_line_text({kTime, LogLevel::warn, "proxy", message, fields});
}

TEST(Log, WritesOneJsonObjectForMachines) {
  EXPECT_EQ(json("writer away", {{"socket", "/run/a b"}, {"waiting", std::int64_t{-12}}, {"fatal", false}}),
            R"({"time":"2023-11-14T22:13:20.000000Z","level":"warn","component":"proxy",)"
            R"("message":"writer away","socket":"/run/a b","waiting":-12,"fatal":false})");
}

TEST(Log, WritesWordsForPeople) {
  const auto line =
      text("cannot read \"x\"", {{"path", "/a"}, {"reason", "not there"}, {"none", ""}, {"last", true}});
  EXPECT_EQ(line,
            "2023-11-14T22:13:20.000000Z warn  proxy: cannot read \"x\" "
            "path=/a reason=\"not there\" none=\"\" last=true");
}

TEST(Log, ForeignTextCannotForgeALineOrSteerTheTerminal) {
  constexpr std::string_view kForeign = "a\"b\\\n\x1b[31m\xc2\x9b\x7f\xff\xc3\xa9";
  constexpr std::string_view kEscaped = "a\\\"b\\\\\\n\\u001b[31m\\u009b\\u007f\\ufffd\xc3\xa9";
  EXPECT_TRUE(json("x", {{"f", kForeign}}).ends_with(std::format(R"("f":"{}"}})", kEscaped)));
  EXPECT_TRUE(text("x", {{"f", kForeign}}).ends_with(std::format(R"( f="{}")", kEscaped)));
  EXPECT_TRUE(text("a\nb\x1b").ends_with("a\\nb\\u001b"));
}

TEST(Log, CutsLinesAtEightKibibytesAndSaysSo) {
  const std::string long_text(20'000, '\x01');
  const auto line = json("m", {{"long", long_text}, {"after", "lost"}});
  EXPECT_LT(line.size(), kLongestLogLine);
  EXPECT_GT(line.size(), kLongestLogLine - 100);
  EXPECT_TRUE(line.ends_with(R"(\u0001","truncated":true})"));
  EXPECT_FALSE(line.contains("after"));
  EXPECT_TRUE(text(long_text, {{"after", "lost"}}).ends_with("(cut)"));
  EXPECT_LT(text(long_text).size(), kLongestLogLine);
}

TEST(Log, NeverCutsInsideAName) {
  const std::string filler(kLongestLogLine - 250, 'x');
  const std::string name(100, 'n');
  const auto line = json("m", {{"filler", filler}, {name, "v"}});
  EXPECT_FALSE(line.contains("nn"));
  EXPECT_TRUE(line.ends_with("\"truncated\":true}"));
}

// What log() writes to standard error while action runs.
std::string standard_error(const std::function<void()>& action) {
  const TemporaryFolder folder;
  const auto file = open_file(folder / "stderr", O_CREAT | O_WRONLY | O_APPEND);
  const Fd before(::dup(STDERR_FILENO));
  ::dup2(file->get(), STDERR_FILENO);
  action();
  ::dup2(before.get(), STDERR_FILENO);
  return read_file(folder / "stderr").value_or("unreadable");
}

TEST(Log, KeepsTheLowestLevelAndTheComponent) {
  const auto written = standard_error([] {
    configure_log(LogLevel::warn, LogFormat::json, "engine");
    log(LogLevel::info, "quiet");
    log(LogLevel::error, "loud", {{"n", std::int64_t{1}}});
  });
  EXPECT_FALSE(written.contains("quiet"));
  EXPECT_TRUE(written.contains(R"("level":"error","component":"engine","message":"loud","n":1)")) << written;
  EXPECT_TRUE(written.ends_with("}\n"));
}

TEST(Log, ChoosesJsonWhereNoTerminalIs) {
  const auto written = standard_error([] {
    configure_log(LogLevel::debug, LogFormat::automatic, "a");
    log(LogLevel::debug, "one");
    configure_log(LogLevel::debug, LogFormat::text, "a");
    log(LogLevel::info, "two");
  });
  const auto lines = split(written, '\n');
  ASSERT_EQ(lines.size(), 3);
  EXPECT_TRUE(lines[0].starts_with('{'));
  EXPECT_TRUE(lines[1].ends_with("info  a: two"));
}

TEST(Log, ThreadsDoNotMixTheirLines) {
  const auto written = standard_error([] {
    configure_log(LogLevel::info, LogFormat::text, "t");
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([] {
        for (int k = 0; k < 50; ++k) log(LogLevel::info, "hello");
      });
    }
  });
  const auto lines = split(written, '\n');
  ASSERT_EQ(lines.size(), 201);
  for (const auto line : lines) EXPECT_TRUE(line.empty() || line.ends_with(" info  t: hello")) << line;
}

TEST(Log, ACloseStandardErrorIsNoReasonToFail) {
  configure_log(LogLevel::info, LogFormat::text, "t");
  const Fd before(::dup(STDERR_FILENO));
  ::close(STDERR_FILENO);
  log(LogLevel::error, "into nothing");
  ::dup2(before.get(), STDERR_FILENO);
}

}  // namespace
}  // namespace cordon
