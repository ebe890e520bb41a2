#include "cordon/vault/root.h"

#include <sys/stat.h>

#include "cordon/base/file.h"
#include "cordon/crypto/test_token.h"
#include "cordon/vault/key_folder.h"
#include "cordon/vault/test_vault.h"

namespace cordon::vault {
namespace {

// Makes a vault with one root key and opens it with another.
Result<std::shared_ptr<KeyFolder>> reopened(const TemporaryFolder& place, const RootKey& made_with,
                                            const RootKey& with) {
  const ManualClock clock;
  const auto made = KeyFolder::create(place / "vault", made_with, clock);
  EXPECT_TRUE(made) << made.error().message;
  return KeyFolder::open(place / "vault", with);
}

TEST(RootTest, the_right_key_file_opens_and_another_does_not) {
  const TemporaryFolder place;
  EXPECT_TRUE(reopened(place, KeyFile{place / "root.key"}, KeyFile{place / "root.key"}));
  ASSERT_TRUE(write_file(place / "other.key", to_hex(Bytes(32, 1)) + "\n", 0600));
  const auto refused = KeyFolder::open(place / "vault", KeyFile{place / "other.key"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::permission);
}

TEST(RootTest, a_key_file_is_made_for_its_owner_alone_and_an_open_one_is_refused) {
  const TemporaryFolder place;
  const auto file = place / "root.key";
  ASSERT_TRUE(reopened(place, KeyFile{file}, KeyFile{file}));
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  const auto refused = KeyFolder::open(place / "vault", KeyFile{file});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("chmod 600"), std::string::npos);
}

TEST(RootTest, a_missing_or_broken_key_file_is_an_error_at_opening) {
  const TemporaryFolder place;
  EXPECT_EQ(reopened(place, KeyFile{place / "root.key"}, KeyFile{place / "gone.key"}).error().kind,
            ErrorKind::not_found);
  ASSERT_TRUE(write_file(place / "short.key", "abcd\n", 0600));
  const auto refused = KeyFolder::open(place / "vault", KeyFile{place / "short.key"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("abcd"), std::string::npos);
}

TEST(RootTest, a_key_file_that_is_there_is_used) {
  const TemporaryFolder place;
  ASSERT_TRUE(write_file(place / "root.key", to_hex(Bytes(32, 7)) + "\n", 0600));
  EXPECT_TRUE(reopened(place, KeyFile{place / "root.key"}, KeyFile{place / "root.key"}));
  EXPECT_EQ(*read_file(place / "root.key"), to_hex(Bytes(32, 7)) + "\n");
}

TEST(RootTest, the_right_passphrase_opens_with_the_parameters_stored) {
  const TemporaryFolder place;
  EXPECT_TRUE(reopened(place, Passphrase{"correct horse", kFastArgon2}, Passphrase{"correct horse"}));
  const auto refused = KeyFolder::open(place / "vault", Passphrase{"wrong horse"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::permission);
  EXPECT_NE(refused.error().message.find("the passphrase is not this vault's"), std::string::npos);
  EXPECT_EQ(refused.error().message.find("horse"), std::string::npos);
  EXPECT_EQ(KeyFolder::open(place / "vault", KeyFile{place / "x"}).error().kind, ErrorKind::invalid_input);
}

TEST(RootTest, a_token_keeps_the_root_key) {
  using crypto::TestTokens;
  if (!TestTokens::ready()) GTEST_SKIP() << TestTokens::kModule << " is not installed (package softhsm2)";
  const TemporaryFolder place;
  const Token root{TestTokens::kModule, TestTokens::kUsed, std::string(TestTokens::kPin)};
  const auto opened = reopened(place, root, root);
  ASSERT_TRUE(opened) << opened.error().message;
  // Another token has no such key.
  EXPECT_EQ(KeyFolder::open(place / "vault", Token{root.module, TestTokens::kEmpty, root.pin}).error().kind,
            ErrorKind::not_found);
}

TEST(RootTest, the_same_kek_goes_under_another_root_key) {
  const TemporaryFolder place;
  const auto kek = crypto::Secret::random(32);
  const auto root = wrap_root(Passphrase{"new", kFastArgon2}, kek.view());
  ASSERT_TRUE(root);
  EXPECT_EQ(unlock_root(*root, Passphrase{"new"})->text(), kek.text());
}

TEST(RootTest, its_text_is_read_back) {
  const auto root = wrap_root(Passphrase{"p", kFastArgon2}, Bytes(32));
  ASSERT_TRUE(root);
  const auto read = parse_root(root->text());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->text(), root->text());
}

TEST(RootTest, texts_that_are_no_root_are_corrupt) {
  for (const std::string_view text :
       {"", "[]", "{}", R"({"format":2,"kind":"key-file","kek":""})", R"({"format":1,"kind":"magic","kek":""})",
        R"({"format":1,"kind":"key-file","kek":"*"})", R"({"format":1,"kind":"passphrase","kek":""})",
        R"({"format":1,"kind":"passphrase","kek":"","salt":"AAAA","memoryKib":-1,"passes":1,"lanes":1})",
        R"({"format":1,"kind":"key-file"})"}) {
    const auto root = parse_root(text);
    ASSERT_FALSE(root) << text;
    EXPECT_EQ(root.error().kind, ErrorKind::corrupt) << text;
  }
}

TEST(RootTest, an_altered_root_does_not_unlock) {
  auto root = wrap_root(Passphrase{"p", kFastArgon2}, Bytes(32));
  ASSERT_TRUE(root);
  auto altered = *root;
  altered.wrapped[20] ^= 1;
  EXPECT_EQ(unlock_root(altered, Passphrase{"p"}).error().kind, ErrorKind::permission);
  altered = *root;
  altered.salt[0] ^= 1;
  EXPECT_FALSE(unlock_root(altered, Passphrase{"p"}));
  altered = *root;
  altered.parameters.memory_kib = 1U << 31;  // must not exhaust the machine
  EXPECT_FALSE(unlock_root(altered, Passphrase{"p"}));
  altered = *root;
  altered.wrapped.resize(5);
  EXPECT_FALSE(unlock_root(altered, Passphrase{"p"}));
}

}  // namespace
}  // namespace cordon::vault
