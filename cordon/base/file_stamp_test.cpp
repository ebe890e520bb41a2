#include "cordon/base/file_stamp.h"

#include <gtest/gtest.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon {
namespace {

TEST(FileStamp, TellsAReplacedFileWithinOneTickOfTheClock) {
  TemporaryFolder folder;
  const auto file = folder.path() / "key.pem";
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(write_file(file, "same size"));
    const auto before = stamp_of(file);
    EXPECT_EQ(before, stamp_of(file));
    ASSERT_TRUE(write_file(file, "same-size"));
    EXPECT_NE(before, stamp_of(file));
  }
}

TEST(FileStamp, OfWhatIsNotThereIsNeverThatOfAFile) {
  TemporaryFolder folder;
  const auto file = folder.path() / "list.pem";
  EXPECT_EQ(stamp_of(file), stamp_of(""));
  ASSERT_TRUE(write_file(file, ""));
  EXPECT_NE(stamp_of(file), stamp_of(""));
}

}  // namespace
}  // namespace cordon
