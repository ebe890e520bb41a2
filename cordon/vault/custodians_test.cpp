#include "cordon/vault/custodians.h"

#include "cordon/vault/test_vault.h"

namespace cordon::vault {
namespace {

struct CustodiansTest : testing::Test {
  TestVault test;
  Bytes first_key;  // of epoch 1

  void SetUp() override {
    first_key = test.vault->pseudonym_key();
    test.add_custodians();
    const auto rotated = test.vault->rotate();
    ASSERT_TRUE(rotated) << rotated.error().message;
  }
};

TEST_F(CustodiansTest, two_custodians_get_a_closed_epochs_key_back) {
  for (const auto& pair : {std::pair{"alice", "bob"}, std::pair{"carol", "alice"}}) {
    const auto key = pseudonym_key_of(*test.keys(), 1, approvals({pair.first, pair.second}));
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_TRUE(std::ranges::equal(key->view(), first_key));
  }
}

TEST_F(CustodiansTest, one_custodian_does_not_also_not_twice) {
  EXPECT_EQ(pseudonym_key_of(*test.keys(), 1, approvals({"alice"})).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(pseudonym_key_of(*test.keys(), 1, approvals({"alice", "alice"})).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(pseudonym_key_of(*test.keys(), 1, {}).error().kind, ErrorKind::invalid_input);
}

TEST_F(CustodiansTest, a_wrong_passphrase_and_a_stranger_are_named) {
  auto wrong = approvals({"alice", "bob"});
  wrong[1].passphrase = crypto::Secret::of("not bob's passphrase");
  const auto refused = pseudonym_key_of(*test.keys(), 1, wrong);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::permission);
  EXPECT_NE(refused.error().message.find("'bob'"), std::string::npos);
  EXPECT_EQ(refused.error().message.find("not bob's"), std::string::npos);
  EXPECT_EQ(pseudonym_key_of(*test.keys(), 1, approvals({"alice", "mallory"})).error().kind,
            ErrorKind::invalid_input);
}

TEST_F(CustodiansTest, the_running_epochs_key_needs_nobody_and_an_unknown_epoch_is_not_found) {
  const auto key = pseudonym_key_of(*test.keys(), 2, {});
  ASSERT_TRUE(key);
  EXPECT_TRUE(std::ranges::equal(key->view(), test.vault->pseudonym_key()));
  EXPECT_EQ(pseudonym_key_of(*test.keys(), 3, {}).error().kind, ErrorKind::not_found);
}

TEST_F(CustodiansTest, no_file_keeps_the_closed_epochs_key_for_the_root_key_alone) {
  const auto epochs = read_epochs(*test.keys());
  ASSERT_TRUE(epochs);
  EXPECT_TRUE((*epochs)[0].pseudonym.empty());
  EXPECT_EQ((*epochs)[0].shares.size(), 3U);
  EXPECT_FALSE((*epochs)[0].closed.empty());
}

TEST_F(CustodiansTest, one_who_came_later_has_no_share_until_they_are_dealt_anew) {
  const auto keys = test.keys();
  ASSERT_TRUE(add_custodian(*keys, "dave", "passphrase of dave", kFastArgon2));
  EXPECT_EQ(pseudonym_key_of(*keys, 1, approvals({"alice", "dave"})).error().kind, ErrorKind::permission);
  EXPECT_FALSE(share_anew(*keys, approvals({"alice"})));
  const auto shared = share_anew(*keys, approvals({"alice", "bob"}));
  ASSERT_TRUE(shared) << shared.error().message;
  const auto key = pseudonym_key_of(*keys, 1, approvals({"carol", "dave"}));
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_TRUE(std::ranges::equal(key->view(), first_key));
}

TEST_F(CustodiansTest, one_who_went_is_no_custodian_and_two_must_stay) {
  const auto keys = test.keys();
  ASSERT_TRUE(remove_custodian(*keys, "carol"));
  EXPECT_EQ(custodian_names(*keys), (std::vector<std::string>{"alice", "bob"}));
  EXPECT_FALSE(pseudonym_key_of(*keys, 1, approvals({"alice", "carol"})));
  EXPECT_EQ(remove_custodian(*keys, "bob").error().kind, ErrorKind::permission);
  EXPECT_EQ(remove_custodian(*keys, "carol").error().kind, ErrorKind::not_found);
}

TEST_F(CustodiansTest, what_would_be_refused_is_known_before) {
  const auto keys = test.keys();
  for (const auto& [name, passphrase] : {std::pair{"alice", "a long passphrase"}, {"dave", "short"}}) {
    const auto said = check_new_custodian(*keys, name, passphrase);
    ASSERT_FALSE(said) << name;
    EXPECT_EQ(said.error().message, add_custodian(*keys, name, passphrase, kFastArgon2).error().message);
  }
  EXPECT_TRUE(check_new_custodian(*keys, "dave", "a long passphrase"));
  EXPECT_EQ(check_leaving_custodian(*keys, "dave").error().kind, ErrorKind::not_found);
  EXPECT_TRUE(check_leaving_custodian(*keys, "carol"));
  ASSERT_TRUE(remove_custodian(*keys, "carol"));
  EXPECT_EQ(check_leaving_custodian(*keys, "bob").error().kind, ErrorKind::permission);
}

TEST_F(CustodiansTest, names_and_passphrases_must_be_fit) {
  const auto keys = test.keys();
  EXPECT_EQ(add_custodian(*keys, "alice", "passphrase", kFastArgon2).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(add_custodian(*keys, "", "passphrase", kFastArgon2).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(add_custodian(*keys, "a b", "passphrase", kFastArgon2).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(add_custodian(*keys, "erin", "short", kFastArgon2).error().kind, ErrorKind::invalid_input);
}

TEST_F(CustodiansTest, no_more_than_thirty_two) {
  const auto keys = test.keys();
  for (int i = 3; i < 32; ++i) ASSERT_TRUE(add_custodian(*keys, std::format("c{}", i), "passphrase", kFastArgon2));
  EXPECT_EQ(add_custodian(*keys, "late", "passphrase", kFastArgon2).error().kind, ErrorKind::invalid_input);
}

}  // namespace
}  // namespace cordon::vault
