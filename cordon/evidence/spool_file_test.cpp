#include "cordon/evidence/spool_file.h"

#include <gtest/gtest.h>

#include "cordon/base/temporary_folder.h"

namespace cordon::evidence {
namespace {

constexpr std::size_t kRoom = 128U << 10;

class Spooled : public testing::Test {
 protected:
  void write(std::uint64_t records) {
    auto file = SpoolFile::create(path, key, "edge1/7f", kRoom);
    ASSERT_TRUE(file) << file.error().message;
    for (std::uint64_t i = 1; i <= records; ++i) {
      ASSERT_TRUE((*file)->put(i, as_bytes(std::format("record {} of imsi-999700000021309", i))));
    }
    const auto size = (*file)->size();
    file->reset();
    EXPECT_EQ(size, std::filesystem::file_size(path));
  }
  std::string bytes() const { return read_file(path).value(); }
  SpoolContents read() const { return read_spool_file(path, key).value(); }

  TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "spool";
  Bytes key = to_bytes("a key of thirty-two bytes, exactly");
};

TEST_F(Spooled, RecordsComeBackInOrderWithTheirNumbers) {
  write(3);
  const auto contents = read();
  EXPECT_EQ(contents.source, "edge1/7f");
  ASSERT_EQ(contents.records.size(), 3U);
  EXPECT_EQ(contents.records[2].sequence, 3U);
  EXPECT_EQ(as_text(contents.records[2].record), "record 3 of imsi-999700000021309");
  EXPECT_EQ(contents.torn, 0U);
  EXPECT_EQ(contents.damage, "");
}

TEST_F(Spooled, RecordsAreNotReadableInTheFile) {
  write(3);
  EXPECT_FALSE(bytes().contains("imsi"));
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
}

TEST_F(Spooled, RecordsCutAnywhereKeepWhatStandsBefore) {
  write(3);
  const auto whole = bytes();
  std::size_t last = 3;
  for (auto length = whole.size(); length-- > 0;) {
    ASSERT_TRUE(write_file(path, whole.substr(0, length)));
    const auto contents = read_spool_file(path, key);
    if (!contents) break;  // into the header
    EXPECT_EQ(contents->damage, "");
    EXPECT_LE(contents->records.size(), last);
    last = contents->records.size();
  }
  EXPECT_EQ(last, 0U);
}

TEST_F(Spooled, RecordsAlteredAnywhereAreNeverTakenForOthers) {
  write(3);
  const auto whole = bytes();
  const auto good = read();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    ASSERT_TRUE(write_file(path, altered));
    const auto contents = read_spool_file(path, key);
    if (!contents) continue;
    EXPECT_TRUE(!contents->damage.empty() || contents->torn > 0) << at;
    for (std::size_t i = 0; i < contents->records.size(); ++i)
      EXPECT_EQ(contents->records[i].record, good.records[i].record);
  }
}

TEST_F(Spooled, RecordsTakenOutOfTheMiddleAreMissed) {
  write(3);
  const auto whole = bytes();
  const auto frame = (whole.size() - (15 + 16 + 2 + 8)) / 3;
  ASSERT_TRUE(write_file(path, whole.substr(0, 41 + frame) + whole.substr(41 + 2 * frame)));
  const auto contents = read();
  EXPECT_EQ(contents.records.size(), 1U);
  EXPECT_TRUE(contents.damage.contains("byte ")) << contents.damage;
}

TEST_F(Spooled, RecordsOfAProcessThatDiedStandBeforeZeros) {
  auto file = SpoolFile::create(path, key, "edge1/7f", kRoom).value();
  ASSERT_TRUE(file->put(1, as_bytes("one")));
  ASSERT_TRUE(file->put(2, as_bytes("two")));
  const auto left = bytes();  // what a killed process leaves
  EXPECT_EQ(left.size(), kRoom);
  file.reset();
  ASSERT_TRUE(write_file(path, left));
  EXPECT_EQ(read().records.size(), 2U);
  EXPECT_EQ(read().torn, 0U);
  EXPECT_EQ(read().damage, "");
  auto torn = left;
  torn.replace(torn.find_last_not_of('\0') + 1 + 12, 5, "begun");  // killed before its length was written
  ASSERT_TRUE(write_file(path, torn));
  EXPECT_EQ(read().records.size(), 2U);
  EXPECT_EQ(read().torn, 17U);
}

TEST_F(Spooled, RecordsThatDoNotFitAreRefusedAndLeaveNothing) {
  auto file = SpoolFile::create(path, key, "edge1/7f", 200).value();
  ASSERT_TRUE(file->put(1, Bytes(100)));
  EXPECT_FALSE(file->fits(100));
  EXPECT_EQ(file->put(2, Bytes(100)).error().kind, ErrorKind::no_space);
  ASSERT_TRUE(file->put(2, as_bytes("two")));
  file.reset();
  EXPECT_EQ(read().records.size(), 2U);
}

TEST_F(Spooled, FilesWithoutRoomOnTheDiskAreNotMade) {
  const auto made = SpoolFile::create(path, key, "edge1/7f", std::size_t{1} << 60);
  ASSERT_FALSE(made);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Spooled, RecordsOfAnotherKeyDoNotOpen) {
  write(1);
  const auto contents = read_spool_file(path, to_bytes("another key"));
  ASSERT_TRUE(contents);
  EXPECT_TRUE(contents->records.empty());
  EXPECT_NE(contents->damage, "");
}

TEST_F(Spooled, FilesAreNeverOverwritten) {
  write(1);
  EXPECT_FALSE(SpoolFile::create(path, key, "edge1/7f", kRoom));
}

TEST_F(Spooled, RecordsThatAreTooLongAreRefused) {
  auto file = SpoolFile::create(path, key, "edge1/7f", kRoom);
  const auto put = (*file)->put(1, Bytes(kLongestSpooled + 1));
  EXPECT_EQ(put.error().kind, ErrorKind::invalid_input);
  EXPECT_FALSE(SpoolFile::create(folder.path() / "other", key, std::string(513, 's'), kRoom));
}

TEST_F(Spooled, SomethingElseIsNoSpool) {
  for (const auto* text :
       {"", "cordon", "cordon-spool-2\n0123456789abcdef..", "cordon-spool-1\n0123456789abcdef\xff\xff"}) {
    ASSERT_TRUE(write_file(path, text));
    EXPECT_EQ(read_spool_file(path, key).error().kind, ErrorKind::corrupt) << text;
  }
}

}  // namespace
}  // namespace cordon::evidence
