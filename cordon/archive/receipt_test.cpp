#include "cordon/archive/receipt.h"

#include "cordon/archive/test_log.h"

namespace cordon::archive {

namespace {

TEST(Receipt, InCoseStandsAlone) {
  const TestLog made(600);
  const auto receipt = cose_receipt(made.reader(), 300, test_keys().post_quantum);
  ASSERT_TRUE(receipt) << receipt.error().message;
  const auto entry = made.entry(300);
  const auto verdict = check_receipt(as_text(*receipt), as_bytes(entry), test_keys().trust());
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->origin, kTestOrigin);
  EXPECT_EQ(verdict->index, 300U);
  EXPECT_EQ(verdict->size, 600U);
  EXPECT_TRUE(verdict->witnessed);
  EXPECT_FALSE(check_receipt(as_text(*receipt), as_bytes("other"), test_keys().trust()));
  EXPECT_FALSE(check_receipt(as_text(*receipt), as_bytes(entry), other_keys().trust()));
  EXPECT_FALSE(check_receipt(as_text(*receipt), as_bytes(entry), test_keys().trust("another.log")));
  EXPECT_FALSE(check_receipt(as_text(*receipt), as_bytes(entry), {}));
  EXPECT_FALSE(cose_receipt(made.reader(), 600, test_keys().post_quantum));
}

TEST(Receipt, AsLogProofStandsAlone) {
  const TestLog made(600);
  const auto text = made.reader().receipt(300)->text();
  const auto entry = made.entry(300);
  const auto verdict = check_receipt(text, as_bytes(entry), test_keys().trust());
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->index, 300U);
  EXPECT_TRUE(verdict->witnessed);
  EXPECT_FALSE(check_receipt(text, as_bytes("other"), test_keys().trust()));
  EXPECT_FALSE(check_receipt(text.substr(0, 60), as_bytes(entry), test_keys().trust()));
  EXPECT_FALSE(check_receipt(std::string(300'000, 'x'), as_bytes(entry), test_keys().trust()));
}

TEST(Receipt, IsSignedWithTheLogsKey) {
  TestFolder folder;
  const auto key = read_receipt_key(folder.log);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_key().pem(), test_keys().post_quantum.public_key().pem());
  std::filesystem::remove(folder.log.keys() / "mldsa44.pem");
  EXPECT_FALSE(read_receipt_key(folder.log));
}

}  // namespace

}  // namespace cordon::archive
