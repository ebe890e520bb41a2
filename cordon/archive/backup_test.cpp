#include "cordon/archive/backup.h"

#include "cordon/archive/retention.h"
#include "cordon/archive/test_log.h"

namespace cordon::archive {

namespace {

namespace fs = std::filesystem;

class Backups : public ::testing::Test {
 protected:
  void SetUp() override { grow(600); }
  void grow(std::uint64_t size) {
    made_.grow(size);
    made_.save(source_.log.open_part());
  }
  static BackupOptions trusting() { return {.verify = {.trust = test_keys().trust()}, .vault = {}}; }
  static RestoreOptions restoring(std::vector<transparency::Note> seen = {}) {
    return {.verify = {.trust = test_keys().trust()}, .seen = std::move(seen), .vault = {}};
  }
  Result<Copied> back_up(const BackupOptions& options = trusting()) const {
    return backup(source_.log, copy_.path(), options);
  }
  std::string faults_of_copy() const {
    const auto log = LogReader::open_folder(copy_.path());
    if (!log) return log.error().message;
    const auto report = verify_log(*log, trusting().verify);
    if (!report) return report.error().message;
    return report->ok() ? "" : report->faults.front().text();
  }
  fs::path in_source(const std::string& file) const { return source_.log.open_part() / file; }
  fs::path in_copy(const std::string& file) const { return copy_ / "public" / file; }
  static void alter(const fs::path& file) {
    auto content = read_file(file).value();
    content.back() ^= 1;
    write_file(file, content).value();
  }

