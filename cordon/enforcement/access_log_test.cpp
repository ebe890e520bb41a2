#include "cordon/enforcement/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/wire/json.h"

namespace cordon::enforcement {
namespace {

evidence::Record permitted() {
  evidence::Record record;
  record.peer = "127.0.0.5:4711";
  record.caller_name = "amf1";
  record.caller_type = "AMF";
  record.producer_type = "UDM";
  record.method = "GET";
  record.resource = "/nudm-sdm/v2/p:00112233445566778899/am-data";
  record.action = "nudm-sdm:GetAmData";
  record.decision = "permit";
  record.rule = "a \"rule\"";
  record.trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  return record;
}

TEST(AccessLineTest, SaysWhatWasAskedAndAnswered) {
  const auto record = permitted();
  const AccessEntry entry{.record = record,
                          .number = "42",
                          .parent = "00f067aa0ba902b7",
                          .status = 200,
                          .received = 3,
                          .sent = 1000,
                          .judge = 12e-6,
                          .evidence = 0.001,
                          .upstream = 0.25};
  const auto line = access_line(entry, WallTime{});
  EXPECT_TRUE(line.ends_with("}\n"));
  const auto json = wire::parse_json(line).value();
  EXPECT_EQ(json.find("time")->text(), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(json.find("caller")->text(), "amf1");
  EXPECT_EQ(json.find("path")->text(), record.resource);
  EXPECT_EQ(json.find("rule")->text(), "a \"rule\"");
  EXPECT_EQ(json.find("status")->integer().value(), 200);
  EXPECT_EQ(json.find("record")->integer().value(), 42);
  EXPECT_EQ(json.find("bytes_out")->integer().value(), 1000);
  EXPECT_EQ(json.find("judge_us")->integer().value(), 12);
  EXPECT_EQ(json.find("upstream_us")->integer().value(), 250'000);
  EXPECT_EQ(json.find("trace")->text(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(json.find("span")->text(), "b7ad6b7169203331");
  EXPECT_EQ(json.find("parent")->text(), "00f067aa0ba902b7");
}

TEST(AccessLineTest, LeavesOutWhatIsNotKnown) {
  const evidence::Record none;
  const auto json = wire::parse_json(access_line({.record = none, .status = 429}, WallTime{})).value();
  EXPECT_EQ(json.find("decision")->text(), "unjudged");
  for (const auto* name : {"caller", "path", "record", "trace", "parent"}) EXPECT_FALSE(json.find(name)) << name;
}

class AccessLogTest : public testing::Test {
 protected:
  std::string text(const std::string& name = "access.jsonl") { return read_file(folder / name).value_or(""); }
  // Its thread writes when it comes to it.
  static bool soon(auto&& holds) {
    const auto end = system_clock().steady() + std::chrono::seconds(30);
    while (!holds() && system_clock().steady() < end) std::this_thread::yield();
    return holds();
  }
  std::uint64_t dropped() {
    return metrics.counter("cordon_access_log_lines_total", "", "outcome=\"dropped\"").value();
  }

  TemporaryFolder folder;
  Metrics metrics;
  std::filesystem::path file = folder / "access.jsonl";
};

TEST_F(AccessLogTest, WritesEveryLineBeforeItEnds) {
  {
    AccessLog log(file, metrics);
    log.start();
    for (int i = 0; i < 100; ++i) log.write(std::format("{}\n", i));
  }
  const auto all = text();
  EXPECT_TRUE(all.starts_with("0\n1\n2\n"));
  EXPECT_TRUE(all.ends_with("98\n99\n"));
  EXPECT_EQ(metrics.counter("cordon_access_log_lines_total", "", "outcome=\"written\"").value(), 100U);
}

TEST_F(AccessLogTest, GoesOnInANewFileWhenItsOwnWasRenamed) {
  AccessLog log(file, metrics);
  log.start();
  log.write("before\n");
  ASSERT_TRUE(soon([&] { return text() == "before\n"; }));
  std::filesystem::rename(file, folder / "access.1");
  log.reopen();
  log.write("after\n");
  ASSERT_TRUE(soon([&] { return text() == "after\n"; }));
  EXPECT_EQ(text("access.1"), "before\n");
  std::filesystem::remove(file);
  EXPECT_TRUE(soon([&] { return std::filesystem::exists(file); })) << "without being told";
}

TEST_F(AccessLogTest, DropsAndCountsWhenNobodyReads) {
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  const Fd reader = open_file(file, O_RDONLY | O_NONBLOCK).value();  // and never reads
  AccessLog log(file, metrics);
  log.start();
  const std::string line(1023, 'x');
  // What a pipe, a batch and the box hold is far less.
  for (int i = 0; i < 20'000; ++i) log.write(line + '\n');
  EXPECT_GT(dropped(), 0U);
}

TEST_F(AccessLogTest, AFolderThatIsNotThereLosesLinesAndNothingElse) {
  AccessLog log(folder / "none" / "access.jsonl", metrics);
  log.start();
  log.write("lost\n");
}

}  // namespace
}  // namespace cordon::enforcement
