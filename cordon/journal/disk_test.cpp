#include "cordon/journal/disk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::journal {
namespace {

class RealDisk : public testing::Test {
 protected:
  TemporaryFolder folder;
  std::shared_ptr<Disk> disk = open_disk(folder.path()).value();
};

TEST_F(RealDisk, KeepsFilesInFoldersOfFolders) {
  ASSERT_TRUE(disk->make_folder("public/tile/0"));
  ASSERT_TRUE(disk->make_folder("public/tile/0"));
  auto file = disk->open("public/tile/0/000", OpenMode::create);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE((*file)->write(0, "hash"));
  ASSERT_TRUE((*file)->sync());
  ASSERT_TRUE(disk->sync_folder("public/tile/0"));
  ASSERT_TRUE(disk->sync_all());
  EXPECT_EQ(read_file(folder.path() / "public/tile/0/000").value(), "hash");
  EXPECT_EQ(disk->list("public/tile").value(), std::vector<std::string>{"0"});
  EXPECT_TRUE(disk->list("nothing")->empty());
  EXPECT_FALSE(disk->open("public/tile/0/000", OpenMode::create));
  EXPECT_EQ(disk->open("public/tile/1/000", OpenMode::create).error().kind, ErrorKind::not_found);
}

TEST_F(RealDisk, ReplacesWhatWasThere) {
  std::ofstream(folder / "file") << "old content";
  auto file = disk->open("file", OpenMode::replace);
  ASSERT_TRUE((*file)->write(0, "new"));
  EXPECT_EQ((*file)->size().value(), 3U);
  EXPECT_EQ(read_all(*disk, "file", 100).value(), "new");
  ASSERT_TRUE(replace_file(*disk, "file", "newer"));
  EXPECT_EQ(read_all(*disk, "file", 100).value(), "newer");
  EXPECT_FALSE((*file)->still_named());
  EXPECT_EQ(read_all(*disk, "file", 4).error().kind, ErrorKind::corrupt);
}

TEST_F(RealDisk, RemovesFilesAndEmptyFolders) {
  ASSERT_TRUE(disk->make_folder("a/b"));
  ASSERT_TRUE(disk->open("a/b/c", OpenMode::create));
  EXPECT_FALSE(disk->remove("a/b"));
  EXPECT_TRUE(disk->remove("a/b/c"));
  EXPECT_TRUE(disk->remove("a/b"));
  EXPECT_TRUE(disk->remove("a/b"));
  EXPECT_TRUE(disk->list("a")->empty());
}

TEST_F(RealDisk, DoesNotFollowALinkSomebodyLeft) {
  std::ofstream(folder / "elsewhere") << "kept";
  std::filesystem::create_symlink("elsewhere", folder / "link");
  for (const auto mode : {OpenMode::read, OpenMode::write, OpenMode::create, OpenMode::replace}) {
    EXPECT_FALSE(disk->open("link", mode));
  }
  EXPECT_EQ(read_file(folder / "elsewhere").value(), "kept");
}

TEST_F(RealDisk, TruncatesAndReadsToTheEnd) {
  auto file = disk->open("file", OpenMode::create);
  ASSERT_TRUE((*file)->write(0, "0123456789"));
  ASSERT_TRUE((*file)->truncate(4));
  EXPECT_EQ((*file)->read(2, 100).value(), "23");
  EXPECT_TRUE((*file)->still_named());
  ASSERT_TRUE(disk->rename("file", "other"));
  EXPECT_FALSE((*file)->still_named());
}

TEST_F(RealDisk, NamesWhatItCannotDo) {
  EXPECT_TRUE(disk->rename("nothing", "x").error().message.contains((folder / "nothing").string()));
  EXPECT_TRUE(disk->open("nothing", OpenMode::read).error().message.contains("nothing"));
  EXPECT_TRUE(disk->sync_folder("nothing").error().message.contains("nothing"));
  std::ofstream(folder / "file") << "x";
  EXPECT_TRUE(disk->list("file").error().message.contains("list"));
  EXPECT_FALSE(disk->make_folder("file/below"));
  auto file = disk->open("file", OpenMode::read);
  EXPECT_TRUE((*file)->write(0, "y").error().message.contains("write"));
  EXPECT_TRUE((*file)->truncate(0).error().message.contains("truncate"));
  EXPECT_FALSE(open_disk(folder / "nowhere"));
}

TEST_F(RealDisk, IsLockedForOthersUntilItGoes) {
  ASSERT_TRUE(disk->lock());
  EXPECT_TRUE(disk->lock());
  auto other = open_disk(folder.path()).value();
  EXPECT_EQ(other->lock().error().kind, ErrorKind::unavailable);
  disk.reset();
  EXPECT_TRUE(other->lock());
}

TEST(FolderOf, IsEverythingBeforeTheLastSlash) {
  EXPECT_EQ(folder_of("a/b/c"), "a/b");
  EXPECT_EQ(folder_of("a"), "");
}

}  // namespace
}  // namespace cordon::journal
