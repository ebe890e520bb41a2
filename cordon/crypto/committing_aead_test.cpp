#include "cordon/crypto/committing_aead.h"

#include <gtest/gtest.h>

#include <openssl/evp.h>

#include "cordon/base/random.h"

namespace cordon::crypto {
namespace {

Bytes random_bytes(std::size_t size) {
  Bytes out(size);
  fill_random(out);
  return out;
}

struct CommittingAeadTest : testing::Test {
  Bytes key = random_bytes(32);
  Bytes nonce = random_bytes(12);
  CommittingAead aead;

  std::string sealed(std::string_view plain, std::string_view associated = "about") {
    std::string out;
    EXPECT_TRUE(aead.seal(key, nonce, {as_bytes(associated)}, as_bytes(plain), out));
    return out;
  }
  Result<std::string> opened(std::string_view bytes, std::string_view associated = "about") {
    return aead.open(key, nonce, {as_bytes(associated)}, as_bytes(bytes));
  }
};

TEST_F(CommittingAeadTest, what_was_sealed_opens) {
  for (const auto size : std::initializer_list<std::size_t>{0, 1, 31, 32, 33, 500, 70'000}) {
    const std::string plain(size, 'x');
    const auto bytes = sealed(plain);
    EXPECT_EQ(bytes.size(), size + kCommittingOverhead);
    EXPECT_EQ(opened(bytes), plain);
  }
}

TEST_F(CommittingAeadTest, sealing_appends_and_leaves_what_is_there) {
  std::string out = "before";
  ASSERT_TRUE(aead.seal(key, nonce, {}, as_bytes("text"), out));
  EXPECT_TRUE(out.starts_with("before"));
  EXPECT_EQ(aead.open(key, nonce, {}, as_bytes(std::string_view(out).substr(6))), "text");
}

TEST_F(CommittingAeadTest, parts_of_associated_data_are_one_text) {
  std::string out;
  ASSERT_TRUE(aead.seal(key, nonce, {as_bytes("ab"), as_bytes("out")}, as_bytes("text"), out));
  EXPECT_EQ(opened(out), "text");
}

TEST_F(CommittingAeadTest, every_altered_byte_is_found) {
  const auto bytes = sealed("short");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    const auto result = opened(altered);
    ASSERT_FALSE(result) << i;
    EXPECT_EQ(result.error().kind, ErrorKind::corrupt);
  }
  EXPECT_FALSE(opened(bytes.substr(0, bytes.size() - 1)));
  EXPECT_FALSE(opened(bytes.substr(0, 47)));
  EXPECT_FALSE(opened(bytes, "about something else"));
  EXPECT_EQ(opened(bytes), "short");  // a failure leaves nothing behind
}

TEST_F(CommittingAeadTest, wrong_sizes_are_named) {
  std::string out;
  EXPECT_EQ(aead.seal(random_bytes(16), nonce, {}, {}, out).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(aead.seal(key, random_bytes(8), {}, {}, out).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(aead.open(random_bytes(31), nonce, {}, {}).error().kind, ErrorKind::invalid_input);
  EXPECT_TRUE(out.empty());
}

// === Two plaintexts for one record

// Arithmetic of GHASH (SP 800-38D 6.3): polynomials over GF(2), the first bit the coefficient of x^0.
using Block = std::array<std::uint8_t, 16>;

Block operator^(const Block& a, const Block& b) {
  Block out;
  for (std::size_t i = 0; i < 16; ++i) out[i] = static_cast<std::uint8_t>(a[i] ^ b[i]);
  return out;
}

Block times(const Block& x, Block v) {
  Block z{};
  for (std::size_t i = 0; i < 128; ++i) {
    if ((x[i / 8] >> (7 - i % 8) & 1) != 0) z = z ^ v;
    const bool low = (v[15] & 1) != 0;
    for (std::size_t j = 16; j-- > 0;) {
      v[j] = static_cast<std::uint8_t>(v[j] >> 1 | (j > 0 ? (v[j - 1] & 1) << 7 : 0));
    }
    if (low) v[0] ^= 0xe1;
  }
  return z;
}

Block inverse(const Block& a) {  // a to the 2^128 - 2
  Block result{};
  result[0] = 0x80;  // one
  Block power = a;
  for (int i = 1; i < 128; ++i) {
    power = times(power, power);
    result = times(result, power);
  }
  return result;
}

Block aes(BytesView key, const Block& in) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  Block out{};
  int size = 0;
  EVP_EncryptInit_ex(context, EVP_aes_256_ecb(), nullptr, key.data(), nullptr);
  EVP_CIPHER_CTX_set_padding(context, 0);
  EVP_EncryptUpdate(context, out.data(), &size, in.data(), 16);
  EVP_CIPHER_CTX_free(context);
  return out;
}

Block counter(BytesView nonce, std::uint8_t value) {
  Block out{};
  std::ranges::copy(nonce, out.begin());
  out[15] = value;
  return out;
}

// GHASH of the blocks and of one more that is still unknown (taken as zero here), with the length of them all.
Block ghash(const Block& h, const std::vector<Block>& blocks) {
  Block sum{};
  for (const auto& block : blocks) sum = times(sum ^ block, h);
  sum = times(sum, h);
  Block length{};
  length[14] = static_cast<std::uint8_t>((blocks.size() + 1) * 128 / 256);
  length[15] = static_cast<std::uint8_t>((blocks.size() + 1) * 128 % 256);
  return times(sum ^ length, h);
}

// The last block enters the tag as block * H^2, so for any beginning there is one last block for which two keys give
// one tag ("invisible salamanders", Dodis et al. 2019/016). Ciphertext and tag.
Bytes salamander(BytesView one, BytesView two, BytesView nonce, const std::vector<Block>& beginning) {
  const auto h1 = aes(one, Block{});
  const auto h2 = aes(two, Block{});
  const auto rest1 = ghash(h1, beginning) ^ aes(one, counter(nonce, 1));
  const auto rest2 = ghash(h2, beginning) ^ aes(two, counter(nonce, 1));
  const auto last = times(rest1 ^ rest2, inverse(times(h1, h1) ^ times(h2, h2)));
  const auto tag = rest1 ^ times(last, times(h1, h1));
  Bytes out;
  for (const auto& block : beginning) out.insert(out.end(), block.begin(), block.end());
  out.insert(out.end(), last.begin(), last.end());
  out.insert(out.end(), tag.begin(), tag.end());
  return out;
}

TEST_F(CommittingAeadTest, a_ciphertext_crafted_for_two_keys_opens_under_both_in_plain_gcm_and_here_under_one_only) {
  const auto other = random_bytes(32);
  Block wanted{};
  std::ranges::copy(std::string_view("permit: nothing "), wanted.begin());
  // The forger holds both keys and makes the commitment right for the first: two blocks that decrypt to zeros.
  const std::vector<Block> beginning = {aes(key, counter(nonce, 2)), aes(key, counter(nonce, 3)),
                                        wanted ^ aes(key, counter(nonce, 4))};
  const auto crafted = salamander(key, other, nonce, beginning);

  const auto first = open(Aead::aes_256_gcm, key, nonce, crafted, {});
  const auto second = open(Aead::aes_256_gcm, other, nonce, crafted, {});
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(second) << second.error().message;  // the attack works: two keys, two texts, both "genuine"
  EXPECT_NE(*first, *second);

  const auto committed = aead.open(key, nonce, {}, crafted);
  ASSERT_TRUE(committed);
  EXPECT_TRUE(committed->starts_with("permit: nothing "));
  const auto refused = aead.open(other, nonce, {}, crafted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace cordon::crypto
