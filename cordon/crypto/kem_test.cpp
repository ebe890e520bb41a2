#include "cordon/crypto/kem.h"

#include <gtest/gtest.h>

#include "cordon/crypto/digest.h"

namespace cordon::crypto {
namespace {

TEST(KemTest, the_owner_of_the_key_gets_the_secret) {
  const auto owner = KemPrivateKey::generate();
  ASSERT_TRUE(owner) << owner.error().message;
  const auto made = owner->public_key().encapsulate();
  ASSERT_TRUE(made) << made.error().message;
  const auto got = owner->decapsulate(made->ciphertext);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->size(), 64U);
  EXPECT_TRUE(constant_time_equal(got->view(), made->shared.view()));
}

TEST(KemTest, another_owner_gets_another_secret) {
  const auto owner = KemPrivateKey::generate();
  const auto other = KemPrivateKey::generate();
  ASSERT_TRUE(owner && other);
  const auto made = owner->public_key().encapsulate();
  ASSERT_TRUE(made);
  const auto got = other->decapsulate(made->ciphertext);
  EXPECT_TRUE(!got || got->text() != made->shared.text());
}

TEST(KemTest, keys_go_through_pem_and_back) {
  const auto owner = KemPrivateKey::generate();
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->public_key().bytes().size(), kKemPublicSize);
  const auto public_key = KemPublicKey::from_pem(owner->public_key().pem());
  ASSERT_TRUE(public_key) << public_key.error().message;
  EXPECT_EQ(public_key->bytes(), owner->public_key().bytes());
  const auto again = KemPrivateKey::from_pem("a comment\n" + owner->pem());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->public_key().bytes(), owner->public_key().bytes());
  const auto made = public_key->encapsulate();
  ASSERT_TRUE(made);
  EXPECT_EQ(again->decapsulate(made->ciphertext)->text(), made->shared.text());
}

TEST(KemTest, what_is_no_key_is_refused) {
  const auto owner = KemPrivateKey::generate();
  ASSERT_TRUE(owner);
  const auto pem = owner->public_key().pem();
  EXPECT_FALSE(KemPublicKey::from_pem(""));
  EXPECT_FALSE(KemPublicKey::from_pem(owner->pem()));
  EXPECT_FALSE(KemPublicKey::from_pem(pem.substr(0, pem.size() / 2)));
  EXPECT_FALSE(KemPublicKey::from_pem(std::string(20'000, 'x')));
  auto broken = pem;
  broken[100] = '*';
  EXPECT_FALSE(KemPublicKey::from_pem(broken));
  EXPECT_FALSE(KemPublicKey::from_bytes(Bytes(100)));
  EXPECT_FALSE(
      KemPublicKey::from_bytes(Bytes(kKemPublicSize, 0xff)));  // ML-KEM: a coefficient beyond q (FIPS 203 7.2)
  EXPECT_FALSE(KemPrivateKey::from_pem("nothing"));
  EXPECT_FALSE(KemPrivateKey::from_bytes(Bytes(32)));
}

TEST(KemTest, a_ciphertext_of_another_length_is_an_error) {
  const auto owner = KemPrivateKey::generate();
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->decapsulate(Bytes(100)).error().kind, ErrorKind::corrupt);
}

TEST(KemTest, empty_keys_do_nothing) {
  EXPECT_FALSE(KemPublicKey().encapsulate());
  EXPECT_FALSE(KemPrivateKey().decapsulate(Bytes(kKemCiphertextSize)));
  EXPECT_TRUE(KemPublicKey().bytes().empty());
  EXPECT_TRUE(KemPrivateKey().bytes().empty());
  EXPECT_FALSE(KemPrivateKey().public_key());
}

TEST(SecretTest, moves_and_copies_by_name) {
  auto one = Secret::random(32);
  const auto copy = one.copy();
  Secret other = std::move(one);
  EXPECT_EQ(copy.text(), other.text());
  EXPECT_EQ(Secret::of("abc").text(), "abc");
  EXPECT_TRUE(Secret().empty());
  std::string text = "secret";
  wipe_text(text);
  EXPECT_TRUE(text.empty());
}

}  // namespace
}  // namespace cordon::crypto
