#include "cordon/journal/journal.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/journal/batch.h"
#include "cordon/journal/restore.h"
#include "cordon/journal/test_log.h"

namespace cordon::journal {
namespace {

constexpr JournalOptions kSmall{.segment_bytes = 300};
const std::string kFirstSegment = "wal/wal-000000000000";

// Everything the journal holds, read without it.
std::vector<std::string> held(Disk& disk) {
  std::vector<std::string> out;
  const auto read = replay(disk, Edge(), [&](const Leaves& leaves) -> Result<void> {
    for (std::size_t i = 0; i < leaves.count(); ++i) out.emplace_back(leaves.entry(i));
    return {};
  });
  EXPECT_TRUE(read) << read.error().message;
  return out;
}

class OnDisk : public testing::Test {
 protected:
  Result<std::unique_ptr<Journal>> open(std::uint64_t published = 0, JournalOptions options = {}) {
    return Journal::open(open_disk(folder.path()).value(), published, options);
  }
  std::unique_ptr<Journal> opened(std::uint64_t published = 0, JournalOptions options = {}) {
    auto journal = open(published, options);
    if (!journal) throw std::runtime_error(journal.error().message);
    return std::move(*journal);
  }
  std::string error_of_open(std::uint64_t published = 0) {
    const auto journal = open(published);
    return journal ? "" : journal.error().message;
  }
  std::vector<std::string> entries() const { return held(*open_disk(folder.path()).value()); }
  std::string path(std::string_view name) const { return (folder.path() / name).string(); }
  void alter(std::string_view name, const std::function<void(std::string&)>& change) {
    auto content = read_file(path(name)).value();
    change(content);
    std::ofstream(path(name), std::ios::binary) << content;
  }
  std::vector<std::string> segments() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder / "wal")) {
      names.push_back(file.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }
  void fill(std::uint64_t count, JournalOptions options = {}) {
    const auto journal = opened(0, options);
    for (std::uint64_t i = 0; i < count; ++i) ASSERT_TRUE(journal->append(Entries(i, 1)));
  }

  TemporaryFolder folder;
};

TEST_F(OnDisk, GivesIndexesWithoutGapsAndGoesOnAfterARestart) {
  EXPECT_EQ(opened()->append(Entries(0, 3)).value(), 0U);
  const auto journal = opened();
  EXPECT_EQ(journal->size(), 3U);
  EXPECT_EQ(journal->append(Entries(3, 2)).value(), 3U);
  EXPECT_EQ(journal->append({}).value(), 5U);
  EXPECT_EQ(journal->size(), 5U);
  EXPECT_FALSE(journal->repair());
  EXPECT_FALSE(journal->failure());
  EXPECT_EQ(entries(), numbered_entries(5));
}

TEST_F(OnDisk, BeginsASegmentWhenTheOldOneIsFull) {
  fill(20, kSmall);
  EXPECT_GT(segments().size(), 3U);
  for (const auto& name : segments()) EXPECT_LE(std::filesystem::file_size(folder / "wal" / name), 300U);
  EXPECT_EQ(entries(), numbered_entries(20));
  EXPECT_EQ(opened(0, kSmall)->size(), 20U);
}

TEST_F(OnDisk, ForgetsSegmentsThatArePublishedButNeverTheNewest) {
  fill(20, kSmall);
  const auto all = segments();
  const auto journal = opened(0, kSmall);
  ASSERT_TRUE(journal->forget_below(7));
  EXPECT_EQ(segments().front(), "wal-000000000004");  // four entries each
  EXPECT_EQ(open(7).error().kind, ErrorKind::unavailable);
  ASSERT_TRUE(journal->forget_below(20));
  EXPECT_EQ(segments(), std::vector<std::string>{all.back()});
  ASSERT_TRUE(journal->append(Entries(20, 1)));
}

TEST_F(OnDisk, StartsWithoutTheSegmentsThatWereForgotten) {
  fill(20, kSmall);
  ASSERT_TRUE(opened(0, kSmall)->forget_below(20));
  EXPECT_EQ(opened(20)->size(), 20U);
  EXPECT_EQ(opened(18)->append(Entries(20, 1)).value(), 20U);
  EXPECT_TRUE(error_of_open(7).contains("entries 7 to 15 are missing"));
}

TEST_F(OnDisk, RefusesASecondWriter) {
  const auto journal = opened();
  EXPECT_EQ(open().error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(error_of_open().contains("another writer"));
}

TEST_F(OnDisk, TakesEntriesOfEverySizeThereMayBe) {
  const auto journal = opened();
  const std::string longest(65'535, 'x');
  const std::string_view good[] = {"x", longest};
  EXPECT_EQ(journal->append(good).value(), 0U);
  const std::string_view empty[] = {"x", ""};
  EXPECT_EQ(journal->append(empty).error().kind, ErrorKind::invalid_input);
  const auto longer = longest + "x";
  const std::string_view too_long[] = {longer};
  EXPECT_TRUE(journal->append(too_long).error().message.contains("65536 bytes"));
  EXPECT_EQ(journal->append(Entries(2, 1)).value(), 2U);
  EXPECT_EQ(entries().at(1), longest);
}

TEST_F(OnDisk, RefusesABatchLargerThanOneMayBe) {
  const auto journal = opened();
  const std::string longest(65'535, 'x');
  const std::vector<std::string_view> batch(1'100, longest);
  EXPECT_TRUE(journal->append(batch).error().message.contains("divide it"));
  EXPECT_EQ(journal->append(Entries(0, 1)).value(), 0U);
}

TEST_F(OnDisk, RemovesATornEndAndSaysSo) {
  fill(3);
  alter(kFirstSegment, [](std::string& text) { text += "cordonW1 and not much more"; });
  {
    const auto journal = opened();
    ASSERT_TRUE(journal->repair());
    EXPECT_EQ(journal->repair()->bytes, 26U);
    EXPECT_EQ(journal->repair()->file, kFirstSegment);
    EXPECT_EQ(journal->append(Entries(3, 1)).value(), 3U);
  }
  EXPECT_FALSE(opened()->repair());
  EXPECT_EQ(entries(), numbered_entries(4));
}

TEST_F(OnDisk, DoesNotTakeATornEndForACrashWhenItWasPublished) {
  fill(3);
  alter(kFirstSegment, [](std::string& text) { text.pop_back(); });
  EXPECT_TRUE(error_of_open(3).contains("its entry 2 was published once")) << error_of_open(3);
  EXPECT_EQ(opened(2)->size(), 2U);
}

TEST_F(OnDisk, DoesNotStartWhenItsEndIsMissing) {
  fill(20, kSmall);
  std::filesystem::remove(folder / "wal" / segments().back());
  EXPECT_TRUE(error_of_open(20).contains("it ends before entry 16, but 20 are published")) << error_of_open(20);
}

TEST_F(OnDisk, DoesNotStartWithAllItsFilesGone) {
  fill(3);
  std::filesystem::remove(path(kFirstSegment));
  EXPECT_TRUE(error_of_open(3).contains("the newest of which is never removed"));
  EXPECT_TRUE(error_of_open(3).contains("an empty file wal/wal-000000000003"));
  std::ofstream(path("wal/wal-000000000003"));  // as it says: after a backup was restored
  EXPECT_EQ(opened(3)->append(Entries(3, 1)).value(), 3U);
}

TEST_F(OnDisk, DoesNotStartWithASegmentMissing) {
  fill(20, kSmall);
  std::filesystem::rename(path("wal/wal-000000000008"), path("kept"));
  EXPECT_TRUE(error_of_open().contains("wal-000000000012, byte 0: entries 8 to 11 are missing before it"))
      << error_of_open();
  EXPECT_EQ(opened(13)->size(), 20U);  // what is published already may be gone
  std::filesystem::rename(path("kept"), path("wal/wal-000000000008"));
  EXPECT_EQ(error_of_open(), "");
  std::filesystem::copy(path("wal/wal-000000000008"), path("wal/wal-000000000009"));
  EXPECT_TRUE(error_of_open().contains("begins it twice"));
}

TEST_F(OnDisk, DoesNotStartWithAnotherLogsSegment) {
  TemporaryFolder other;
  {
    const auto journal = Journal::open(open_disk(other.path()).value(), 0, kSmall).value();
    const std::string_view one[] = {"x1"};
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(journal->append(one));
  }
  fill(20, kSmall);
  std::filesystem::remove(path("wal/wal-000000000008"));
  std::filesystem::copy(other / "wal" / "wal-000000000008", path("wal/wal-000000000008"));
  EXPECT_TRUE(error_of_open().contains("wal-000000000008, byte 0: altered: this is not the batch"))
      << error_of_open();
}

TEST_F(OnDisk, RefusesAnAlteredFileWhileItIsOpen) {
  const auto journal = opened();
  ASSERT_TRUE(journal->append(Entries(0, 1)));
  std::ofstream(path(kFirstSegment), std::ios::app) << "more";
  const auto refused = journal->append(Entries(1, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::io);
  EXPECT_TRUE(refused.error().message.contains("somebody else changed it")) << refused.error().message;
}

TEST_F(OnDisk, NoticesThatItsFileWasRemoved) {
  const auto journal = opened();
  ASSERT_TRUE(journal->append(Entries(0, 1)));
  std::filesystem::remove(path(kFirstSegment));
  const auto refused = journal->append(Entries(1, 1));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("removed or replaced"));
  EXPECT_EQ(journal->append(Entries(1, 1)).error().message, refused.error().message);
  EXPECT_TRUE(journal->failure());
}

TEST_F(OnDisk, NoticesThatItsFileWasReplaced) {
  const auto journal = opened();
  ASSERT_TRUE(journal->append(Entries(0, 1)));
  std::filesystem::copy_file(path(kFirstSegment), path("copy"));
  std::filesystem::rename(path("copy"), path(kFirstSegment));
  EXPECT_TRUE(journal->append(Entries(1, 1)).error().message.contains("removed or replaced"));
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
  const auto journal = opened();
  ASSERT_TRUE(journal->append(Entries(0, 5)));
  const auto before = read_file(path(kFirstSegment)).value();
  {
    const FileLimit limit(before.size() + 50);
    const auto refused = journal->append(Entries(90, 3));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::no_space);
    EXPECT_EQ(journal->append(Entries(90, 1)).error().kind, ErrorKind::no_space);
    EXPECT_EQ(read_file(path(kFirstSegment)).value(), before);
  }
  EXPECT_EQ(journal->append(Entries(5, 1)).value(), 5U);
  EXPECT_EQ(entries(), numbered_entries(6));
}

// --- damage to a small journal, byte by byte -------------------------------------------------------------------

class Damaged : public testing::Test {
 protected:
  void SetUp() override {
    const auto journal = Journal::open(disk, 0).value();
    for (std::uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(journal->append(Entries(i, 1)));
    whole = disk->content(kFirstSegment);
  }
  std::string error_of_open(const std::string& content, std::uint64_t published) {
    disk->content(kFirstSegment) = content;
    const auto journal = Journal::open(disk, published);
    return journal ? "" : journal.error().message;
  }
  std::shared_ptr<SimulatedDisk> disk = std::make_shared<SimulatedDisk>();
  std::string whole;
};

// Found, or (in the last batch, which a crash could have torn too) cut off as never acknowledged; a checkpoint that
// covers it forbids that.
TEST_F(Damaged, IsFoundWhicheverBitIsFlipped) {
  const auto batch = whole.size() / 4;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    const auto at = bit / 8;
    auto altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ (1 << (bit % 8)));
    const auto place = std::format("disk/{}, byte {}: altered", kFirstSegment, at / batch * batch);
    ASSERT_TRUE(error_of_open(altered, 4).starts_with(place)) << bit << ": " << error_of_open(altered, 4);
    if (at < 3 * batch) {
      ASSERT_TRUE(error_of_open(altered, 0).starts_with(place)) << bit;
    }
  }
}

TEST_F(Damaged, IsFoundWhereverWhatWasPublishedIsCut) {
  for (std::size_t length = 0; length < whole.size(); ++length) {
    ASSERT_NE(error_of_open(whole.substr(0, length), 4), "") << length;
  }
}

TEST_F(Damaged, IsFoundWhenBatchesChangePlaces) {
  const auto batch = whole.size() / 4;
  auto altered = whole;
  std::swap_ranges(altered.begin(), altered.begin() + static_cast<std::ptrdiff_t>(batch),
                   altered.begin() + static_cast<std::ptrdiff_t>(batch));
  EXPECT_TRUE(error_of_open(altered, 0).contains("entry 0 should stand here, but entry 1 does"));
}

// --- a full disk and a failing one, simulated -------------------------------------------------------------------

class Failing : public testing::Test {
 protected:
  void SetUp() override {
    journal = Journal::open(disk, 0, kSmall).value();
    ASSERT_TRUE(journal->append(Entries(0, 3)));
  }
  void fail_with(DiskOperation operation, ErrorKind kind) {
    disk->fault = [=](DiskOperation now, const std::string&) -> Result<void> {
      if (now == operation) return fail(kind, "injected");
      return {};
    };
  }
  static Entries many() { return {50, 40}; }  // does not fit the segment

  std::shared_ptr<SimulatedDisk> disk = std::make_shared<SimulatedDisk>();
  std::unique_ptr<Journal> journal;
};

class FullDisk : public Failing, public testing::WithParamInterface<DiskOperation> {};

TEST_P(FullDisk, RefusesThenResumes) {
  fail_with(GetParam(), ErrorKind::no_space);
  for (int i = 0; i < 3; ++i) {
    const auto refused = journal->append(many());
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().kind, ErrorKind::no_space);
    EXPECT_FALSE(journal->failure());
  }
  disk->fault = {};
  EXPECT_EQ(journal->append(Entries(3, 1)).value(), 3U);
  EXPECT_EQ(held(*disk), numbered_entries(4));
  journal = Journal::open(disk, 0, kSmall).value();
  EXPECT_EQ(journal->size(), 4U);
}

class BrokenDisk : public Failing, public testing::WithParamInterface<DiskOperation> {};

TEST_P(BrokenDisk, TakesNothingMoreAndSaysSo) {
  fail_with(GetParam(), ErrorKind::io);
  const auto refused = journal->append(many());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::io);
  EXPECT_TRUE(refused.error().message.contains("takes no more records"));
  disk->fault = {};
  EXPECT_FALSE(journal->append(Entries(50, 1)));  // even though the disk would work again
  journal = Journal::open(disk, 0, kSmall).value();
  EXPECT_EQ(journal->append(Entries(3, 1)).value(), 3U);
  EXPECT_EQ(held(*disk), numbered_entries(4));
}

TEST_P(BrokenDisk, MayBeOneThatIsReadOnly) {
  fail_with(GetParam(), ErrorKind::permission);
  EXPECT_FALSE(journal->append(many()));
  EXPECT_EQ(journal->failure()->kind, ErrorKind::io);
}

const auto kAllOperations =
    testing::Values(DiskOperation::create, DiskOperation::sync_folder, DiskOperation::write, DiskOperation::sync);
std::string name_of_operation(const testing::TestParamInfo<DiskOperation>& info) {
  return "Operation" + std::to_string(static_cast<int>(info.param));
}
INSTANTIATE_TEST_SUITE_P(At, FullDisk, kAllOperations, name_of_operation);
INSTANTIATE_TEST_SUITE_P(At, BrokenDisk, kAllOperations, name_of_operation);

TEST_F(Failing, GivesUpWhenAFullDiskDoesNotEvenAllowToCutBack) {
  disk->fault = [](DiskOperation now, const std::string&) -> Result<void> {
    if (now == DiskOperation::write) return fail(ErrorKind::no_space, "full");
    if (now == DiskOperation::truncate) return fail(ErrorKind::io, "broken");
    return {};
  };
  const auto refused = journal->append(Entries(3, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::io);
  EXPECT_TRUE(refused.error().message.contains("broken"));
}

TEST_F(Failing, SaysWhenAnUnfinishedBatchCouldNotBeRemoved) {
  disk->fault = [](DiskOperation now, const std::string&) -> Result<void> {
    if (now == DiskOperation::sync || now == DiskOperation::truncate) return fail(ErrorKind::io, "broken");
    return {};
  };
  EXPECT_TRUE(journal->append(Entries(3, 1)).error().message.contains("could not be removed"));
}

TEST_F(Failing, SaysWhenASegmentCannotBeForgotten) {
  ASSERT_TRUE(journal->append(many()));
  fail_with(DiskOperation::remove, ErrorKind::io);
  EXPECT_FALSE(journal->forget_below(40));
  EXPECT_FALSE(journal->failure());
  disk->fault = {};
  EXPECT_TRUE(journal->forget_below(40));
  EXPECT_EQ(disk->list("wal")->size(), 1U);
}

TEST_F(Failing, StartsOnAFullDiskAndRepairsLater) {
  journal.reset();
  disk->content(kFirstSegment) += "torn";
  fail_with(DiskOperation::truncate, ErrorKind::no_space);
  journal = Journal::open(disk, 0).value();
  EXPECT_EQ(journal->repair()->bytes, 4U);
  EXPECT_EQ(journal->append(Entries(3, 1)).error().kind, ErrorKind::no_space);
  disk->fault = {};
  ASSERT_TRUE(journal->append(Entries(3, 1)));
  EXPECT_EQ(held(*disk), numbered_entries(4));
}

TEST_F(Failing, DoesNotStartOnADiskThatCannotSync) {
  journal.reset();
  disk->content(kFirstSegment) += "torn";
  for (const auto operation :
       {DiskOperation::truncate, DiskOperation::sync_folder, DiskOperation::sync, DiskOperation::make_folder}) {
    fail_with(operation, ErrorKind::io);
    EXPECT_FALSE(Journal::open(disk, 0));
  }
  disk->fault = {};
  EXPECT_TRUE(Journal::open(disk, 0));
}

}  // namespace
}  // namespace cordon::journal
