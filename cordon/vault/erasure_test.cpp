#include "cordon/vault/erasure.h"

#include <algorithm>

#include "cordon/base/file.h"
#include "cordon/vault/backup.h"
#include "cordon/vault/test_vault.h"

namespace cordon::vault {
namespace {

// The secrets of one subject: every row of it, and the key in it.
std::vector<std::string> secrets_of(const TestVault& test, std::string_view subject,
                                    std::span<const Approval> consent = {}) {
  const auto keys = test.keys();
  const auto rows = rows_of(*keys, subject, consent);
  const auto epochs = read_epochs(*keys);
  EXPECT_TRUE(rows && epochs);
  std::vector<std::string> out;
  for (const auto& row : *rows) {
    const auto& epoch = (*epochs)[row.epoch - 1];
    EXPECT_TRUE(scan_rows(table_path(*keys, row.epoch), row.epoch, 0, [&](std::uint64_t, BytesView bytes) {
      if (id_of(bytes) != row.row) return;
      out.emplace_back(as_text(bytes.subspan(12)));
      out.emplace_back(key_in_row(bytes, epoch.table.view())->text());
    }));
  }
  EXPECT_EQ(out.size(), 2 * rows->size());
  return out;
}

// How many files below the folder hold any of the secrets, raw, in hexadecimal or base64, or a quarter of one.
std::size_t files_with(const std::filesystem::path& folder, const std::vector<std::string>& secrets) {
  std::size_t count = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    const auto content = *read_file(file.path());
    const bool holds = std::ranges::any_of(secrets, [&](const std::string& secret) {
      const auto bytes = as_bytes(secret);
      const auto quarter = secret.substr(secret.size() / 4, secret.size() / 4);
      return content.contains(quarter) || content.contains(to_hex(bytes)) || content.contains(to_base64(bytes));
    });
    count += holds ? 1 : 0;
  }
  return count;
}

std::optional<std::string> personal(const Vault& vault, std::string_view entry) {
  const auto opened = vault.open(as_bytes(entry), {});
  EXPECT_TRUE(opened) << opened.error().message;
  if (opened->personal[0].erased) return "erased";
  return opened->personal[0].payload;
}

TEST(ErasureTest, after_it_no_file_of_vault_and_backups_has_the_key_and_others_are_untouched) {
  const TestVault test;
  const auto gone = test.kept(about(kSubject));
  const auto stays = test.kept(about(kOtherSubject));
  const auto keys = test.keys();
  ASSERT_TRUE(backup_to(*keys, test.place / "backup-1"));
  ASSERT_TRUE(backup_to(*keys, test.place / "backup-2"));
  const auto secrets = secrets_of(test, kSubject);
  EXPECT_EQ(files_with(test.place.path(), secrets), 3U);  // one file each: vault and two backups

  const auto forgotten = forget(*keys, kSubject, {});
  ASSERT_TRUE(forgotten) << forgotten.error().message;
  ASSERT_EQ(forgotten->rows.size(), 1U);
  EXPECT_EQ(forgotten->rows[0].pseudonym, test.vault->pseudonym(kSubject));
  EXPECT_TRUE(forgotten->pending.empty());
  EXPECT_EQ(files_with(test.place.path(), secrets), 0U);

  const auto later = test.another();
  for (const auto* vault : {test.vault.get(), later.get()}) {
    EXPECT_EQ(personal(*vault, gone), "erased");
    EXPECT_EQ(personal(*vault, stays), "the identifier");
    EXPECT_EQ(vault->open(as_bytes(gone), {})->header, "who decided what");
    EXPECT_FALSE(vault->record_keys(as_bytes(gone), {})->personal[0]);
  }
}

TEST(ErasureTest, a_writer_that_is_running_forgets_too_and_gives_the_subject_a_new_key) {
  const TestVault test;
  const auto before = test.kept(about(kSubject));
  ASSERT_TRUE(forget(*test.keys(), kSubject, {}));
  const auto after = test.kept(about(kSubject));
  EXPECT_EQ(personal(*test.vault, before), "erased");
  EXPECT_EQ(personal(*test.vault, after), "the identifier");
  EXPECT_EQ(personal(*test.another(), after), "the identifier");
  // Also told right to a reader who may not see identifiers.
  const Groups header{.header = true, .analyst = false, .personal = false};
  EXPECT_TRUE(test.vault->open(as_bytes(before), header)->personal[0].erased);
  EXPECT_FALSE(test.vault->open(as_bytes(after), header)->personal[0].erased);
  ASSERT_TRUE(forget(*test.keys(), kSubject, {}));
  EXPECT_EQ(personal(*test.vault, after), "erased");
}

TEST(ErasureTest, keys_released_before_do_not_come_back_and_those_of_others_stay_durable) {
  const TestVault test;
  static_cast<void>(test.kept(about(kSubject)));
  std::string pending;
  ASSERT_TRUE(test.vault->seal(about(kOtherSubject), pending));  // not durable while another process erases
  ASSERT_TRUE(forget(*test.keys(), kSubject, {}));
  ASSERT_TRUE(test.vault->sync());
  EXPECT_EQ(personal(*test.another(), pending), "the identifier");
}

TEST(ErasureTest, reaches_closed_epochs_with_two_custodians_only) {
  const TestVault test;
  test.add_custodians();
  const auto old = test.kept(about(kSubject));
  ASSERT_TRUE(test.vault->rotate());
  const auto fresh = test.kept(about(kSubject));
  const auto keys = test.keys();
  const auto refused = forget(*keys, kSubject, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("--approve"), std::string::npos);
  EXPECT_EQ(personal(*test.vault, fresh), "the identifier");  // nothing half done

  const auto secrets = secrets_of(test, kSubject, approvals({"alice", "bob"}));
  EXPECT_EQ(secrets.size(), 4U);
  const auto forgotten = forget(*keys, kSubject, approvals({"alice", "bob"}));
  ASSERT_TRUE(forgotten) << forgotten.error().message;
  EXPECT_EQ(forgotten->rows.size(), 2U);
  EXPECT_NE(forgotten->rows[0].pseudonym, forgotten->rows[1].pseudonym);
  EXPECT_EQ(files_with(test.place.path(), secrets), 0U);
  EXPECT_EQ(personal(*test.vault, old), "erased");
  EXPECT_EQ(personal(*test.vault, fresh), "erased");
}

TEST(ErasureTest, a_closed_epoch_without_subjects_needs_no_custodian) {
  const TestVault test;
  test.add_custodians();
  ASSERT_TRUE(test.vault->rotate());
  static_cast<void>(test.kept(about(kSubject)));
  EXPECT_TRUE(forget(*test.keys(), kSubject, {}));
}

TEST(ErasureTest, a_legal_hold_keeps_a_subject_until_it_is_released) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  const auto keys = test.keys();
  ASSERT_TRUE(hold(*keys, kSubject));
  EXPECT_EQ(is_held(*test.keys(), kSubject), true);
  EXPECT_EQ(is_held(*keys, kOtherSubject), false);
  EXPECT_EQ(forget(*keys, kSubject, {}).error().kind, ErrorKind::permission);
  EXPECT_EQ(personal(*test.vault, entry), "the identifier");
  EXPECT_EQ(read_file(test.folder / "holds")->find(kSubject), std::string::npos);
  ASSERT_TRUE(release_hold(*keys, kSubject));
  EXPECT_EQ(release_hold(*keys, kSubject).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(forget(*keys, kSubject, {}));
}

TEST(ErasureTest, a_subject_nobody_knows_is_not_found) {
  const TestVault test;
  static_cast<void>(test.kept(about(kSubject)));
  EXPECT_EQ(forget(*test.keys(), kOtherSubject, {}).error().kind, ErrorKind::not_found);
}

TEST(ErasureTest, one_that_was_interrupted_is_finished_at_the_next_opening) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  const auto keys = test.keys();
  ASSERT_TRUE(backup_to(*keys, test.place / "backup"));
  const auto secrets = secrets_of(test, kSubject);
  // As far as forget() comes before the first row is overwritten.
  Erased erased{.destroying = true, .destructions = 1, .rows = *rows_of(*keys, kSubject, {})};
  ASSERT_TRUE(write_erased(*keys, erased));
  EXPECT_EQ(files_with(test.place.path(), secrets), 2U);
  const auto vault = test.another();
  EXPECT_EQ(files_with(test.place.path(), secrets), 0U);
  EXPECT_EQ(personal(*vault, entry), "erased");
  EXPECT_FALSE(read_erased(*keys)->destroying);
}

