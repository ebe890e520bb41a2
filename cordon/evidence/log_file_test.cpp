#include "cordon/evidence/log_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/evidence/checkpoint.h"
#include "cordon/evidence/simulated_disk.h"
#include "cordon/evidence/test_log.h"

namespace cordon::evidence {
namespace {

constexpr std::string_view kFirstSegment = "log-000000000000.jsonl";

class OnDisk : public testing::Test {
 protected:
  Result<std::unique_ptr<LogFile>> open(LogOptions options = {}) { return open_log(folder.path(), clock, options); }
  std::unique_ptr<LogFile> opened(LogOptions options = {}) {
    auto log = open(options);
    if (!log) throw std::runtime_error(log.error().message);
    return std::move(*log);
  }
  std::string error_of_open() {
    const auto log = open();
    return log ? "" : log.error().message;
  }
  Reader reader() const { return Reader::open(folder.path()).value(); }
  std::string faults() const { return faults_of(reader(), log_public_key(folder.path()).value()); }
  void fill(int count) {
    const auto log = opened();
    for (int i = 0; i < count; ++i) ASSERT_TRUE(log->append_batch(numbered(i, 1)));
    ASSERT_TRUE(log->write_checkpoint());
  }
  std::string path(std::string_view name) const { return (folder.path() / name).string(); }
  void alter(std::string_view name, const std::function<void(std::string&)>& change) {
    auto content = read_file(path(name)).value();
    change(content);
    std::ofstream(path(name), std::ios::binary) << content;
  }

  TemporaryFolder folder;
  ManualClock clock;
};

TEST_F(OnDisk, GivesSequencesWithoutGapsAndGoesOnAfterARestart) {
  EXPECT_EQ(opened()->append_batch(numbered(0, 3)).value(), 0U);
  const auto log = opened();
  EXPECT_EQ(log->append_batch(numbered(3, 2)).value(), 3U);
  EXPECT_EQ(log->append_batch({}).value(), 5U);
  EXPECT_EQ(log->head().size, 5U);
  EXPECT_EQ(decisions(reader()), range(5));
  EXPECT_EQ(reader().find(3)->sequence, 3U);
  EXPECT_EQ(faults(), "");
}

TEST_F(OnDisk, KeepsItsKeyToItsOwner) {
  opened();
  EXPECT_EQ(std::filesystem::status(path("log-key.pem")).permissions(), std::filesystem::perms(0600));
  EXPECT_TRUE(read_file(path("log-key.pub"))->starts_with("-----BEGIN PUBLIC KEY"));
  std::filesystem::permissions(path("log-key.pem"), std::filesystem::perms(0644));
  EXPECT_TRUE(error_of_open().contains("chmod 600"));
}

TEST_F(OnDisk, BeginsASegmentWhenTheOldOneIsFull) {
  auto log = opened({.segment_bytes = 1000});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->append_batch(numbered(i, 1)));
  log.reset();
  int segments = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (!entry.path().filename().string().starts_with("log-0")) continue;
    ++segments;
    EXPECT_LE(entry.file_size(), 1000U);
  }
  EXPECT_GT(segments, 3);
  EXPECT_EQ(decisions(reader()), range(20));
  EXPECT_EQ(faults(), "");
  EXPECT_EQ(opened({.segment_bytes = 1000})->head().size, 20U);
}

TEST_F(OnDisk, RefusesASecondWriter) {
  const auto log = opened();
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(second.error().message.contains("another writer"));
}

TEST_F(OnDisk, SignsACheckpointOnlyWhenThereIsSomethingNew) {
  const auto log = opened();
  EXPECT_FALSE(log->checkpoint_due());
  ASSERT_TRUE(log->append_batch(numbered(0, 1)));
  EXPECT_TRUE(log->checkpoint_due());
  ASSERT_TRUE(log->write_checkpoint());
  const auto before = read_file(path("checkpoint"));
  clock.advance(std::chrono::hours(1));
  ASSERT_TRUE(log->write_checkpoint());
  EXPECT_EQ(read_file(path("checkpoint")).value(), before.value());
}

