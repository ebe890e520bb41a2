#include "cordon/evidence/reader.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/evidence/checkpoint.h"
#include "cordon/evidence/record_json.h"
#include "cordon/evidence/segment.h"
#include "cordon/evidence/simulated_disk.h"
#include "cordon/evidence/test_log.h"

namespace cordon::evidence {
namespace {

class ReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    auto log = open_log(folder.path(), clock, {.segment_bytes = 1000}).value();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->append_batch(numbered(i, 1)));
    ASSERT_TRUE(log->write_checkpoint());
  }
  Reader reader() const { return Reader::open(folder.path()).value(); }
  Result<VerifyReport> verify() const { return reader().verify(log_public_key(folder.path()).value()); }
  std::vector<std::string> segments() const {
    const auto disk = open_disk(folder.path()).value();
    std::vector<std::string> out;
    const auto found = list_segments(*disk).value();
    for (const auto& segment : found) out.push_back((folder.path() / segment.name()).string());
    return out;
  }
  int verify_by_script() const {
    const auto command = std::format("python3 {}/tools/verify_log.py {} 2>{}", CORDON_SOURCE_DIR,
                                     folder.path().string(), (folder / "said").string());
    return std::system(command.c_str());  // NOLINT: both words are our own
  }

  TemporaryFolder folder;
  ManualClock clock;
};

TEST_F(ReaderTest, ReportsAWholeLog) {
  const auto report = verify().value();
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.records, 20U);
  EXPECT_EQ(report.first, 0U);
  EXPECT_EQ(report.head.size, 20U);
  EXPECT_EQ(report.checkpoint->head, report.head);
  EXPECT_EQ(report.checkpoint->time, clock.now());
  EXPECT_EQ(report.unfinished, 0U);
}

TEST_F(ReaderTest, FindsRecordsInEverySegment) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto record = reader().find(i);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->sequence, i);
    EXPECT_EQ(record->trace, std::to_string(i));
  }
  const auto missing = reader().find(20);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_TRUE(missing.error().message.contains("no record 20"));
}

TEST_F(ReaderTest, ReadsFromASequenceUntilToldToStop) {
  std::vector<std::string> seen;
  ASSERT_TRUE(reader().each(7, [&](const Entry& entry) {
    EXPECT_TRUE(entry.place.contains("log-"));
    EXPECT_TRUE(entry.line.starts_with("{\"seq\":" + entry.record.trace));
    seen.push_back(entry.record.trace);
    return seen.size() < 3;
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{"7", "8", "9"}));
}

TEST_F(ReaderTest, TellsTheFileAndLineOfEveryAlteration) {
  const auto names = segments();
  ASSERT_GT(names.size(), 3U);
  for (const auto& name : {names[1], names[2]}) {
    auto text = read_file(name).value();
    text[text.find("permit")] = 'P';
    std::ofstream(name, std::ios::binary) << text;
  }
  const auto report = verify().value();
  EXPECT_FALSE(report.ok());
  EXPECT_TRUE(report.checkpoint_ok);
  ASSERT_EQ(report.faults.size(), 2U);
  EXPECT_TRUE(report.faults[0].text().starts_with(names[1] + ":1: altered")) << report.faults[0].text();
  EXPECT_TRUE(report.faults[1].text().starts_with(names[2] + ":1: altered"));
}

TEST_F(ReaderTest, EverySingleFlippedBitIsFoundInItsLine) {
  const auto name = segments()[1];
  const auto original = read_file(name).value();
  const auto first_line = original.substr(0, original.find('\n'));
  for (std::size_t i = 0; i < first_line.size(); i += 3) {
    auto text = original;
    text[i] = static_cast<char>(text[i] ^ 1 << (i % 7));
    std::ofstream(name, std::ios::binary) << text;
    const auto report = verify();
    ASSERT_TRUE(report);
    ASSERT_FALSE(report->ok()) << "byte " << i;
    bool located = false;
    for (const auto& fault : report->faults) located = located || fault.text().starts_with(name + ":1: ");
    EXPECT_TRUE(located) << "byte " << i << ": " << report->faults[0].text();
  }
}

TEST_F(ReaderTest, DoesNotCallAnUnfinishedLineAFault) {
  std::ofstream(segments().back(), std::ios::app) << "{\"seq\":20,";
  const auto report = verify().value();
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.unfinished, 10U);
  EXPECT_EQ(decisions(reader()), range(20));
}

