// A whole log as the product has it, in a folder: keys, journal, tiles, records. For tests of the room as a whole.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/evidence/keeper.h"
#include "cordon/evidence/reader.h"

namespace cordon::evidence {

inline constexpr std::string_view kTestOrigin = "cordon.invalid/evidence";

inline std::unique_ptr<vault::Vault> test_vault(const std::filesystem::path& state, const Clock& clock) {
  const vault::RootKey root = vault::KeyFile{state / "vault-key"};
  auto vault = std::filesystem::exists(state / "vault") ? vault::Vault::open(state / "vault", root, clock)
                                                        : vault::Vault::create(state / "vault", root, clock);
  EXPECT_TRUE(vault) << vault.error().message;
  return vault ? std::move(*vault) : nullptr;
}

// The parts of a writer, opened as the writer's process opens them.
inline KeeperParts folder_parts(const std::filesystem::path& state, vault::Vault& vault, const Clock& clock,
                                journal::JournalOptions wal = {}, bool own_thread = false) {
  const journal::LogFolder folder{state / "evidence"};
  EXPECT_TRUE(make_folder(folder.root));
  auto signer = journal::log_signer(folder, std::string(kTestOrigin)).value();
  const auto disk = journal::open_disk(folder.root).value();
  const auto published = journal::published_size(*disk, signer).value();
  KeeperParts parts;
  auto journal = journal::Journal::open(disk, published, wal);
  EXPECT_TRUE(journal) << journal.error().message;
  parts.journal = std::move(*journal);
  journal::PublisherOptions options;
  options.origin = kTestOrigin;
  options.own_thread = own_thread;
  auto publisher = journal::Publisher::start(folder, std::move(signer), clock, options);
  EXPECT_TRUE(publisher) << publisher.error().message;
  parts.publisher = std::move(*publisher);
  parts.sealing = std::make_unique<VaultSealing>(vault);
  return parts;
}

class FolderTest : public testing::Test {
 protected:
  // Begins, or begins again after close().
  void open(journal::JournalOptions wal = {}) {
    vault = test_vault(state.path(), clock);
    auto parts = folder_parts(state.path(), *vault, clock, wal);
    publisher = parts.publisher.get();
    auto positions = records().spool_positions();
    ASSERT_TRUE(positions) << positions.error().message;
    keeper.emplace(clock, std::move(parts), std::move(*positions), KeeperOptions{});
    ASSERT_TRUE(keeper->begin());
  }
  void close() {
    keeper.reset();
    vault.reset();
  }
  Records records(vault::Groups groups = {}) const { return Records(folder(), vault.get(), groups); }
  journal::LogFolder folder() const { return {state / "evidence"}; }
  void keep(const std::vector<Record>& some) {
    for (const auto& answer : keeper->keep(some)) ASSERT_TRUE(answer) << answer.error().message;
  }

  TemporaryFolder state;
  ManualClock clock;
  std::unique_ptr<vault::Vault> vault;
  std::optional<Keeper> keeper;
  journal::Publisher* publisher = nullptr;  // of the keeper
};

}  // namespace cordon::evidence
