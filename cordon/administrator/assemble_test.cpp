#include "cordon/administrator/assemble.h"

#include <gtest/gtest.h>

#include "cordon/administrator/test_sources.h"

namespace cordon::administrator {
namespace {

using namespace test;
using std::filesystem::perms;

constexpr WallTime kNow{std::chrono::seconds{1'790'000'000}};

TEST(SigningKey, IsMadeAtFirstStartAndReadAfterwards) {
  const TemporaryFolder folder;
  const auto made = signing_key(folder / "engine-key.pem");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->kind().value(), crypto::KeyKind::ed25519);
  EXPECT_EQ(std::filesystem::status(folder / "engine-key.pem").permissions(), perms::owner_read | perms::owner_write);
  EXPECT_EQ(read_file(folder / "engine-key.pub").value(), made->public_key().pem());
  const auto again = signing_key(folder / "engine-key.pem");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->pem(), made->pem());
}

TEST(SigningKey, GetsItsPublicHalfBack) {
  const TemporaryFolder folder;
  const auto made = signing_key(folder / "engine-key.pem").value();
  std::filesystem::remove(folder / "engine-key.pub");
  ASSERT_TRUE(signing_key(folder / "engine-key.pem"));
  EXPECT_EQ(read_file(folder / "engine-key.pub").value(), made.public_key().pem());
}

TEST(SigningKey, IsNeverReplacedWhenItCannotBeRead) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder / "engine-key.pem", "no key"));
  const auto broken = signing_key(folder / "engine-key.pem");
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().message.starts_with((folder / "engine-key.pem").string() + ": "))
      << broken.error().message;
  EXPECT_EQ(read_file(folder / "engine-key.pem").value(), "no key");

  const std::string long_text(1 << 17, 'x');  // readable, but not as a key
  ASSERT_TRUE(write_file(folder / "engine-key.pem", long_text));
  EXPECT_FALSE(signing_key(folder / "engine-key.pem"));
  EXPECT_EQ(read_file(folder / "engine-key.pem").value(), long_text);
}

TEST(SigningKey, NeedsAFolder) {
  const TemporaryFolder folder;
  EXPECT_FALSE(signing_key(folder / "missing/engine-key.pem"));
}

TEST(Assemble, MakesOneSnapshotOfBothFiles) {
  const TestSources files;
  const auto assembled = assemble(files.sources, 12, kNow, std::chrono::seconds(60));
  ASSERT_TRUE(assembled) << assembled.error().message;
  EXPECT_FALSE(assembled->bundle);
  EXPECT_EQ(assembled->policy_set_hash.size(), 64U);
  const auto* snapshot = &assembled->snapshot;
  EXPECT_EQ(snapshot->sequence, 12U);
  EXPECT_EQ(snapshot->issued, kNow);
  EXPECT_EQ(snapshot->expires, kNow + std::chrono::seconds(60));
  EXPECT_EQ(snapshot->policy, kPolicy);
  EXPECT_EQ(snapshot->policy_file, files.sources.policy);
  EXPECT_EQ(snapshot->inventory, kInventory);
  EXPECT_EQ(snapshot->inventory_file, files.sources.inventory);
}

TEST(Assemble, RefusesBothForAnErrorInEither) {
  const TestSources files;
  const auto error = [&] { return assemble(files.sources, 1, kNow, std::chrono::seconds(60)).error().message; };
  files.write_policy("permit (principal, action, resource)");
  EXPECT_TRUE(error().contains(files.sources.policy.string() + ":1:")) << error();
  files.write_policy(kPolicy);
  files.write_inventory("nfs:\n  - {type: AMF}\n");
  EXPECT_TRUE(error().contains(files.sources.inventory.string() + ":2")) << error();
}

TEST(Assemble, NamesAFileThatIsMissing) {
  const TestSources files;
  const auto without = [&](const std::filesystem::path& file) {
    std::filesystem::remove(file);
    return assemble(files.sources, 1, kNow, std::chrono::seconds(60));
  };
  const auto inventory = without(files.sources.inventory);
  ASSERT_FALSE(inventory);
  EXPECT_EQ(inventory.error().kind, ErrorKind::not_found);
  EXPECT_TRUE(inventory.error().message.contains("inventory.yaml"));
  const auto policy = without(files.sources.policy);
  ASSERT_FALSE(policy);
  EXPECT_TRUE(policy.error().message.contains("sbi.cedar"));
}

}  // namespace
}  // namespace cordon::administrator
