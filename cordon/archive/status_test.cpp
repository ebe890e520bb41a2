#include "cordon/archive/status.h"

#include "cordon/archive/test_log.h"

namespace cordon::archive {

namespace {

TEST(Status, TellsHowALogStands) {
  TestFolder folder;
  const ManualClock clock(test_time());
  TestLog(1500).save(folder.log.open_part());
  make_folder(folder.log.wal()).value();
  write_file(folder.log.wal() / "wal-0", "12345").value();
  ASSERT_TRUE(declare_retention(folder.reader(), test_keys().signer(), {.keep_entries = 700}, clock));
  ASSERT_TRUE(prune(folder.reader(), test_keys().signer(), clock));
  const auto status = status_of(folder.reader(), test_keys().trust());
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->checkpoint.size, 1500U);
  EXPECT_EQ(status->signed_at, test_time());
  EXPECT_FALSE(status->signatures);
  EXPECT_FALSE(status->quorum_demanded);
  EXPECT_EQ(status->oldest, 768U);
  EXPECT_EQ(status->shards.size(), 1U);
  EXPECT_EQ(status->waiting_bytes, 5U);
  EXPECT_GT(status->free_bytes.value_or(0), 0U);
  EXPECT_TRUE(status->writable);
}

TEST(Status, TellsThatNobodyTrustedSigned) {
  auto made = TestLog(5);
  made.note.signatures.push_back({"witness.example", 7, Bytes(72)});
  made.files["checkpoint"] = made.note.whole();
  const auto status = status_of(made.reader(), other_keys().trust());
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->signatures);
  EXPECT_EQ(status->cosigners, std::vector<std::string>{"witness.example"});
  EXPECT_FALSE(status->free_bytes);
  EXPECT_TRUE(status_of(made.reader(), test_keys().trust("other"))->signatures);
}

TEST(Status, FailsWhereALogsOwnStatementsDoNotHold) {
  auto made = TestLog(5);
  made.files[std::string(kRetentionFile)] = "nonsense";
  EXPECT_FALSE(status_of(made.reader(), std::nullopt));
  made.files.erase(std::string(kRetentionFile));
  made.files["closed"] = "nonsense";
  EXPECT_FALSE(status_of(made.reader(), std::nullopt));
}

}  // namespace

}  // namespace cordon::archive
