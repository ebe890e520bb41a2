#include "cordon/administrator/distribute.h"

#include <gtest/gtest.h>

#include "cordon/administrator/test_engine.h"

namespace cordon::administrator {
namespace {

using namespace test;
using wire::test::run_until;

using Engine = EngineTest;

TEST_F(Engine, GivesEveryProxyTheCurrentSnapshot) {
  ASSERT_TRUE(start());
  for (int i = 0; i < 3; ++i) {
    const auto snapshot = opened(connect()->lines[0]);
    EXPECT_EQ(snapshot.sequence, 1U);
    EXPECT_EQ(snapshot.policy, kPolicy);
    EXPECT_EQ(snapshot.inventory, kInventory);
    EXPECT_EQ(snapshot.expires, snapshot.issued + std::chrono::hours(1));
  }
  EXPECT_EQ(stored_sequence(), "1");
}

TEST_F(Engine, DoesNotStartWithWrongSources) {
  files.write_policy("permit (");
  const auto policy = start();
  ASSERT_FALSE(policy);
  EXPECT_TRUE(policy.error().message.contains("sbi.cedar:1:")) << policy.error().message;
  files.write_policy(kPolicy);
  std::filesystem::remove(files.sources.inventory);
  EXPECT_FALSE(start());
  EXPECT_EQ(stored_sequence(), "");  // no number was spent
}

TEST_F(Engine, DoesNotStartWithoutAKeyOrASocket) {
  ASSERT_TRUE(write_file(places.key, "no key"));
  EXPECT_FALSE(start());
  std::filesystem::remove(places.key);
  places.socket = files.folder / "missing/engine.sock";
  EXPECT_FALSE(start());
}

TEST_F(Engine, DoesNotCountFromTheBeginningAgainWhenItsNumberIsUnreadable) {
  for (const auto* text : {"", "seven", "7 8", "-1", "99999999999999999999999"}) {
    ASSERT_TRUE(write_file(places.sequence, text));
    const auto started = start();
    ASSERT_FALSE(started) << text;
    EXPECT_TRUE(started.error().message.contains("snapshot-sequence")) << started.error().message;
  }
  ASSERT_TRUE(write_file(places.sequence, "41\n"));
  ASSERT_TRUE(start());
  EXPECT_EQ(opened(connect()->lines[0]).sequence, 42U);
}

TEST_F(Engine, PublishesAChangeOfEitherFileToEveryProxy) {
  ASSERT_TRUE(start());
  const auto one = connect();
  const auto two = connect();
  files.write_policy("@id(\"none\") forbid (principal, action, resource);\n");
  engine->check_sources();
  ASSERT_TRUE(gets(*one, 2) && gets(*two, 2));
  EXPECT_EQ(one->lines[1], two->lines[1]);
  EXPECT_EQ(opened(one->lines[1]).sequence, 2U);
  EXPECT_TRUE(opened(one->lines[1]).policy.contains("none"));
  files.write_inventory("nfs: []\n");
  engine->check_sources();
  ASSERT_TRUE(gets(*one, 3));
  EXPECT_EQ(opened(one->lines[2]).sequence, 3U);
  EXPECT_EQ(opened(one->lines[2]).inventory, "nfs: []\n");
}

TEST_F(Engine, SaysNothingWhenNothingChanged) {
  ASSERT_TRUE(start());
  const auto proxy = connect();
  engine->check_sources();
  files.write_policy(kPolicy);  // touched, but the same
  engine->check_sources();
  files.write_policy("@id(\"new\") permit (principal, action, resource);\n");
  engine->check_sources();
  ASSERT_TRUE(gets(*proxy, 2));
  EXPECT_EQ(opened(proxy->lines[1]).sequence, 2U);
}

TEST_F(Engine, RefusesAWrongChangeAndKeepsTheLastGoodSnapshot) {
  ASSERT_TRUE(start());
  files.write_policy("permit (");
  engine->check_sources();
  engine->check_sources();
  EXPECT_EQ(stored_sequence(), "1");
  EXPECT_EQ(opened(connect()->lines[0]).policy, kPolicy);
  files.write_policy("@id(\"mended\") permit (principal, action, resource);\n");
  engine->check_sources();
  const auto proxy = connect();
  EXPECT_EQ(opened(proxy->lines[0]).sequence, 2U);
  EXPECT_TRUE(opened(proxy->lines[0]).policy.contains("mended"));
}

TEST_F(Engine, KeepsTheLastGoodSnapshotWhenAFileIsRemoved) {
  ASSERT_TRUE(start());
  std::filesystem::remove(files.sources.policy);
  engine->check_sources();
  engine->check_sources();
  EXPECT_EQ(opened(connect()->lines[0]).policy, kPolicy);
}

TEST_F(Engine, NeverGivesANumberTwiceAlsoAfterARestart) {
  ASSERT_TRUE(start());
  files.write_policy("@id(\"two\") permit (principal, action, resource);\n");
  engine->check_sources();
  EXPECT_EQ(opened(connect()->lines[0]).sequence, 2U);
  ASSERT_TRUE(start());
  EXPECT_EQ(opened(connect()->lines[0]).sequence, 3U);
  EXPECT_EQ(stored_sequence(), "3");
}

// A third of a second rounds to none: every look finds the snapshot due.
TEST_F(Engine, RenewsTheSnapshotBeforeItExpires) {
  ASSERT_TRUE(start(std::chrono::seconds(1)));
  const auto proxy = connect();
  engine->check_sources();
  ASSERT_TRUE(gets(*proxy, 2));
  const auto first = opened(proxy->lines[0]);
  const auto second = opened(proxy->lines[1]);
  EXPECT_GT(second.sequence, first.sequence);
  EXPECT_GT(second.expires, first.expires);
  EXPECT_EQ(second.policy, first.policy);
}

TEST_F(Engine, RenewsTheLastGoodSourcesWhileTheFilesAreWrong) {
  ASSERT_TRUE(start(std::chrono::seconds(1)));
  files.write_policy("permit (");
  engine->check_sources();  // notices the change
  engine->check_sources();  // renews
  const auto snapshot = opened(connect()->lines[0]);
  EXPECT_GE(snapshot.sequence, 2U);
  EXPECT_EQ(snapshot.policy, kPolicy);
}

TEST_F(Engine, PublishesNothingWhoseNumberCouldNotBeKept) {
  places.sequence = files.folder / "numbers/snapshot-sequence";
  EXPECT_FALSE(start());
  std::filesystem::create_directory(files.folder / "numbers");
  ASSERT_TRUE(start());
  const auto proxy = connect();
  std::filesystem::remove_all(files.folder / "numbers");
  files.write_inventory("nfs: []\n");
  engine->check_sources();
  EXPECT_EQ(opened(connect()->lines[0]).sequence, 1U);
  std::filesystem::create_directory(files.folder / "numbers");
  engine->check_sources();  // the change waited for its number
  ASSERT_TRUE(gets(*proxy, 2));
  EXPECT_EQ(opened(proxy->lines[1]).inventory, "nfs: []\n");
}

TEST_F(Engine, HearsWhatProxiesAnswerAndForgetsThoseThatLeave) {
  ASSERT_TRUE(start());
  auto gone = connect();
  const auto stays = connect();
  gone->channel->send("running 1 abc");
  gone->channel->send("refused because I can");
  gone->channel->send(std::string(100'000, 'x'));  // no answer is that long
  EXPECT_TRUE(run_until(loop, [&] { return gone->closed; }));
  gone.reset();
  files.write_inventory("nfs: []\n");
  engine->check_sources();
  EXPECT_TRUE(gets(*stays, 2));
}

TEST_F(Engine, LeavesItsProxiesWhenItEnds) {
  ASSERT_TRUE(start());
  const auto proxy = connect();
  engine.reset();
  EXPECT_TRUE(run_until(loop, [&] { return proxy->closed; }));
}

// The only test of the clock's part: the change is found without being asked for.
TEST_F(Engine, LooksAtItsSourcesByItself) {
  ASSERT_TRUE(start());
  const auto proxy = connect();
  files.write_inventory("nfs: []\n");
  EXPECT_TRUE(gets(*proxy, 2));
}

}  // namespace
}  // namespace cordon::administrator