TEST_F(ReaderTest, NamesARecordItCannotRead) {
  std::ofstream(segments().back(), std::ios::app) << "{\"seq\":20}\n";
  const auto read = reader().find(20);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
  EXPECT_TRUE(read.error().message.contains("jsonl:")) << read.error().message;
}

TEST_F(ReaderTest, KeepsTheFirstThousandFaultsAndCountsAll) {
  std::string text;
  for (int i = 0; i < 1500; ++i) text += "nothing\n";
  std::ofstream(segments().back(), std::ios::app) << text;
  const auto report = verify().value();
  EXPECT_EQ(report.faults.size(), 1000U);
  EXPECT_EQ(report.fault_count, 1500U);
}

TEST_F(ReaderTest, NoticesAKeyThatIsNotTheLogs) {
  const auto report = reader().verify(test_key().public_key()).value();
  EXPECT_FALSE(report.ok());
  EXPECT_TRUE(report.faults.at(0).text().contains("not of this log's key"));
  std::ofstream(folder / "log-key.pub") << "nothing";
  EXPECT_FALSE(log_public_key(folder.path()));
  std::filesystem::remove(folder / "log-key.pub");
  EXPECT_FALSE(log_public_key(folder.path()));
}

TEST_F(ReaderTest, PassesOverOtherFiles) {
  std::ofstream(folder / "log-1.jsonl") << "x";
  std::ofstream(folder / "log-.jsonl") << "x";
  std::ofstream(folder / "log-00000000000x.jsonl") << "x";
  EXPECT_TRUE(verify()->ok());
}

TEST_F(ReaderTest, AgreesWithAVerifierThatSharesNoCode) {
  EXPECT_EQ(verify_by_script(), 0);
  const auto name = segments()[1];
  auto text = read_file(name).value();
  text[text.find("permit")] = 'P';
  std::ofstream(name, std::ios::binary) << text;
  EXPECT_NE(verify_by_script(), 0);
  EXPECT_TRUE(read_file(folder / "said")->contains(segments()[1])) << read_file(folder / "said").value();
}

TEST_F(ReaderTest, AgreesAboutACutTailToo) {
  std::filesystem::remove(segments().back());
  EXPECT_NE(verify_by_script(), 0);
  EXPECT_TRUE(faults_of(reader(), log_public_key(folder.path()).value()).contains("shorter than its checkpoint"));
}

TEST(Reader, NamesAFolderThatIsNotThere) {
  const auto reader = Reader::open("/nowhere/evidence");
  ASSERT_FALSE(reader);
  EXPECT_TRUE(reader.error().message.contains("/nowhere/evidence"));
}

TEST(Reader, TellsItsProgress) {
  const ManualClock clock;
  const auto disk = std::make_shared<SimulatedDisk>();
  const auto log = LogFile::open(disk, test_key(), clock).value();
  for (int i = 0; i < 70; ++i) ASSERT_TRUE(log->append_batch(numbered(i * 1000, 1000)));
  std::vector<std::uint64_t> heard;
  ASSERT_TRUE(log->write_checkpoint());
  const auto report =
      Reader(disk).verify(test_key().public_key(), [&](std::uint64_t records) { heard.push_back(records); });
  EXPECT_TRUE(report->ok());
  EXPECT_EQ(heard, std::vector<std::uint64_t>{65536});
}

TEST(Reader, PassesOnWhatTheDiskCannotRead) {
  const ManualClock clock;
  const auto disk = std::make_shared<SimulatedDisk>();
  const auto log = LogFile::open(disk, test_key(), clock).value();
  ASSERT_TRUE(log->append_batch(numbered(0, 1)));
  disk->crash_before(disk->operations() + 1);
  EXPECT_FALSE(log->append_batch(numbered(1, 1)));
  EXPECT_FALSE(Reader(disk).verify(test_key().public_key()));
  EXPECT_FALSE(Reader(disk).find(0));
}

