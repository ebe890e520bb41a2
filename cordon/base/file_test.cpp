#include "cordon/base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <format>

#include "cordon/base/temporary_folder.h"

namespace cordon {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

mode_t mode_of(const std::filesystem::path& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST(Fd, ClosesWhenItGoes) {
  int number = -1;
  {
    const auto fd = open_file("/dev/null", O_RDONLY);
    ASSERT_TRUE(fd);
    number = fd->get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, MovesItsDescriptor) {
  auto opened = open_file("/dev/null", O_RDONLY);
  ASSERT_TRUE(opened);
  const int number = opened->get();
  Fd second(std::move(*opened));
  EXPECT_EQ(second.get(), number);
  Fd third;
  EXPECT_FALSE(third);
  third = std::move(second);
  EXPECT_EQ(third.release(), number);
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

TEST(File, ReadsWhatItWrote) {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  ASSERT_TRUE(write_file(path, "first"));
  const std::string content(100'000, 'x');  // more than one chunk
  ASSERT_TRUE(write_file(path, content, 0640));
  EXPECT_EQ(read_file(path), content);
  EXPECT_EQ(mode_of(path), 0640);
  EXPECT_FALSE(std::filesystem::exists(folder / "a.new"));
}

TEST(File, ReplacesWhatAnInterruptedWriteLeft) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder / "a.new", "half"));
  ASSERT_TRUE(write_file(folder / "a", "whole", 0600));
  EXPECT_EQ(read_file(folder / "a"), "whole");
}

TEST(File, RefusesToReadMoreThanTheLimit) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder / "a", "12345"));
  EXPECT_TRUE(read_file(folder / "a", 5));
  const auto refused = read_file(folder / "a", 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
}

TEST(File, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_file(folder / "absent").error().kind, ErrorKind::not_found);
  EXPECT_EQ(write_file(folder / "no" / "a", "x").error().kind, ErrorKind::not_found);
  EXPECT_EQ(sync_folder(folder / "no").error().kind, ErrorKind::not_found);
}

TEST(File, AFolderIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_file(folder.path()).error().kind, ErrorKind::io);
}

TEST(File, AFailedWriteLeavesNothingBeside) {
  const TemporaryFolder folder;
  ASSERT_TRUE(make_folder(folder / "a" / "full"));
  ASSERT_FALSE(write_file(folder / "a", "x"));  // a folder that is not empty cannot be renamed over
  EXPECT_FALSE(std::filesystem::exists(folder / "a.new"));
}

TEST(File, AFullDiskIsNamedAsSuch) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "a");
  const auto fd = open_file(folder / "a", O_WRONLY);
  ASSERT_TRUE(fd);
  ASSERT_EQ(::write(fd->get(), "x", 1), -1);
  EXPECT_EQ(fail_errno("write", errno).error().kind, ErrorKind::no_space);
}

TEST(File, WritesIntoTheCurrentFolder) {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto written = write_file("plain", "x");
  std::filesystem::current_path(before);
  ASSERT_TRUE(written);
  EXPECT_EQ(read_file(folder / "plain"), "x");
}

TEST(File, MakesFoldersAndLeavesExistingOnesAlone) {
  const TemporaryFolder folder;
  const auto path = folder / "a" / "b";
  ASSERT_TRUE(make_folder(path, 0700));
  EXPECT_EQ(mode_of(path), 0700);
  ASSERT_TRUE(make_folder(path, 0755));
  EXPECT_EQ(mode_of(path), 0700);
  EXPECT_TRUE(sync_folder(path));
  ASSERT_TRUE(write_file(folder / "f", ""));
  EXPECT_FALSE(make_folder(folder / "f" / "g"));
}

TEST(File, DescriptorsAreNotInherited) {
  const auto fd = open_file("/dev/null", O_RDONLY);
  ASSERT_TRUE(fd);
  EXPECT_EQ(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

}  // namespace
}  // namespace cordon