TEST_F(OnDisk, RecordsAClockThatGoesBackwardsAsItIs) {
  const auto log = opened();
  auto records = numbered(0, 2);
  records[1].time = records[0].time - std::chrono::hours(100);
  ASSERT_TRUE(log->append_batch(records));
  EXPECT_EQ(reader().find(1)->time, records[1].time);
  clock.set(clock.now() - std::chrono::hours(24));
  ASSERT_TRUE(log->write_checkpoint());
  EXPECT_EQ(faults(), "");
}

// What somebody did to the log of 20 records while it was closed, and the words with which it then refuses to start.
struct Damage {
  std::string name;
  std::function<void(std::string&)> change;
  std::string file;
  std::string expected;
};

class Damaged : public OnDisk, public testing::WithParamInterface<Damage> {};

TEST_P(Damaged, LogDoesNotStart) {
  fill(20);
  alter(GetParam().file, GetParam().change);
  const auto error = open();
  ASSERT_FALSE(error);
  EXPECT_TRUE(error.error().message.contains(GetParam().expected)) << error.error().message;
  EXPECT_NE(faults(), "");
}

void flip_in_line_8(std::string& text) { text[text.find("\"trace\":\"7\"") + 9] ^= 1; }
void drop_line_8(std::string& text) {
  const auto begin = text.find("{\"seq\":7,");
  text.erase(begin, text.find('\n', begin) + 1 - begin);
}
void malform_line_8(std::string& text) { text[text.find("{\"seq\":7,")] = 'x'; }
void zero_line_8(std::string& text) { text[text.find("{\"seq\":7,") + 3] = '\0'; }
void long_line(std::string& text) { text += std::string(100'000, 'x') + "\n"; }
void cut_lines(std::string& text) { text.resize(text.find("{\"seq\":17,")); }
void cut_within_line(std::string& text) { text.resize(text.find("{\"seq\":17,") + 9); }
void cut_all(std::string& text) { text.clear(); }
void add_forged(std::string& text) {
  const auto last = text.substr(text.rfind('\n', text.size() - 2) + 1);
  text += last;
}
void alter_last(std::string& text) { text[text.rfind("permit")] = 'P'; }
void raise_size(std::string& text) { text.replace(text.find("size 20"), 7, "size 10"); }
void other_title(std::string& text) { text[0] = 'x'; }
void no_signature(std::string& text) { text.resize(text.find("signature")); }
void bad_base64(std::string& text) { text[text.find("signature ") + 12] = '!'; }
void lengthen(std::string& text) { text += std::string(5000, ' '); }

INSTANTIATE_TEST_SUITE_P(
    By, Damaged,
    testing::Values(
        Damage{"AFlippedBit", flip_in_line_8, std::string(kFirstSegment), "log-000000000000.jsonl:8: altered"},
        Damage{"AMissingLine", drop_line_8, std::string(kFirstSegment), "log-000000000000.jsonl:8: altered"},
        Damage{"AMalformedLine", malform_line_8, std::string(kFirstSegment), "log-000000000000.jsonl:8: altered"},
        Damage{"AZeroByte", zero_line_8, std::string(kFirstSegment), "jsonl:8: altered: the line is torn"},
        Damage{"ALongLine", long_line, std::string(kFirstSegment), "jsonl:21: altered: the line is too long"},
        Damage{"ACutTail", cut_lines, std::string(kFirstSegment), "shorter than its checkpoint: 17 records"},
        Damage{"ACutWithinALine", cut_within_line, std::string(kFirstSegment), "jsonl:18: altered: the line is torn"},
        Damage{"AnEmptiedSegment", cut_all, std::string(kFirstSegment), "shorter than its checkpoint: 0 records"},
        Damage{"ARepeatedLine", add_forged, std::string(kFirstSegment), "jsonl:21: altered: this is not record 20"},
        Damage{"AnAlteredLastLine", alter_last, std::string(kFirstSegment),
               "jsonl:20: altered: this is not the line"},
        Damage{"AForgedCheckpoint", raise_size, "checkpoint", "not of this log's key"},
        Damage{"AForeignCheckpoint", other_title, "checkpoint", "not of this log's key"},
        Damage{"AnUnsignedCheckpoint", no_signature, "checkpoint", "no signature"},
        Damage{"AnUnreadableSignature", bad_base64, "checkpoint", "not base64"},
        Damage{"AnOverlongCheckpoint", lengthen, "checkpoint", "longer than"}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(OnDisk, DoesNotStartWithoutItsCheckpoint) {
  fill(2);
  std::filesystem::remove(path("checkpoint"));
  EXPECT_TRUE(error_of_open().contains("the checkpoint is missing"));
  EXPECT_TRUE(faults().contains("the checkpoint is missing"));
}

TEST_F(OnDisk, DoesNotStartWithoutItsKey) {
  fill(2);
  std::filesystem::remove(path("log-key.pem"));
  EXPECT_TRUE(error_of_open().contains("log-key.pem is missing"));
}

TEST_F(OnDisk, DoesNotStartWithAKeyThatIsNone) {
  fill(2);
  alter("log-key.pem", [](std::string& text) { text = "no key"; });
  EXPECT_TRUE(error_of_open().contains("log-key.pem"));
}

TEST_F(OnDisk, DoesNotStartWithASegmentMissing) {
  {
    const auto log = opened({.segment_bytes = 500});
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(log->append_batch(numbered(i, 1)));
  }
  std::filesystem::rename(path("log-000000000002.jsonl"), path("kept"));
  EXPECT_TRUE(error_of_open().contains("a segment is missing"));
  EXPECT_TRUE(faults().contains("a segment is missing"));
  std::filesystem::rename(path("kept"), path("log-000000000002.jsonl"));
  EXPECT_EQ(error_of_open(), "");
  std::filesystem::remove(path(kFirstSegment));
  EXPECT_TRUE(error_of_open().contains("records 0 to 1 are missing"));
  EXPECT_TRUE(faults().contains("records 0 to 1 are missing"));
}

TEST_F(OnDisk, DoesNotTakeASegmentTornInTheMiddleOfTheLogForACrash) {
  {
    const auto log = opened({.segment_bytes = 500});
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(log->append_batch(numbered(i, 1)));
  }
  alter("log-000000000002.jsonl", [](std::string& text) { text.resize(text.size() - 5); });
  EXPECT_TRUE(error_of_open().contains("the line is torn"));
  EXPECT_TRUE(faults().contains("ends within a line"));
}

TEST_F(OnDisk, RefusesAnAlteredFileWhileItIsOpen) {
  const auto log = opened();
  ASSERT_TRUE(log->append_batch(numbered(0, 1)));
  std::ofstream(path(kFirstSegment), std::ios::app) << "one more line\n";
  const auto refused = log->append_batch(numbered(1, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::io);
  EXPECT_TRUE(refused.error().message.contains("somebody else changed it")) << refused.error().message;
}

TEST_F(OnDisk, NoticesThatItsFileWasRemoved) {
  const auto log = opened();
  ASSERT_TRUE(log->append_batch(numbered(0, 1)));
  std::filesystem::remove(path(kFirstSegment));
  const auto refused = log->append_batch(numbered(1, 1));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("removed or replaced"));
  EXPECT_EQ(log->append_batch(numbered(1, 1)).error().message, refused.error().message);
  EXPECT_EQ(log->write_checkpoint().error().message, refused.error().message);
  EXPECT_TRUE(log->failure());
}

TEST_F(OnDisk, NoticesThatItsFileWasReplaced) {
  const auto log = opened();
  ASSERT_TRUE(log->append_batch(numbered(0, 1)));
  std::filesystem::copy_file(path(kFirstSegment), path("copy"));
  std::filesystem::rename(path("copy"), path(kFirstSegment));
  EXPECT_TRUE(log->append_batch(numbered(1, 1)).error().message.contains("removed or replaced"));
}

// Lowers the size that files of this process may have, until it goes.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit old_{};
  sighandler_t old_handler_;
};

TEST_F(OnDisk, SurvivesARealLimitAndResumes) {
  const auto log = opened();
  ASSERT_TRUE(log->append_batch(numbered(0, 5)));
  const auto before = read_file(path(kFirstSegment)).value();
  {
    const FileLimit limit(before.size() + 100);
    const auto refused = log->append_batch(numbered(90, 3));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::no_space);
    EXPECT_EQ(log->append_batch(numbered(90, 1)).error().kind, ErrorKind::no_space);
    EXPECT_EQ(read_file(path(kFirstSegment)).value(), before);
  }
  EXPECT_EQ(log->append_batch(numbered(5, 1)).value(), 6U);
  EXPECT_EQ(decisions(reader()), range(6));
  EXPECT_EQ(reader().find(5)->kind, "gap");
  EXPECT_TRUE(reader().find(5)->reason.contains("4 records were refused"));
  ASSERT_TRUE(log->write_checkpoint());
  EXPECT_EQ(faults(), "");
}

TEST(OpenLog, NamesAFolderItCannotMake) {
  const ManualClock clock;
  const auto log = open_log("/proc/nowhere/evidence", clock);
  ASSERT_FALSE(log);
  EXPECT_TRUE(log.error().message.contains("/proc/nowhere"));
}

// --- a full disk and a failing one, simulated -------------------------------------------------------------------

class Failing : public testing::Test {
 protected:
  void SetUp() override {
    log = LogFile::open(disk, test_key(), clock, {.segment_bytes = 900}).value();
    ASSERT_TRUE(log->append_batch(numbered(0, 3)));
  }
  void fail_with(DiskOperation operation, ErrorKind kind) {
    disk->fault = [=](DiskOperation now, const std::string&) -> Result<void> {
      if (now == operation) return fail(kind, "injected");
      return {};
    };
  }
  std::string faults() const { return faults_of(Reader(disk), test_key().public_key()); }

  std::shared_ptr<SimulatedDisk> disk = std::make_shared<SimulatedDisk>();
  ManualClock clock;
  std::unique_ptr<LogFile> log;
};

class FullDisk : public Failing, public testing::WithParamInterface<DiskOperation> {};

TEST_P(FullDisk, RefusesThenResumes) {
  fail_with(GetParam(), ErrorKind::no_space);
  for (int i = 0; i < 3; ++i) {
    const auto refused = log->append_batch(numbered(50, 4));
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().kind, ErrorKind::no_space);
    EXPECT_FALSE(log->failure());
  }
  disk->fault = {};
  ASSERT_TRUE(log->append_batch(numbered(3, 1)));
  EXPECT_EQ(decisions(Reader(disk)), range(4));
  EXPECT_TRUE(Reader(disk).find(3)->reason.contains("12 records were refused"));
  EXPECT_EQ(faults(), "");
  // The same holds after a restart.
  log = LogFile::open(disk, test_key(), clock, {.segment_bytes = 900}).value();
  EXPECT_EQ(log->head().size, 5U);
}

INSTANTIATE_TEST_SUITE_P(At, FullDisk,
                         testing::Values(DiskOperation::create, DiskOperation::sync_folder, DiskOperation::write,
                                         DiskOperation::sync),
                         [](const auto& instance) {
                           return "Operation" + std::to_string(static_cast<int>(instance.param));
                         });

class BrokenDisk : public Failing, public testing::WithParamInterface<DiskOperation> {};

TEST_P(BrokenDisk, TakesNothingMoreAndSaysSo) {
  fail_with(GetParam(), ErrorKind::io);
  const auto refused = log->append_batch(numbered(50, 4));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::io);
  disk->fault = {};
  EXPECT_FALSE(log->append_batch(numbered(50, 1)));  // even though the disk would work again
  log = LogFile::open(disk, test_key(), clock, {.segment_bytes = 900}).value();
  EXPECT_EQ(log->append_batch(numbered(3, 1)).value(), 3U);
  EXPECT_EQ(decisions(Reader(disk)), range(4));
  EXPECT_EQ(faults(), "");
}

