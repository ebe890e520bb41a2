#include "cordon/vault/release.h"

#include <sys/stat.h>

#include "cordon/vault/test_vault.h"
#include "cordon/wire/cbor.h"

namespace cordon::vault {
namespace {

struct ReleaseTest : testing::Test {
  crypto::KemPrivateKey auditor = *crypto::KemPrivateKey::generate();
  Release some{
      "incident 17",
      {{4, {1, 2}, {Bytes(32, 1), std::nullopt, {Bytes(32, 3), std::nullopt}}}, {9, {3}, {{}, Bytes(32, 2), {}}}}};

  std::string file() { return *release_keys(some, auditor.public_key()); }
};

TEST_F(ReleaseTest, the_auditor_gets_the_keys_with_the_records_they_belong_to) {
  const auto opened = open_release(as_bytes(file()), auditor);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->purpose, "incident 17");
  ASSERT_EQ(opened->records.size(), 2U);
  EXPECT_EQ(opened->records[0].index, 4U);
  EXPECT_EQ(opened->records[0].leaf, some.records[0].leaf);
  EXPECT_EQ(opened->records[0].keys.header, Bytes(32, 1));
  EXPECT_FALSE(opened->records[0].keys.analyst);
  EXPECT_EQ(opened->records[0].keys.personal[0], Bytes(32, 3));
  EXPECT_FALSE(opened->records[0].keys.personal[1]);
  EXPECT_EQ(opened->records[1].keys.analyst, Bytes(32, 2));
}

TEST_F(ReleaseTest, released_keys_open_their_record) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  some.records = {{0, {}, *test.vault->record_keys(as_bytes(entry), {.personal = false})}};
  const auto released = open_release(as_bytes(file()), auditor);
  ASSERT_TRUE(released);
  const auto opened = open_with(as_bytes(entry), released->records[0].keys);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->header, "who decided what");
  EXPECT_FALSE(opened->personal[0].payload);
}

TEST_F(ReleaseTest, keys_do_not_stand_in_the_file) {
  const auto bytes = file();
  EXPECT_FALSE(bytes.contains(std::string(16, '\x01')));
  EXPECT_NE(bytes, file());  // another encapsulation each time
}

TEST_F(ReleaseTest, another_auditor_is_told_that_it_is_not_his) {
  const auto other = crypto::KemPrivateKey::generate();
  EXPECT_EQ(open_release(as_bytes(file()), *other).error().kind, ErrorKind::permission);
}

TEST_F(ReleaseTest, every_altered_or_missing_byte_is_noticed) {
  const auto bytes = file();
  for (std::size_t i = 0; i < bytes.size(); i += 5) {
    auto altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(open_release(as_bytes(altered), auditor)) << i;
    EXPECT_FALSE(open_release(as_bytes(bytes).first(i), auditor)) << i;
  }
  EXPECT_FALSE(open_release(as_bytes(bytes + "x"), auditor));
}

TEST_F(ReleaseTest, a_release_has_a_purpose_and_bounds) {
  some.purpose.clear();
  EXPECT_EQ(release_keys(some, auditor.public_key()).error().kind, ErrorKind::invalid_input);
  some.purpose = "p";
  some.records.resize(kMostReleased + 1);
  EXPECT_EQ(release_keys(some, auditor.public_key()).error().kind, ErrorKind::invalid_input);
  EXPECT_FALSE(release_keys({"p", {}}, crypto::KemPublicKey()));
}

TEST(AuditorKeyTest, a_pair_is_two_files_and_the_private_one_is_the_owners) {
  const TemporaryFolder place;
  ASSERT_TRUE(make_auditor_key(place / "auditor"));
  struct stat status{};
  ASSERT_EQ(::stat((place / "auditor").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto key = read_auditor_key(place / "auditor");
  const auto public_key = read_auditor_public_key(place / "auditor.pub");
  ASSERT_TRUE(key && public_key);
  EXPECT_EQ(key->public_key().bytes(), public_key->bytes());
  EXPECT_EQ(make_auditor_key(place / "auditor").error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(read_auditor_key(place / "auditor.pub").error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(read_auditor_public_key(place / "auditor").error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(read_auditor_key(place / "gone").error().kind, ErrorKind::not_found);
  EXPECT_EQ(read_auditor_public_key(place / "gone").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace cordon::vault
