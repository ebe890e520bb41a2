#include "cordon/bundle/version_store.h"

#include <gtest/gtest.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/bundle/test_bundle.h"

namespace cordon::bundle {
namespace {

using namespace test;

Bundle of(std::uint64_t version, std::string_view policy = kPermit, std::string name = "sbi") {
  auto with = contents(version, policy);
  with.name = std::move(name);
  return inspect(create(with).value()).value();
}

class Versions : public testing::Test {
 protected:
  VersionStore open() const { return VersionStore::open(file).value(); }
  std::string error_of(const Bundle& bundle, std::string_view pinned = {}) const {
    const auto checked = open().check(bundle, pinned);
    return checked ? "accepted" : checked.error().message;
  }
  void write(std::string_view text) const { ASSERT_TRUE(write_file(file, text)); }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "bundle-versions.json";
};

TEST_F(Versions, RememberTheHighestAcceptedOneAcrossRestarts) {
  ASSERT_TRUE(VersionStore::create(file));
  EXPECT_EQ(error_of(of(7)), "accepted");
  ASSERT_TRUE(open().accept(of(7)));
  EXPECT_EQ(error_of(of(7)), "accepted");
  EXPECT_EQ(error_of(of(8)), "accepted");
  EXPECT_TRUE(error_of(of(6)).contains("version 6 of 'sbi' is older than 7"));
  ASSERT_TRUE(open().accept(of(18'446'744'073'709'551'615U)));
  EXPECT_TRUE(error_of(of(18'446'744'073'709'551'614U)).contains("older"));
}

TEST_F(Versions, RefuseOtherContentUnderTheSameVersion) {
  ASSERT_TRUE(VersionStore::create(file).value().accept(of(7)));
  EXPECT_TRUE(error_of(of(7, "// other")).contains("other content"));
  EXPECT_FALSE(open().accept(of(7, "// other")));
  // Signed by more people it is still the same bundle.
  EXPECT_EQ(error_of(inspect(signed_bundle({alice(), bob()})).value()), "accepted");
}

TEST_F(Versions, DoNotLetABundleOfAnotherNameInUnlessItIsNamed) {
  ASSERT_TRUE(VersionStore::create(file).value().accept(of(7)));
  EXPECT_TRUE(error_of(of(9, kPermit, "lab")).contains("'sbi' ran so far"));
  EXPECT_EQ(error_of(of(9, kPermit, "lab"), "lab"), "accepted");
  EXPECT_TRUE(error_of(of(9), "lab").contains("'lab' is expected"));
  ASSERT_TRUE(open().accept(of(9, kPermit, "lab"), "lab"));
  EXPECT_TRUE(error_of(of(6)).contains("older"));  // each name has its own count
}

TEST_F(Versions, LostOrDamagedRefuseEverythingAndSayWhatToDo) {
  for (const auto* text :
       {"", "{}", "[]", "7", R"({"format":"cordon-bundle-versions-1"})",
        R"({"format":"cordon-bundle-versions-1","bundles":[{"name":"sbi"}]})",
        R"({"format":"cordon-bundle-versions-1","bundles":[{"name":"sbi","version":0}]})",
        R"({"format":"cordon-bundle-versions-1","bundles":[{"name":"A","version":1}]})",
        R"({"format":"cordon-bundle-versions-1","bundles":[{"name":"a","version":1},{"name":"a","version":2}]})"}) {
    write(text);
    const auto opened = VersionStore::open(file);
    ASSERT_FALSE(opened) << text;
    EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
    EXPECT_TRUE(opened.error().message.contains("write into it the version that last ran")) << opened.error().message;
    EXPECT_TRUE(opened.error().message.contains("bundle-versions.json"));
  }
  std::filesystem::remove(file);
  const auto lost = VersionStore::open(file);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::not_found);
  EXPECT_TRUE(lost.error().message.contains("restore it"));
}

TEST_F(Versions, AreCountedOnFromWhatAPersonWroteAsTheErrorSays) {
  write(R"({"format":"cordon-bundle-versions-1","bundles":[{"name":"sbi","version":7}]})");
  EXPECT_TRUE(error_of(of(6)).contains("older"));
  EXPECT_EQ(error_of(of(7, "// whatever it was")), "accepted");
  ASSERT_TRUE(open().accept(of(7)));
  EXPECT_TRUE(error_of(of(7, "// other")).contains("other content"));
}

TEST_F(Versions, BeginOnlyOnce) {
  ASSERT_TRUE(VersionStore::create(file));
  EXPECT_FALSE(VersionStore::create(file));
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_FALSE(VersionStore::create(folder / "missing/file"));
}

TEST_F(Versions, AreNotTakenForAcceptedWhenTheDiskDidNotTakeThem) {
  auto store = VersionStore::create(file).value();
  std::filesystem::remove_all(folder.path());
  EXPECT_FALSE(store.accept(of(7)));
  EXPECT_TRUE(store.check(of(6)));
  std::filesystem::create_directory(folder.path());
  ASSERT_TRUE(store.accept(of(7)));
  std::filesystem::remove_all(folder.path());
  EXPECT_TRUE(store.accept(of(7)));  // known already: nothing to write
  EXPECT_FALSE(store.check(of(6)));
}

}  // namespace
}  // namespace cordon::bundle