TEST(ErasureTest, what_a_tombstone_names_is_read_back) {
  const ErasedRow row{3, {1, 2, 3}, {4, 5}};
  EXPECT_EQ(row.text(), "3:p:01020300000000000000:0405000000000000");
  EXPECT_EQ(parse_erased_row(row.text()), row);
  for (const std::string_view text : {"", "3:p:01020300000000000000", "x:p:01020300000000000000:0405000000000000",
                                      "3:q:01020300000000000000:0405000000000000", "3:p:0102:0405000000000000",
                                      "3:p:01020300000000000000:04", "-1:p:01020300000000000000:0405000000000000"}) {
    EXPECT_FALSE(parse_erased_row(text)) << text;
  }
}

// === Backups

TEST(BackupTest, one_that_cannot_be_reached_is_named_and_stays_pending_until_it_was) {
  const TestVault test;
  static_cast<void>(test.kept(about(kSubject)));
  const auto keys = test.keys();
  ASSERT_TRUE(backup_to(*keys, test.place / "tape"));
  const auto secrets = secrets_of(test, kSubject);
  std::filesystem::rename(test.place / "tape", test.place / "elsewhere");

  const auto forgotten = forget(*keys, kSubject, {});
  ASSERT_TRUE(forgotten);
  ASSERT_EQ(forgotten->pending.size(), 1U);
  EXPECT_NE(forgotten->pending[0].find("tape"), std::string::npos);
  EXPECT_TRUE(backups(*keys)->at(0).pending);
  EXPECT_EQ(files_with(test.place.path(), secrets), 1U);

  EXPECT_EQ(retry_backups(*keys)->size(), 1U);
  std::filesystem::rename(test.place / "elsewhere", test.place / "tape");
  EXPECT_TRUE(retry_backups(*keys)->empty());
  EXPECT_FALSE(backups(*keys)->at(0).pending);
  EXPECT_EQ(files_with(test.place.path(), secrets), 0U);
}

