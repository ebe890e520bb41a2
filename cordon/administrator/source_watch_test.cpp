#include "cordon/administrator/source_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::administrator {
namespace {

TEST(SourceWatch, SeesEveryChangeOfContent) {
  const TemporaryFolder folder;
  SourceWatch watch({folder / "a", folder / "b"});
  const auto missing = watch.fingerprint();
  EXPECT_EQ(watch.fingerprint(), missing);
  ASSERT_TRUE(write_file(folder / "a", "one"));
  const auto one = watch.fingerprint();
  EXPECT_NE(one, missing);
  EXPECT_EQ(watch.fingerprint(), one);
  ASSERT_TRUE(write_file(folder / "a", "two"));  // as long, and at once
  const auto two = watch.fingerprint();
  EXPECT_NE(two, one);
  ASSERT_TRUE(write_file(folder / "b", "one"));
  EXPECT_NE(watch.fingerprint(), two);
  ASSERT_TRUE(write_file(folder / "a", "one"));
  std::filesystem::remove(folder / "b");
  EXPECT_EQ(watch.fingerprint(), one);  // what it was then
}

// The system's time of a file's last change cannot be set: files that are old enough are those of the sources.
TEST(SourceWatch, KnowsAFileThatWasLeftAlone) {
  const auto old = std::filesystem::path(CORDON_SOURCE_DIR) / "LICENSE";
  SourceWatch watch({old});
  const auto first = watch.fingerprint();
  EXPECT_EQ(watch.fingerprint(), first);
  EXPECT_EQ(SourceWatch({old}).fingerprint(), first);
}

}  // namespace
}  // namespace cordon::administrator