  TestFolder source_;
  TemporaryFolder copy_;
  TestLog made_;
};

TEST_F(Backups, AreVerifiedCopies) {
  write_file(in_source("opened"), "a statement").value();
  make_folder(in_source("index")).value();
  write_file(in_source("index/000"), "an index").value();
  const auto copied = back_up();
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->from, 0U);
  EXPECT_EQ(copied->verified.entries, 600U);
  EXPECT_GE(copied->files, 9U);
  EXPECT_EQ(faults_of_copy(), "");
  EXPECT_EQ(read_file(in_copy("index/000")).value(), "an index");
  EXPECT_TRUE(fs::exists(in_copy("opened")));
  EXPECT_FALSE(fs::exists(copy_ / "keys"));
  EXPECT_EQ(fs::last_write_time(in_copy("tile/entries/000")), fs::last_write_time(in_source("tile/entries/000")));
}

TEST_F(Backups, AreContinuedFromWhereTheyStand) {
  ASSERT_TRUE(back_up());
  for (const std::uint64_t size : {600U, 601U, 768U, 70'000U}) {
    grow(size);
    const auto copied = back_up();
    ASSERT_TRUE(copied) << size << ": " << copied.error().message;
    EXPECT_EQ(faults_of_copy(), "") << size;
  }
  EXPECT_EQ(back_up()->files, 0U);
  EXPECT_FALSE(fs::exists(in_copy("tile/entries/002.p/88")));
  EXPECT_TRUE(fs::exists(in_copy("tile/entries/002")));
}

TEST_F(Backups, AreContinuedAfterAnInterruption) {
  ASSERT_TRUE(back_up());
  grow(2000);
  fs::create_directories(in_copy("tile/entries"));
  fs::copy(in_source("tile/entries/005"), in_copy("tile/entries/005"));
  write_file(in_copy("tile/entries/006"), "half a bun").value();
  write_file(in_copy("tile/0/003.new"), "half a ti").value();
  EXPECT_EQ(faults_of_copy(), "");  // the checkpoint still stands at 600
  ASSERT_TRUE(back_up());
  EXPECT_EQ(faults_of_copy(), "");
  EXPECT_EQ(LogReader::open_folder(copy_.path())->size(), 2000U);
}

TEST_F(Backups, StandWhereTheyStoodWhenTheLogDoesNotVerify) {
  ASSERT_TRUE(back_up());
  grow(2000);
  alter(in_source("tile/entries/005"));
  const auto copied = back_up();
  ASSERT_FALSE(copied);
  EXPECT_NE(copied.error().message.find("tile/entries/005: entry 1535"), std::string::npos) << copied.error().message;
  EXPECT_EQ(LogReader::open_folder(copy_.path())->size(), 600U);
  EXPECT_EQ(faults_of_copy(), "");
}

TEST_F(Backups, AreNotOverwrittenByAnAlteredPast) {
  ASSERT_TRUE(back_up());
  const auto good = read_file(in_copy("tile/entries/000")).value();
  alter(in_source("tile/entries/000"));
  alter(in_source("tile/0/000"));
  grow(2000);
  static_cast<void>(back_up());
  EXPECT_EQ(read_file(in_copy("tile/entries/000")).value(), good);
}

TEST_F(Backups, RefuseARollbackAndAFork) {
  ASSERT_TRUE(back_up());
  fs::remove_all(source_.log.open_part());
  TestLog(500).save(source_.log.open_part());
  EXPECT_NE(back_up().error().message.find("rolled back"), std::string::npos);
  fs::remove_all(source_.log.open_part());
  TestLog(700, std::string(kTestOrigin), "forged ").save(source_.log.open_part());
  EXPECT_NE(back_up().error().message.find("forked"), std::string::npos);
  EXPECT_EQ(faults_of_copy(), "");
}

TEST_F(Backups, RefuseAnUntrustedLogAndNone) {
  auto options = trusting();
  options.verify.trust = other_keys().trust();
  EXPECT_FALSE(back_up(options));
  EXPECT_FALSE(fs::exists(in_copy("checkpoint")));
  fs::remove_all(source_.log.open_part());
  EXPECT_FALSE(back_up());
  write_file(copy_ / "public", "no folder").error_or(Error{});
}

TEST_F(Backups, SayWhatCannotBeWritten) {
  make_folder(in_copy("tile/entries/000")).value();  // a folder stands in the way
  EXPECT_FALSE(back_up());
  const TemporaryFolder other;
  write_file(other / "public", "no folder").value();
  EXPECT_FALSE(backup(source_.log, other.path(), trusting()));
  EXPECT_FALSE(copy_file_durably(other / "none", other / "there", 0600));
  EXPECT_FALSE(copy_file_durably(other / "public", other / "public/there", 0600));
}

TEST_F(Backups, ForgetWhatTheLogForgets) {
  grow(1500);
  ASSERT_TRUE(back_up());
  const ManualClock clock(test_time());
  const auto signer = test_keys().signer();
  ASSERT_TRUE(declare_retention(source_.reader(), signer, {.keep_entries = 700}, clock));
  ASSERT_TRUE(prune(source_.reader(), signer, clock));
  ASSERT_TRUE(back_up());
  EXPECT_FALSE(fs::exists(in_copy("tile/entries/002")));
  EXPECT_TRUE(fs::exists(in_copy("tile/entries/003")));
  EXPECT_EQ(faults_of_copy(), "");
}

TEST_F(Backups, TakeKeysAndVaultWhenTold) {
  auto options = trusting();
  options.keys = true;
  options.vault = [](const fs::path& into) { return make_folder(into); };
  ASSERT_TRUE(back_up(options));
  EXPECT_EQ(fs::status(copy_ / "keys/mldsa44.pem").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_TRUE(fs::exists(copy_ / "vault"));
  options.vault = [](const fs::path&) -> Result<void> { return fail(ErrorKind::io, "locked"); };
  EXPECT_EQ(back_up(options).error().message, "vault: locked");
  fs::remove(source_.log.keys() / "mldsa44.pem");
  EXPECT_FALSE(back_up(options));
}

TEST_F(Backups, AreRestored) {
  auto with_keys = trusting();
  with_keys.keys = true;
  with_keys.vault = [](const fs::path& into) { return make_folder(into); };
  ASSERT_TRUE(back_up(with_keys));
  const TemporaryFolder target;
  auto options = restoring({TestLog(600).note, TestLog(550).note});
  bool vault = false;
  options.vault = [&](const fs::path& from) {
    vault = fs::exists(from);
    return Result<void>{};
  };
  const auto restored = restore(copy_.path(), {target.path()}, options);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_TRUE(restored->keys);
  EXPECT_TRUE(restored->vouched);
  EXPECT_TRUE(vault);
  EXPECT_EQ(restored->copied.verified.entries, 600U);
  EXPECT_TRUE(fs::exists(target / "keys/ed25519.pem"));
  const auto report = verify_log(LogReader::open_folder(target.path()).value(), trusting().verify);
  EXPECT_TRUE(report->ok());
  EXPECT_FALSE(restore(copy_.path(), {target.path()}, options));  // a log is there now
}

TEST_F(Backups, AreNotRestoredWhenOlderThanWhatWitnessesHaveSeen) {
  ASSERT_TRUE(back_up());
  const TemporaryFolder target;
  const auto restored = restore(copy_.path(), {target.path()}, restoring({TestLog(700).note}));
  ASSERT_FALSE(restored);
  EXPECT_NE(restored.error().message.find("holds 600 entries of 700, so entries 600 to 699 are missing"),
            std::string::npos)
      << restored.error().message;
  EXPECT_FALSE(fs::exists(target / "public/checkpoint"));
}

TEST_F(Backups, AreNotRestoredWhenWitnessesSawAnotherHistory) {
  ASSERT_TRUE(back_up());
  const TemporaryFolder target;
  const auto forked = TestLog(550, std::string(kTestOrigin), "other ").note;
  const auto restored = restore(copy_.path(), {target.path()}, restoring({forked}));
  ASSERT_FALSE(restored);
  EXPECT_NE(restored.error().message.find("forked"), std::string::npos) << restored.error().message;
  EXPECT_FALSE(restore(copy_.path(), {target.path()}, restoring({{.text = "nonsense\n", .signatures = {}}})));
  EXPECT_FALSE(restore(copy_.path(), {target.path()}, restoring({TestLog(3, "other").note})));
}

TEST_F(Backups, AreNotRestoredWhenTheyDoNotVerify) {
  ASSERT_TRUE(back_up());
  alter(in_copy("tile/entries/001"));
  const TemporaryFolder target;
  const auto restored = restore(copy_.path(), {target.path()}, restoring());
  ASSERT_FALSE(restored);
  EXPECT_NE(restored.error().message.find("tile/entries/001: entry 511"), std::string::npos)
      << restored.error().message;
  EXPECT_FALSE(LogReader::open_folder(target.path()));
  fs::remove(in_copy("checkpoint"));
  EXPECT_FALSE(restore(copy_.path(), {target.path()}, restoring()));
}

TEST_F(Backups, AreNotRestoredOverEntriesThatWait) {
  ASSERT_TRUE(back_up());
  const TemporaryFolder target;
  make_folder(target / "wal").value();
  EXPECT_TRUE(restore(copy_.path(), {target.path()}, restoring()));
  fs::remove_all(target / "public");
  write_file(target / "wal/wal-600", "x").value();
  const auto restored = restore(copy_.path(), {target.path()}, restoring());
  ASSERT_FALSE(restored);
  EXPECT_NE(restored.error().message.find("move it away first"), std::string::npos);
}

TEST_F(Backups, SayThatTheVaultCouldNotBeRestored) {
  auto with_vault = trusting();
  with_vault.vault = [](const fs::path& into) { return make_folder(into); };
  ASSERT_TRUE(back_up(with_vault));
  auto options = restoring();
  options.vault = [](const fs::path&) -> Result<void> { return fail(ErrorKind::io, "no"); };
  const TemporaryFolder target;
  EXPECT_EQ(restore(copy_.path(), {target.path()}, options).error().message, "vault: no");
}

}  // namespace

}  // namespace cordon::archive
