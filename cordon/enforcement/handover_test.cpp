#include "cordon/enforcement/handover.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "cordon/base/temporary_folder.h"
#include "cordon/enforcement/control.h"

namespace cordon::enforcement {
namespace {

// A predecessor in a thread of its own: the successor waits for it, as the two processes do.
class Old {
 public:
  Old(const std::filesystem::path& at, std::vector<int> sockets) {
    control_ = Control::open(loop_, at, [this, sockets](const Control::Order& order) {
                 words_ += order.word + " ";
                 if (order.word == "hand-over") {
                   EXPECT_TRUE(hand_over(order.socket, sockets));
                 } else {
                   loop_.stop();
                 }
               }).value();
    thread_ = std::jthread([this] { loop_.run(); });
  }
  std::string words() {
    thread_.join();
    return words_;
  }

 private:
  Loop loop_;
  std::string words_;
  std::unique_ptr<Control> control_;
  std::jthread thread_;
};

TEST(HandoverTest, ListeningSocketsGoFromOneToTheOther) {
  const TemporaryFolder folder;
  std::vector<Fd> sockets;
  std::vector<int> numbers;
  for (int i = 0; i < 150; ++i) {  // more than one message
    sockets.push_back(listen_tcp({"127.0.0.1", 0}).value());
    numbers.push_back(sockets.back().get());
  }
  Old old(folder / "proxy.sock", numbers);
  const auto got = take_over(folder / "proxy.sock");
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->listeners.size(), 150U);
  const auto at = local_endpoint(numbers[149]).value();
  sockets.clear();  // the old one closes its own: the port stays open
  EXPECT_TRUE(connect_tcp_blocking(at, std::chrono::seconds(10)));
  EXPECT_TRUE(accept_one((*got)->listeners.at(at).get()));
  send_away(**got);
  EXPECT_EQ(old.words(), "hand-over taken-over ");
}

TEST(HandoverTest, WithoutAPredecessorThereIsNothingToTakeOver) {
  const TemporaryFolder folder;
  EXPECT_FALSE(take_over(folder / "proxy.sock").value());
  static_cast<void>(listen_unix(folder / "proxy.sock").value());  // a process that was killed leaves such a file
  EXPECT_FALSE(take_over(folder / "proxy.sock").value());
}

TEST(HandoverTest, WhatIsNoListeningSocketIsRefused) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd writing(ends[1]);
  const auto got = inherited(ends[0], 1);
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().message.contains("no listening TCP socket")) << got.error().message;
}

TEST(HandoverTest, InheritedSocketsAreKnownByWhereTheyListen) {
  auto socket = listen_tcp({"127.0.0.1", 0}).value();
  const auto at = local_endpoint(socket.get()).value();
  const auto got = inherited(socket.release(), 1);
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->contains(at));
  EXPECT_TRUE(inherited(3, 0)->empty());
}

}  // namespace
}  // namespace cordon::enforcement