INSTANTIATE_TEST_SUITE_P(At, BrokenDisk,
                         testing::Values(DiskOperation::create, DiskOperation::sync_folder, DiskOperation::write,
                                         DiskOperation::sync),
                         [](const auto& instance) {
                           return "Operation" + std::to_string(static_cast<int>(instance.param));
                         });

TEST_F(Failing, GivesUpWhenAFullDiskDoesNotEvenAllowToCutBack) {
  disk->fault = [](DiskOperation now, const std::string&) -> Result<void> {
    if (now == DiskOperation::write) return fail(ErrorKind::no_space, "full");
    if (now == DiskOperation::truncate) return fail(ErrorKind::io, "broken");
    return {};
  };
  const auto refused = log->append_batch(numbered(3, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::io);
  EXPECT_TRUE(refused.error().message.contains("broken"));
}

TEST_F(Failing, SaysWhenAnUnfinishedBatchCouldNotBeRemoved) {
  disk->fault = [](DiskOperation now, const std::string&) -> Result<void> {
    if (now == DiskOperation::sync || now == DiskOperation::truncate) return fail(ErrorKind::io, "broken");
    return {};
  };
  EXPECT_TRUE(log->append_batch(numbered(3, 1)).error().message.contains("could not be removed"));
}

TEST_F(Failing, KeepsTheOldCheckpointWhenTheNewOneCannotBeWritten) {
  for (const auto operation : {DiskOperation::remove, DiskOperation::create, DiskOperation::write,
                               DiskOperation::sync, DiskOperation::rename}) {
    fail_with(operation, ErrorKind::no_space);
    EXPECT_FALSE(log->write_checkpoint());
    EXPECT_TRUE(log->checkpoint_due());
    disk->fault = {};
    EXPECT_EQ(faults(), "");
  }
  EXPECT_TRUE(log->write_checkpoint());
  EXPECT_FALSE(log->checkpoint_due());
}

TEST_F(Failing, StartsOnAFullDiskAndRecordsTheRepairLater) {
  log.reset();
  disk->content(std::string(kFirstSegment)) += "torn";
  fail_with(DiskOperation::write, ErrorKind::no_space);
  log = LogFile::open(disk, test_key(), clock).value();
  EXPECT_FALSE(log->append_batch(numbered(3, 1)));
  disk->fault = {};
  ASSERT_TRUE(log->append_batch(numbered(3, 1)));
  EXPECT_EQ(kinds(Reader(disk)),
            (std::vector<std::string>{"decision", "decision", "decision", "repair", "gap", "decision"}));
  EXPECT_EQ(faults(), "");
}

TEST_F(Failing, DoesNotStartOnADiskThatCannotSync) {
  log.reset();
  disk->content(std::string(kFirstSegment)) += "torn";
  for (const auto operation : {DiskOperation::truncate, DiskOperation::sync_folder, DiskOperation::sync}) {
    fail_with(operation, ErrorKind::io);
    EXPECT_FALSE(LogFile::open(disk, test_key(), clock));
  }
  disk->fault = {};
  EXPECT_TRUE(LogFile::open(disk, test_key(), clock));
}

}  // namespace
}  // namespace cordon::evidence
