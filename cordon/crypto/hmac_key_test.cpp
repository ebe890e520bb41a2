#include "cordon/crypto/hmac_key.h"

#include <gtest/gtest.h>

#include "cordon/base/random.h"

namespace cordon::crypto {
namespace {

TEST(HmacKeyTest, gives_what_hmac_gives_for_keys_and_messages_of_every_length) {
  for (const auto key_size : std::initializer_list<std::size_t>{0, 1, 20, 32, 63, 64, 65, 131}) {
    Bytes key(key_size);
    fill_random(key);
    const HmacKey prepared(key);
    for (const auto size : std::initializer_list<std::size_t>{0, 1, 55, 56, 63, 64, 65, 200}) {
      Bytes message(size);
      fill_random(message);
      EXPECT_EQ(prepared.of(message), hmac_sha256(key, message)) << key_size << " " << size;
    }
  }
}

TEST(HmacKeyTest, parts_are_one_message) {
  const HmacKey key(as_bytes("Jefe"));
  EXPECT_EQ(key.of({as_bytes("what do ya want "), {}, as_bytes("for nothing?")}),
            hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")));
}

TEST(HmacKeyTest, a_copy_is_a_key_of_its_own) {
  HmacKey copy;
  {
    const HmacKey key(as_bytes("Jefe"));
    copy = key;
  }
  EXPECT_EQ(copy.of(as_bytes("x")), hmac_sha256(as_bytes("Jefe"), as_bytes("x")));
}

}  // namespace
}  // namespace cordon::crypto
