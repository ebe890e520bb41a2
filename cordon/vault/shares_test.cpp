#include "cordon/vault/shares.h"

#include <gtest/gtest.h>

namespace cordon::vault {
namespace {

KeyShare copy(const KeyShare& share) { return {share.x, share.y.copy()}; }

std::string joined(const std::vector<KeyShare>& shares, std::initializer_list<std::size_t> which) {
  std::vector<KeyShare> chosen;
  for (const auto i : which) chosen.push_back(copy(shares[i]));
  const auto key = join_key(chosen);
  return key ? std::string(key->text()) : key.error().message;
}

TEST(SharesTest, any_two_of_five_give_the_key_back) {
  const auto key = crypto::Secret::random(32);
  const auto shares = split_key(key.view(), 2, 5);
  ASSERT_EQ(shares.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 5; ++j) {
      if (i == j) continue;
      EXPECT_EQ(joined(shares, {i, j}), key.text());
    }
    EXPECT_NE(joined(shares, {i}), key.text());
  }
  EXPECT_EQ(joined(shares, {0, 2, 4}), key.text());
}

TEST(SharesTest, three_are_needed_where_three_were_asked_for) {
  const auto key = crypto::Secret::random(16);
  const auto shares = split_key(key.view(), 3, 4);
  EXPECT_EQ(joined(shares, {3, 1, 0}), key.text());
  EXPECT_NE(joined(shares, {3, 1}), key.text());
}

// f(x) = 0x2a + 0x57 x over GF(256): 0x57 * 2 = 0xae, 0x57 * 3 = 0xf9, 0x57 * 0x83 = 0xc1 (FIPS 197 4.2).
TEST(SharesTest, arithmetic_is_that_of_aes) {
  const auto share = [](std::uint8_t x, std::uint8_t y) { return KeyShare{x, crypto::Secret(Bytes{y})}; };
  std::vector<KeyShare> shares;
  shares.push_back(share(2, 0x2a ^ 0xae));
  shares.push_back(share(3, 0x2a ^ 0xf9));
  shares.push_back(share(0x83, 0x2a ^ 0xc1));
  EXPECT_EQ(joined(shares, {0, 1}), "*");
  EXPECT_EQ(joined(shares, {0, 2}), "*");
  EXPECT_EQ(joined(shares, {1, 2}), "*");
}

TEST(SharesTest, shares_that_cannot_belong_together_are_refused) {
  EXPECT_EQ(join_key({}).error().kind, ErrorKind::corrupt);
  std::vector<KeyShare> shares;
  shares.push_back({1, crypto::Secret(4)});
  shares.push_back({1, crypto::Secret(4)});
  EXPECT_FALSE(join_key(shares));
  shares[1].x = 0;
  EXPECT_FALSE(join_key(shares));
  shares[1] = {2, crypto::Secret(5)};
  EXPECT_FALSE(join_key(shares));
}

}  // namespace
}  // namespace cordon::vault
