#include "cordon/witness/signing_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/transparency/witness_policy.h"

namespace cordon::witness {
namespace {

class SigningKeysTest : public testing::Test {
 protected:
  std::filesystem::path keys() const { return folder_ / "keys"; }
  void make() { ASSERT_TRUE(signing_keys(keys(), "witness.example/w1")); }
  TemporaryFolder folder_;
};

TEST_F(SigningKeysTest, AreMadeOnceAndFoundAgain) {
  EXPECT_FALSE(has_signing_keys(keys()));
  const auto made = signing_keys(keys(), "witness.example/w1");
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->size(), 2U);
  EXPECT_EQ((*made)[0].verifier().type, transparency::SignatureType::ed25519_cosignature);
  EXPECT_EQ((*made)[1].verifier().type, transparency::SignatureType::ml_dsa_44);
  EXPECT_TRUE(has_signing_keys(keys()));
  for (const auto& name : {"", "witness.example/w1"}) {
    const auto again = signing_keys(keys(), name);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ((*again)[0].verifier().text(), (*made)[0].verifier().text());
    EXPECT_EQ((*again)[1].verifier().text(), (*made)[1].verifier().text());
  }
  for (const auto* file : {"ed25519.pem", "mldsa44.pem"}) {
    struct stat status{};
    ASSERT_EQ(::stat((keys() / file).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
}

TEST_F(SigningKeysTest, AnInterruptedFirstStartIsFinished) {
  make();
  const auto ed25519 = read_file(keys() / "ed25519.pem").value();
  std::filesystem::remove(keys() / "mldsa44.pem");
  std::filesystem::remove(keys() / "vkeys");
  ASSERT_TRUE(signing_keys(keys(), "witness.example/w1"));
  EXPECT_EQ(read_file(keys() / "ed25519.pem").value(), ed25519);
}

TEST_F(SigningKeysTest, LostForeignAndOpenKeysAreRefused) {
  make();
  EXPECT_EQ(signing_keys(keys(), "witness.example/w2").error().kind, ErrorKind::invalid_input);
  std::filesystem::rename(keys() / "mldsa44.pem", keys() / "kept");
  EXPECT_FALSE(signing_keys(keys(), ""));  // not made anew
  std::filesystem::rename(keys() / "kept", keys() / "mldsa44.pem");
  ASSERT_EQ(::chmod((keys() / "mldsa44.pem").c_str(), 0640), 0);
  EXPECT_EQ(signing_keys(keys(), "").error().kind, ErrorKind::permission);
  ASSERT_EQ(::chmod((keys() / "mldsa44.pem").c_str(), 0600), 0);
  const auto whole = read_file(keys() / "ed25519.pem").value();
  ASSERT_TRUE(write_file(keys() / "ed25519.pem", "hello", 0600));
  EXPECT_FALSE(signing_keys(keys(), ""));
  ASSERT_TRUE(write_file(keys() / "ed25519.pem", read_file(keys() / "mldsa44.pem").value(), 0600));
  EXPECT_FALSE(signing_keys(keys(), ""));
  ASSERT_TRUE(
      write_file(keys() / "ed25519.pem", crypto::PrivateKey::generate(crypto::KeyKind::ed25519)->pem(), 0600));
  EXPECT_EQ(signing_keys(keys(), "").error().kind, ErrorKind::corrupt);  // another key than its vkeys say
  ASSERT_TRUE(write_file(keys() / "ed25519.pem", whole, 0600));
  EXPECT_TRUE(signing_keys(keys(), ""));
  ASSERT_TRUE(write_file(keys() / "name", "two words\n"));
  EXPECT_FALSE(signing_keys(keys(), ""));
}

TEST_F(SigningKeysTest, NeedANameAtFirstAndAFolderThatCanBeMade) {
  EXPECT_EQ(signing_keys(keys(), "").error().kind, ErrorKind::invalid_input);
  EXPECT_FALSE(signing_keys(keys(), "two words"));
  ASSERT_TRUE(write_file(folder_ / "file", ""));
  EXPECT_FALSE(signing_keys(folder_ / "file/keys", "w"));
}

TEST_F(SigningKeysTest, GiveLinesThatATrustPolicyTakes) {
  const auto made = signing_keys(keys(), "witness.example/w1").value();
  const auto policy =
      transparency::parse_trust_policy(trust_lines(made, "http://127.0.0.1:8091") + "quorum none\n", "trust");
  ASSERT_TRUE(policy) << policy.error().message;
  ASSERT_EQ(policy->witnesses.size(), 2U);
  EXPECT_EQ(policy->witnesses[0].name, "witness.example/w1.ed25519");
  EXPECT_EQ(policy->witnesses[1].url, "http://127.0.0.1:8091");
  EXPECT_TRUE(transparency::parse_trust_policy(trust_lines(made, "") + "quorum none\n", "trust"));
}

}  // namespace
}  // namespace cordon::witness
