#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/journal/priority.h"
#include "cordon/journal/publisher.h"
#include "cordon/journal/test_log.h"

namespace cordon::journal {
namespace {

class LogKeys : public testing::Test {
 protected:
  Result<transparency::LogSigner> signer() { return log_signer(log, std::string(kOrigin)); }
  std::string error() {
    const auto made = signer();
    return made ? "" : made.error().message;
  }
  TemporaryFolder folder;
  LogFolder log{folder.path()};
};

TEST_F(LogKeys, AreMadeForANewLogAndKeptToTheirOwner) {
  const auto first = signer();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(std::filesystem::status(log.keys()).permissions(), std::filesystem::perms(0700));
  for (const auto* name : {"ed25519.pem", "mldsa44.pem"}) {
    EXPECT_EQ(std::filesystem::status(log.keys() / name).permissions(), std::filesystem::perms(0600)) << name;
  }
  const auto second = signer();
  EXPECT_EQ(second->classic.verifier().text(), first->classic.verifier().text());
  EXPECT_EQ(second->post_quantum.verifier().text(), first->post_quantum.verifier().text());
  EXPECT_TRUE(first->classic.verifier().text().starts_with(kOrigin));
}

TEST_F(LogKeys, AreMadeWhenACrashKeptOneOfThem) {
  ASSERT_TRUE(signer());
  std::filesystem::remove(log.keys() / "mldsa44.pem");
  EXPECT_EQ(error(), "");
}

TEST_F(LogKeys, AreNotMadeAnewForALogThatHasEntries) {
  ASSERT_TRUE(signer());
  std::filesystem::create_directories(log.wal());
  EXPECT_EQ(error(), "");
  std::ofstream(log.wal() / "wal-000000000000");
  std::filesystem::remove(log.keys() / "mldsa44.pem");
  EXPECT_TRUE(error().contains("mldsa44.pem is missing although the log has entries")) << error();
  std::filesystem::remove(log.keys() / "ed25519.pem");
  EXPECT_TRUE(error().contains("ed25519.pem is missing"));
  std::filesystem::remove_all(log.wal());
  std::filesystem::create_directories(log.open_part());
  std::ofstream(log.open_part() / "checkpoint");
  EXPECT_TRUE(error().contains("ed25519.pem is missing"));
}

TEST_F(LogKeys, AreRefusedWhenOthersMayReadThem) {
  ASSERT_TRUE(signer());
  std::filesystem::permissions(log.keys() / "ed25519.pem", std::filesystem::perms(0640));
  EXPECT_TRUE(error().contains("chmod 600")) << error();
}

TEST_F(LogKeys, AreRefusedWhenTheyAreNone) {
  ASSERT_TRUE(signer());
  std::ofstream(log.keys() / "ed25519.pem") << "nothing";
  EXPECT_TRUE(error().contains("ed25519.pem")) << error();
}

TEST_F(LogKeys, AreRefusedWhenTheyAreOfAnotherKind) {
  ASSERT_TRUE(signer());
  std::filesystem::copy_file(log.keys() / "ed25519.pem", log.keys() / "mldsa44.pem",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(error().contains("mldsa44.pem")) << error();
}

TEST_F(LogKeys, AreNotMadeWhereNothingCanBeWritten) {
  log.root = "/proc/nowhere";
  EXPECT_NE(error(), "");
}

TEST(RaiseCommitPriority, WorksOrSaysWhyNot) {
  std::thread([] {  // the test's own thread stays as it is
    const auto raised = raise_commit_priority();
    EXPECT_TRUE(raised || raised.error().message.contains("real-time priority"));
  })
      .join();
}

}  // namespace
}  // namespace cordon::journal