TEST(Lines, GivesALineOfTheLimitAndStopsAtALongerOne) {
  SimulatedDisk disk;
  const auto file = disk.open("a", OpenMode::create).value();
  const std::string longest(kLineLimit - 1, 'a');
  ASSERT_TRUE(file->write(0, longest + "\n" + longest + "b\nrest\n"));
  Lines lines(*file);
  const auto first = lines.next().value();
  EXPECT_EQ(first->end, LineEnd::newline);
  EXPECT_EQ(first->text.size(), longest.size());
  const auto second = lines.next().value();
  EXPECT_EQ(second->end, LineEnd::too_long);
  EXPECT_EQ(second->offset, kLineLimit);
  EXPECT_EQ(second->number, 2U);
  EXPECT_FALSE(lines.next().value());
}

TEST(Lines, AreTheSameWhereverChunksEnd) {
  SimulatedDisk disk;
  const auto file = disk.open("a", OpenMode::create).value();
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; text.size() < 1'000'000; ++i) {
    expected.emplace_back(static_cast<std::size_t>(i * 37 % 900), 'x');
    text += expected.back() + "\n";
  }
  ASSERT_TRUE(file->write(0, text + "unfinished"));
  Lines lines(*file);
  std::uint64_t offset = 0;
  for (const auto& line : expected) {
    const auto read = lines.next().value();
    ASSERT_EQ(read->text, line);
    ASSERT_EQ(read->offset, offset);
    offset += line.size() + 1;
  }
  const auto last = lines.next().value();
  EXPECT_EQ(last->end, LineEnd::end_of_file);
  EXPECT_EQ(last->text, "unfinished");
  EXPECT_FALSE(lines.next().value());
}

TEST(Checkpoint, IsOneTextAndNothingElse) {
  const Checkpoint checkpoint{{7, {1, 2, 3}}, WallTime(std::chrono::seconds(1'800'000'000))};
  const auto text = sign_checkpoint(checkpoint, test_key()).value();
  EXPECT_TRUE(text.starts_with("cordon-evidence-checkpoint-v1\nsize 7\nhead 0102030000"));
  EXPECT_EQ(read_checkpoint(text, test_key().public_key())->head, checkpoint.head);
  // Signed by the right key, but not what this version writes.
  for (const std::string_view body :
       {"", "cordon-evidence-checkpoint-v2\nsize 7\n", "cordon-evidence-checkpoint-v1\nsize x\nhead 00\ntime 1\n",
        "cordon-evidence-checkpoint-v1\nsize 7\n"}) {
    const auto signature = to_base64(test_key().sign(as_bytes(body)).value());
    const auto read = read_checkpoint(std::format("{}signature {}\n", body, signature), test_key().public_key());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
  }
  auto padded = text.substr(0, text.find("signature"));
  padded.replace(padded.find("size 7"), 6, "size 07");
  const auto signature = to_base64(test_key().sign(as_bytes(padded)).value());
  EXPECT_TRUE(read_checkpoint(std::format("{}signature {}\n", padded, signature), test_key().public_key())
                  .error()
                  .message.contains("one written form"));
  EXPECT_FALSE(sign_checkpoint(checkpoint, crypto::PrivateKey()));
}

TEST(RealDisk, DoesNotFollowALinkOutOfItsFolder) {
  const TemporaryFolder folder;
  const auto disk = open_disk(folder.path()).value();
  std::filesystem::create_symlink("/etc/passwd", folder / "log-000000000000.jsonl");
  EXPECT_FALSE(disk->open("log-000000000000.jsonl", OpenMode::read));
  EXPECT_FALSE(disk->open("log-000000000000.jsonl", OpenMode::write));
  EXPECT_FALSE(disk->open("log-000000000000.jsonl", OpenMode::create));
  EXPECT_FALSE(disk->rename("none", "other"));
  EXPECT_TRUE(disk->remove("none"));
  EXPECT_EQ(read_all(*disk, "none", 10).error().kind, ErrorKind::not_found);
}

TEST(RealDisk, TellsWhenItsFolderIsGone) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "log");
  const auto disk = open_disk(folder / "log").value();
  std::filesystem::remove(folder / "log");
  EXPECT_FALSE(disk->list());
  EXPECT_FALSE(disk->lock());
  EXPECT_FALSE(disk->sync_folder());
}

}  // namespace
}  // namespace cordon::evidence
