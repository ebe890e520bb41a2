#include "cordon/enforcement/line_channel.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/wire/test_connections.h"

namespace cordon::enforcement {
namespace {

using wire::test::read_all;
using wire::test::run_until;
using wire::test::socket_pair;

class Channel : public testing::Test {
 protected:
  Channel() {
    auto [ours, theirs] = socket_pair();
    peer = std::move(theirs);
    LineChannel::Events events;
    events.on_line = [this](std::string_view line) { lines.emplace_back(line); };
    events.on_closed = [this] { ++closed; };
    channel = std::make_unique<LineChannel>(loop, std::move(ours), kLongest, std::move(events));
  }
  void say(std::string_view text) const {
    ASSERT_EQ(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // What was sent before is read: the loop has nothing left to do.
  void settle() {
    for (int round = 0; round < 5; ++round) loop.run_once(std::chrono::milliseconds(0));
  }

  static constexpr std::size_t kLongest = 10;
  Loop loop;
  Fd peer;
  std::vector<std::string> lines;
  int closed = 0;
  std::unique_ptr<LineChannel> channel;
};

TEST_F(Channel, HandsOverWholeLinesHoweverTheyArrive) {
  say("one\ntwo\n\nthr");
  settle();
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", ""}));
  say("ee");
  settle();
  say("\nfo");
  settle();
  EXPECT_EQ(lines.back(), "three");
  EXPECT_EQ(lines.size(), 4U);
}

TEST_F(Channel, SendsLinesToThePeer) {
  channel->send("hello");
  channel->send("");
  EXPECT_EQ(channel->queued(), 0U);
  EXPECT_EQ(read_all(peer.get()), "hello\n\n");
}

TEST_F(Channel, TakesALineOfExactlyTheLimit) {
  say("0123456789\n0123456789");
  settle();
  EXPECT_EQ(lines, (std::vector<std::string>{"0123456789"}));
  EXPECT_EQ(closed, 0);
  say("\n");
  settle();
  EXPECT_EQ(lines.size(), 2U);
}

TEST_F(Channel, ClosesWhenALineIsTooLongAlsoWithItsEnd) {
  say("ok\n0123456789a\nnever\n");
  settle();
  EXPECT_EQ(lines, (std::vector<std::string>{"ok"}));
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(::recv(peer.get(), nullptr, 0, MSG_PEEK), 0);
}

TEST_F(Channel, ClosesWhenALineGrowsTooLongWithoutAnEnd) {
  say("0123456789");
  settle();
  EXPECT_EQ(closed, 0);
  say("a");
  settle();
  EXPECT_EQ(closed, 1);
}

TEST_F(Channel, SaysOnceThatThePeerLeftAndThenIsSilent) {
  say("last words\nunfinished");
  peer.reset();
  settle();
  EXPECT_EQ(lines, (std::vector<std::string>{"last words"}));
  EXPECT_EQ(closed, 1);
  channel->send("too late");
  settle();
  EXPECT_EQ(channel->queued(), 0U);
  EXPECT_EQ(closed, 1);
}

TEST_F(Channel, QueuesForASlowPeerAndLosesNothing) {
  const std::string line(100'000, 'x');
  for (int i = 0; i < 50; ++i) channel->send(line);
  EXPECT_GT(channel->queued(), 0U);
  std::string got;
  EXPECT_TRUE(run_until(loop, [&] {
    got += read_all(peer.get());
    return got.size() == 50 * (line.size() + 1);
  }));
  EXPECT_EQ(channel->queued(), 0U);
  EXPECT_EQ(std::ranges::count(got, '\n'), 50);
}

TEST_F(Channel, NoticesThatASlowPeerLeft) {
  for (int i = 0; i < 50; ++i) channel->send(std::string(100'000, 'x'));
  peer.reset();
  EXPECT_TRUE(run_until(loop, [&] { return closed == 1; }));
}

TEST_F(Channel, MayBeSentToWhenItsPeerHasGoneUnnoticed) {
  peer.reset();
  channel->send("nobody there");
  settle();
  EXPECT_EQ(closed, 1);
}

// What the callbacks of one channel do to it, with captures that must stay good while they run.
struct Owner {
  Owner(Loop& loop, Fd fd) {
    const std::string name = "a name too long to be kept inside the string object itself";
    LineChannel::Events events;
    events.on_line = [this, name](std::string_view line) {
      if (line == "end") channel.reset();
      if (line == "echo") channel->send(name);
      heard += std::string(line) + " by " + name + ";";
    };
    events.on_closed = [this, name] {
      channel.reset();
      heard += "closed for " + name;
    };
    channel = std::make_unique<LineChannel>(loop, std::move(fd), 100, std::move(events));
  }
  std::unique_ptr<LineChannel> channel;
  std::string heard;
};

TEST(ChannelOwner, MayDestroyItWhileALineIsHandedOver) {
  Loop loop;
  auto [ours, peer] = socket_pair();
  Owner owner(loop, std::move(ours));
  ASSERT_EQ(::send(peer.get(), "a\nend\nb\n", 8, 0), 8);
  EXPECT_TRUE(run_until(loop, [&] { return !owner.channel; }));
  EXPECT_TRUE(owner.heard.starts_with("a by a name"));
  EXPECT_TRUE(owner.heard.contains("end by a name"));
  EXPECT_FALSE(owner.heard.contains("b by"));
}

TEST(ChannelOwner, MayDestroyItWhenItCloses) {
  Loop loop;
  auto [ours, peer] = socket_pair();
  Owner owner(loop, std::move(ours));
  peer.reset();
  EXPECT_TRUE(run_until(loop, [&] { return !owner.channel; }));
  EXPECT_TRUE(owner.heard.starts_with("closed for a name"));
}

TEST(ChannelOwner, MayAnswerAPeerThatHasAlreadyLeft) {
  Loop loop;
  auto [ours, peer] = socket_pair();
  Owner owner(loop, std::move(ours));
  ASSERT_EQ(::send(peer.get(), "echo\necho\n", 10, 0), 10);
  peer.reset();
  EXPECT_TRUE(run_until(loop, [&] { return !owner.channel; }));
  EXPECT_TRUE(owner.heard.contains("closed"));
}

TEST(ChannelOwner, NeedsNoCallbacks) {
  Loop loop;
  auto [ours, peer] = socket_pair();
  LineChannel channel(loop, std::move(ours), 100, {});
  ASSERT_EQ(::send(peer.get(), "a\n", 2, 0), 2);
  peer.reset();
  for (int round = 0; round < 5; ++round) loop.run_once(std::chrono::milliseconds(0));
  channel.send("x");
  EXPECT_EQ(channel.queued(), 0U);
}

}  // namespace
}  // namespace cordon::enforcement
