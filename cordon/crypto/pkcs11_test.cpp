#include "cordon/crypto/pkcs11.h"

#include <gtest/gtest.h>

#include "cordon/base/file.h"
#include "cordon/crypto/test_token.h"

namespace cordon::crypto {
namespace {

struct Pkcs11Test : testing::Test {
  void SetUp() override {
    if (!TestTokens::ready()) GTEST_SKIP() << TestTokens::kModule << " is not installed (package softhsm2)";
  }
  static Result<TokenKey> key(TokenKey::Missing missing = TokenKey::Missing::make) {
    return TokenKey::open(TestTokens::kModule, TestTokens::kUsed, TestTokens::kPin, missing);
  }
};

TEST_F(Pkcs11Test, a_key_made_in_the_token_opens_what_it_sealed_in_a_later_session) {
  const auto made = key();
  ASSERT_TRUE(made) << made.error().message;
  const auto sealed = made->encrypt(as_bytes("a key"), as_bytes("purpose"));
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(sealed->size(), 12 + 5 + 16U);
  const auto later = key(TokenKey::Missing::refuse);
  ASSERT_TRUE(later) << later.error().message;
  const auto opened = later->decrypt(*sealed, as_bytes("purpose"));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->text(), "a key");
}

TEST_F(Pkcs11Test, altered_bytes_and_another_purpose_do_not_open) {
  const auto made = key();
  ASSERT_TRUE(made);
  auto sealed = *made->encrypt(as_bytes("a key"), as_bytes("purpose"));
  EXPECT_FALSE(made->decrypt(sealed, as_bytes("other")));
  EXPECT_EQ(made->decrypt(Bytes(10), {}).error().kind, ErrorKind::corrupt);
  sealed[14] ^= 1;
  EXPECT_FALSE(made->decrypt(sealed, as_bytes("purpose")));
  sealed[14] ^= 1;
  EXPECT_TRUE(made->decrypt(sealed, as_bytes("purpose")));  // the session goes on after a failure
}

TEST_F(Pkcs11Test, what_is_wrong_is_named_and_the_pin_is_not) {
  const auto missing_token = TokenKey::open(TestTokens::kModule, "no such token", "1", TokenKey::Missing::make);
  ASSERT_FALSE(missing_token);
  EXPECT_EQ(missing_token.error().kind, ErrorKind::not_found);
  EXPECT_NE(missing_token.error().message.find("no such token"), std::string::npos);
  EXPECT_EQ(TokenKey::open("softhsm.so", "t", "1", TokenKey::Missing::make).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(TokenKey::open("/nowhere/module.so", "t", "1", TokenKey::Missing::make).error().kind,
            ErrorKind::unavailable);
}

// One test, in this order: a process logs in once for all its sessions with a token.
TEST_F(Pkcs11Test, a_wrong_pin_and_a_missing_key_are_refused) {
  const auto wrong = TokenKey::open(TestTokens::kModule, TestTokens::kEmpty, "secret-guess", TokenKey::Missing::make);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::permission);
  EXPECT_EQ(wrong.error().message.find("secret-guess"), std::string::npos);
  const auto empty =
      TokenKey::open(TestTokens::kModule, TestTokens::kEmpty, TestTokens::kPin, TokenKey::Missing::refuse);
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().kind, ErrorKind::not_found);
}

TEST(Pkcs11ModuleTest, a_library_that_is_no_module_is_refused) {
  const auto refused = TokenKey::open("/lib/x86_64-linux-gnu/libm.so.6", "t", "1", TokenKey::Missing::make);
  ASSERT_FALSE(refused);
}

}  // namespace
}  // namespace cordon::crypto
