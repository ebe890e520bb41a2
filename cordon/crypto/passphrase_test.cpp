#include "cordon/crypto/passphrase.h"

#include <gtest/gtest.h>

namespace cordon::crypto {
namespace {

std::string key_of(const Argon2& parameters, std::string_view passphrase = "password",
                   std::string_view salt = "somesalt") {
  const auto key = key_from_passphrase(passphrase, as_bytes(salt), parameters);
  return key ? to_hex(key->view()) : key.error().message;
}

// From the test program of the reference implementation of Argon2 (version 0x13, argon2id).
TEST(PassphraseTest, gives_the_reference_implementations_keys) {
  EXPECT_EQ(key_of({.memory_kib = 256, .passes = 2, .lanes = 1}),
            "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
  EXPECT_EQ(key_of({.memory_kib = 256, .passes = 2, .lanes = 2}),
            "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037");
}

TEST(PassphraseTest, another_passphrase_or_salt_gives_another_key) {
  const Argon2 fast{.memory_kib = 64, .passes = 1, .lanes = 1};
  EXPECT_NE(key_of(fast), key_of(fast, "Password"));
  EXPECT_NE(key_of(fast), key_of(fast, "password", "someSalt"));
}

TEST(PassphraseTest, parameters_out_of_bounds_are_refused) {
  const auto refused = [](const Argon2& parameters, std::string_view passphrase = "p",
                          std::string_view salt = "12345678") {
    const auto key = key_from_passphrase(passphrase, as_bytes(salt), parameters);
    return !key && key.error().kind == ErrorKind::invalid_input;
  };
  EXPECT_TRUE(refused({.memory_kib = 7, .passes = 1, .lanes = 1}));
  EXPECT_TRUE(refused({.memory_kib = 5U << 20, .passes = 1, .lanes = 1}));
  EXPECT_TRUE(refused({.memory_kib = 64, .passes = 0, .lanes = 1}));
  EXPECT_TRUE(refused({.memory_kib = 64, .passes = 65, .lanes = 1}));
  EXPECT_TRUE(refused({.memory_kib = 64, .passes = 1, .lanes = 0}));
  EXPECT_TRUE(refused({.memory_kib = 640, .passes = 1, .lanes = 17}));
  EXPECT_TRUE(refused({.memory_kib = 64, .passes = 1, .lanes = 1}, ""));
  EXPECT_TRUE(refused({.memory_kib = 64, .passes = 1, .lanes = 1}, "p", "1234567"));
}

}  // namespace
}  // namespace cordon::crypto