TEST(BackupTest, a_folder_that_is_another_vaults_is_not_touched) {
  const TestVault test;
  const TestVault other;
  static_cast<void>(test.kept(about(kSubject)));
  const auto keys = test.keys();
  ASSERT_TRUE(backup_to(*keys, test.place / "backup"));
  std::filesystem::remove_all(test.place / "backup");
  std::filesystem::copy(other.folder, test.place / "backup");
  const auto forgotten = forget(*keys, kSubject, {});
  ASSERT_TRUE(forgotten);
  EXPECT_EQ(forgotten->pending.size(), 1U);
  EXPECT_TRUE(KeyFolder::open(test.place / "backup", other.root));
}

TEST(BackupTest, a_rotation_takes_the_closed_epochs_key_out_of_the_backups) {
  const TestVault test;
  test.add_custodians();
  static_cast<void>(test.kept(about(kSubject)));
  ASSERT_TRUE(backup_to(*test.keys(), test.place / "backup"));
  ASSERT_TRUE(test.vault->rotate());
  const auto copy = KeyFolder::open(test.place / "backup", test.root);
  ASSERT_TRUE(copy) << copy.error().message;
  const auto epochs = read_epochs(**copy);
  ASSERT_TRUE(epochs);
  EXPECT_TRUE((*epochs)[0].pseudonym.empty());
  EXPECT_FALSE(backups(*test.keys())->at(0).pending);
}

TEST(BackupTest, a_restored_vault_opens_records_and_seals_new_ones) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  ASSERT_TRUE(backup_to(*test.keys(), test.place / "backup"));
  const auto restored = restore_vault(test.place / "backup", test.place / "restored", test.root, {});
  ASSERT_TRUE(restored) << restored.error().message;
  const auto vault = Vault::open(test.place / "restored", test.root, test.clock);
  ASSERT_TRUE(vault) << vault.error().message;
  EXPECT_EQ(personal(**vault, entry), "the identifier");
  std::string fresh;
  ASSERT_TRUE((*vault)->seal(about(kSubject), fresh));
  EXPECT_EQ(personal(**vault, fresh), "the identifier");
}

TEST(BackupTest, what_was_erased_since_is_not_brought_back) {
  const TestVault test;
  const auto entry = test.kept(about(kSubject));
  const auto keys = test.keys();
  ASSERT_TRUE(backup_to(*keys, test.place / "tape"));
  const auto secrets = secrets_of(test, kSubject);
  std::filesystem::rename(test.place / "tape", test.place / "elsewhere");  // not reached by the erasure
  const auto forgotten = forget(*keys, kSubject, {});
  ASSERT_TRUE(forgotten);
  const auto restored = restore_vault(test.place / "elsewhere", test.place / "restored", test.root, forgotten->rows);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(files_with(test.place / "restored", secrets), 0U);
  // The backup forgets too, and stays registered under the name it has now.
  EXPECT_TRUE(restored->empty());
  EXPECT_EQ(files_with(test.place / "elsewhere", secrets), 0U);
  const auto again = backups(**KeyFolder::open(test.place / "restored", test.root));
  ASSERT_EQ(again->size(), 1U);
  EXPECT_EQ(again->at(0).folder, test.place / "elsewhere");
  EXPECT_FALSE(again->at(0).pending);
  EXPECT_EQ(personal(**Vault::open(test.place / "restored", test.root, test.clock), entry), "erased");
}

TEST(BackupTest, folders_in_use_are_refused) {
  const TestVault test;
  const auto keys = test.keys();
  EXPECT_EQ(backup_to(*keys, test.folder).error().kind, ErrorKind::invalid_input);
  ASSERT_TRUE(backup_to(*keys, test.place / "backup"));
  EXPECT_EQ(restore_vault(test.place / "backup", test.folder, test.root, {}).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(restore_vault(test.place / "nowhere", test.place / "r", test.root, {}).error().kind,
            ErrorKind::not_found);
  EXPECT_FALSE(restore_vault(test.place / "backup", test.place / "r", KeyFile{test.place / "other.key"}, {}));
}

TEST(BackupTest, one_that_was_destroyed_is_taken_off_the_list) {
  const TestVault test;
  const auto keys = test.keys();
  ASSERT_TRUE(backup_to(*keys, test.place / "backup"));
  EXPECT_EQ(unregister_backup(*keys, test.place / "other").error().kind, ErrorKind::not_found);
  ASSERT_TRUE(unregister_backup(*keys, test.place / "backup"));
  EXPECT_TRUE(backups(*keys)->empty());
}

}  // namespace
}  // namespace cordon::vault
