#include "cordon/vault/key_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include "cordon/base/file.h"
#include "cordon/vault/document.h"
#include "cordon/vault/test_vault.h"

namespace cordon::vault {
namespace {

wire::Json some() { return wire::Json(wire::JsonObject{}).set("number", 1).set("text", "x"); }

TEST(KeyFolderTest, a_document_is_read_as_it_was_written) {
  const TestVault test;
  const auto keys = test.keys();
  ASSERT_TRUE(keys->write_document("holds", some()));
  const auto read = test.keys()->read_document("holds");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, some());
  EXPECT_EQ(keys->read_document("nothing").error().kind, ErrorKind::not_found);
}

TEST(KeyFolderTest, a_document_altered_renamed_or_of_another_vault_is_corrupt) {
  const TestVault test;
  const auto keys = test.keys();
  ASSERT_TRUE(keys->write_document("holds", some()));
  const auto good = *read_file(test.folder / "holds");
  for (std::size_t i = 0; i < good.size(); i += 7) {
    auto altered = good;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    ASSERT_TRUE(write_file(test.folder / "holds", altered));
    EXPECT_EQ(keys->read_document("holds").error().kind, ErrorKind::corrupt) << i;
  }
  for (const auto& altered : {std::string(), good.substr(1), good.substr(0, good.size() - 1), good + "\n"}) {
    ASSERT_TRUE(write_file(test.folder / "holds", altered));
    EXPECT_EQ(keys->read_document("holds").error().kind, ErrorKind::corrupt);
  }
  ASSERT_TRUE(write_file(test.folder / "erased", good));
  EXPECT_EQ(keys->read_document("erased").error().kind, ErrorKind::corrupt);
  const TestVault other;
  ASSERT_TRUE(write_file(other.folder / "holds", good));
  EXPECT_EQ(other.keys()->read_document("holds").error().kind, ErrorKind::corrupt);
}

TEST(KeyFolderTest, replacing_a_secret_file_overwrites_what_it_held) {
  const TemporaryFolder place;
  ASSERT_TRUE(replace_secret_file(place / "file", "the old secret"));
  const auto old = open_file(place / "file", O_RDONLY);
  ASSERT_TRUE(old);
  ASSERT_TRUE(replace_secret_file(place / "file", "new"));
  std::string content(14, 'x');
  ASSERT_EQ(::pread(old->get(), content.data(), content.size(), 0), 14);
  EXPECT_EQ(content, std::string(14, '\0'));
  EXPECT_EQ(*read_file(place / "file"), "new");
}

TEST(KeyFolderTest, a_change_is_seen_by_all_who_have_the_folder_open) {
  const TestVault test;
  const auto one = test.keys();
  const auto other = test.keys();
  const auto before = other->generation();
  one->changed();
  EXPECT_EQ(other->generation(), before + 1);
}

TEST(KeyFolderTest, an_interrupted_creation_is_made_anew) {
  const TemporaryFolder place;
  const ManualClock clock;
  const KeyFile root{place / "root.key"};
  ASSERT_TRUE(make_folder(place / "vault"));
  ASSERT_TRUE(write_file(place / "vault/epochs", "left over\n"));
  EXPECT_EQ(KeyFolder::open(place / "vault", root).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(KeyFolder::create(place / "vault", root, clock));
  EXPECT_TRUE(KeyFolder::open(place / "vault", root));
}

TEST(KeyFolderTest, a_folder_that_cannot_be_made_is_named) {
  const TemporaryFolder place;
  const ManualClock clock;
  ASSERT_TRUE(write_file(place / "file", ""));
  const auto made = KeyFolder::create(place / "file/vault", KeyFile{place / "root.key"}, clock);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("file/vault"), std::string::npos);
}

TEST(DocumentTest, members_of_another_kind_are_corrupt) {
  const auto json = some();
  EXPECT_EQ(document::number(json, "number"), 1U);
  EXPECT_EQ(document::number(json, "text").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(document::number(json, "absent").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(document::base64(json, "absent").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(document::base64(json, "text").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(document::text(json, "text"), "x");
  EXPECT_EQ(document::text(json, "absent"), "");
  EXPECT_TRUE(document::array(json, "absent").empty());
}

}  // namespace
}  // namespace cordon::vault
