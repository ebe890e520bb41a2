#include "cordon/enforcement/control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cordon/base/socket.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::enforcement {
namespace {

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    control = Control::open(loop, at, [this](const Control::Order& order) {
                orders.push_back(order);
                if (order.word == "now") order.answer(done("now"));
              }).value();
  }

  void turn() {
    for (int i = 0; i < 20; ++i) loop.run_once(std::chrono::milliseconds(1));
  }
  std::string say(const Fd& socket, std::string_view text) {
    ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    turn();
    return hear(socket);
  }
  std::string hear(const Fd& socket) {
    turn();
    std::array<char, 1024> got{};
    const auto size = ::recv(socket.get(), got.data(), got.size(), 0);
    return size < 0 ? "nothing" : std::string(got.data(), static_cast<std::size_t>(size));
  }

  TemporaryFolder folder;
  std::filesystem::path at = folder / "proxy.sock";
  Loop loop;
  std::vector<Control::Order> orders;
  std::unique_ptr<Control> control;
};

TEST_F(ControlTest, AnswersALineWithALine) {
  const auto caller = connect_unix(at).value();
  EXPECT_EQ(say(caller, "now\n"), "{\"done\":\"now\"}\n");
  EXPECT_EQ(say(caller, "now\nnow\n"), "{\"done\":\"now\"}\n{\"done\":\"now\"}\n");
  struct stat found{};
  ASSERT_EQ(::stat(at.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST_F(ControlTest, AnAnswerMayComeLaterOrNeverArrive) {
  auto caller = connect_unix(at).value();
  EXPECT_EQ(say(caller, "later\n"), "nothing");
  orders[0].answer(refusal("no"));
  EXPECT_EQ(hear(caller), "{\"error\":\"no\"}\n");
  say(caller, "later\n");
  caller.reset();
  turn();
  orders[1].answer(done("nobody hears it"));
}

TEST_F(ControlTest, EndlessLinesAndCrowdsAreSentAway) {
  const auto caller = connect_unix(at).value();
  EXPECT_EQ(say(caller, std::string(300, 'x')), "");
  EXPECT_TRUE(orders.empty());
  std::vector<Fd> crowd;
  for (int i = 0; i < 20; ++i) crowd.push_back(connect_unix(at).value());
  turn();
  EXPECT_EQ(say(crowd[0], "now\n"), "{\"done\":\"now\"}\n");
  EXPECT_EQ(hear(crowd[19]), "");
}

TEST_F(ControlTest, TakesThePlaceOfOneThatWasKilled) {
  control.reset();  // the file stays, as after SIGKILL
  ASSERT_TRUE(std::filesystem::exists(at));
  control = Control::open(loop, at, [](const Control::Order& order) { order.answer(done("new")); }).value();
  EXPECT_EQ(say(connect_unix(at).value(), "x\n"), "{\"done\":\"new\"}\n");
}

}  // namespace
}  // namespace cordon::enforcement
