#include "cordon/evidence/spool.h"

#include <gtest/gtest.h>

#include "cordon/base/temporary_folder.h"

namespace cordon::evidence {
namespace {

using namespace std::chrono_literals;

// A log writer that can be away, and keeps what it is sent.
class FakeWriter final : public Client {
 public:
  explicit FakeWriter(Loop& loop) : loop_(loop) {}
  void append(Record record, Done done, std::optional<SpoolMark> mark) override {
    Result<std::uint64_t> answer = records.size();
    if (away) answer = fail(ErrorKind::unavailable, "away");
    if (!away) records.push_back(std::move(record));
    if (!away) marks.push_back(mark.value_or(SpoolMark{}));
    loop_.defer([done = std::move(done), answer] { done(answer); });
  }
  bool connected() const override { return !away; }
  std::shared_ptr<const Pseudonyms> pseudonyms() const override { return nullptr; }
  std::optional<Bytes> spool_key() const override { return key; }

  bool away = false;
  std::optional<Bytes> key = to_bytes("a key");
  std::vector<Record> records;
  std::vector<SpoolMark> marks;

 private:
  Loop& loop_;
};

class Spooling : public testing::Test {
 protected:
  std::unique_ptr<Spool> start(SpoolOptions options = {}) {
    return Spool::start(loop, writer, folder.path(), "edge1", options).value();
  }
  static Record record(std::string rule) {
    Record made;
    made.kind = "decision";
    made.rule = std::move(rule);
    return made;
  }
  bool until(const std::function<bool()>& holds) {
    for (int round = 0; round < 5000 && !holds(); ++round) loop.run_once(1ms);
    return holds();
  }
  std::size_t files(std::string_view extension = ".spool") const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      count += entry.path().extension() == extension ? 1U : 0U;
    return count;
  }
  std::filesystem::path only_file() const { return std::filesystem::directory_iterator(folder.path())->path(); }

  TemporaryFolder folder;
  Loop loop;
  FakeWriter writer{loop};
};

TEST_F(Spooling, SendsRecordsInOrderWithTheirNumbersAndLeavesNothing) {
  const auto spool = start();
  EXPECT_EQ(spool->put(record("a")), 1U);
  EXPECT_EQ(spool->put(record("b")), 2U);
  EXPECT_EQ(spool->waiting(), 2U);
  ASSERT_TRUE(until([&] { return spool->waiting() == 0; }));
  ASSERT_EQ(writer.records.size(), 2U);
  EXPECT_EQ(writer.records[1].rule, "b");
  EXPECT_EQ(writer.marks[1].sequence, 2U);
  EXPECT_TRUE(writer.marks[0].source.starts_with("edge1/"));
  EXPECT_TRUE(until([&] { return files() == 0; }));
}

TEST_F(Spooling, KeepsRecordsWhileTheWriterIsAway) {
  writer.away = true;
  const auto spool = start();
  for (const auto* rule : {"a", "b", "c"}) ASSERT_TRUE(spool->put(record(rule)));
  for (int round = 0; round < 30; ++round) loop.run_once(1ms);
  EXPECT_EQ(spool->waiting(), 3U);
  writer.away = false;
  ASSERT_TRUE(until([&] { return spool->waiting() == 0; }));
  ASSERT_EQ(writer.records.size(), 3U);
  EXPECT_EQ(writer.records[0].rule, "a");
  EXPECT_EQ(writer.records[2].rule, "c");
}

TEST_F(Spooling, SurvivesTheDeathOfItsProcess) {
  writer.away = true;
  auto spool = start();
  ASSERT_TRUE(spool->put(record("a")));
  ASSERT_TRUE(spool->put(record("b")));
  const auto left = read_file(only_file()).value();
  const auto name = only_file();
  spool.reset();  // an orderly end keeps what waits, too
  EXPECT_TRUE(left.starts_with(read_file(name).value()));
  ASSERT_TRUE(write_file(name, left));  // a killed process leaves the file at its full length
  writer.away = false;
  const auto next = start();
  ASSERT_TRUE(until([&] { return next->waiting() == 0 && writer.records.size() == 2; }));
  EXPECT_EQ(writer.marks[1].sequence, 2U);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Spooling, TakesUpWhatARunLeftThatEndedLater) {
  writer.away = true;
  auto old = start();
  ASSERT_TRUE(old->put(record("a")));
  const auto next = start();
  next->take_up_leftovers();
  EXPECT_EQ(next->waiting(), 0U);  // the old one lives
  old.reset();
  next->take_up_leftovers();
  next->take_up_leftovers();  // not twice
  EXPECT_EQ(next->waiting(), 1U);
  writer.away = false;
  EXPECT_TRUE(until([&] { return next->waiting() == 0 && files() == 0; }));
  EXPECT_EQ(writer.records.size(), 1U);
}

TEST_F(Spooling, LeavesTheFilesOfALivingRunAlone) {
  writer.away = true;
  const auto one = start();
  ASSERT_TRUE(one->put(record("a")));
  const auto other = start();
  EXPECT_EQ(other->waiting(), 0U);
}

TEST_F(Spooling, IsNotOpenBeforeTheWriterGaveTheKey) {
  writer.key.reset();
  const auto spool = start();
  EXPECT_EQ(spool->put(record("a")).error().kind, ErrorKind::unavailable);
  writer.key = to_bytes("a key");
  EXPECT_TRUE(until([&] { return spool->put(record("a")).has_value(); }));
}

TEST_F(Spooling, RefusesWhenFullAndGoesOnWhenTheLogHasIt) {
  writer.away = true;
  const auto spool = start({.bytes = 1000, .segment_bytes = 300, .in_flight = 4});
  std::uint64_t kept = 0;
  while (spool->put(record("rule"))) ++kept;
  EXPECT_GT(kept, 1U);
  EXPECT_EQ(spool->put(record("rule")).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(spool->waiting(), kept);
  writer.away = false;
  ASSERT_TRUE(until([&] { return spool->waiting() == 0; }));
  EXPECT_EQ(spool->put(record("rule")), kept + 1);
}

TEST_F(Spooling, TellsOfDamageAndKeepsTheFile) {
  writer.away = true;
  auto spool = start();
  ASSERT_TRUE(spool->put(record("a")));
  ASSERT_TRUE(spool->put(record("b")));
  spool.reset();
  const auto path = only_file();
  auto bytes = read_file(path).value();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(write_file(path, bytes));
  writer.away = false;
  const auto next = start();
  ASSERT_TRUE(until([&] { return writer.records.size() == 2; }));
  EXPECT_EQ(writer.records[0].kind, "spool-damage");
  EXPECT_TRUE(writer.records[0].reason.contains("altered")) << writer.records[0].reason;
  EXPECT_EQ(writer.records[1].rule, "a");
  EXPECT_EQ(files(".damaged"), 1U);
}

TEST_F(Spooling, WithAFolderThatCannotBeMadeIsAnError) {
  ASSERT_TRUE(write_file(folder.path() / "file", ""));
  EXPECT_FALSE(Spool::start(loop, writer, folder.path() / "file" / "spool", "edge1"));
}

}  // namespace
}  // namespace cordon::evidence
