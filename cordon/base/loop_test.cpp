#include "cordon/base/loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <thread>

namespace cordon {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// A descriptor that is readable from the start.
Fd readable() { return Fd(::eventfd(1, EFD_CLOEXEC)); }

TEST(Loop, CallsWhatWatchesAReadyDescriptor) {
  Loop loop;
  const Fd fd = readable();
  std::uint32_t seen = 0;
  loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t events) { seen = events; });
  EXPECT_TRUE(loop.run_once(milliseconds(0)));
  EXPECT_EQ(seen, EPOLLIN);
}

TEST(Loop, WatchingAgainReplacesTheCallback) {
  Loop loop;
  const Fd fd = readable();
  int first = 0;
  int second = 0;
  loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t) { ++first; });
  loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t) { ++second; });
  loop.run_once(milliseconds(0));
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

TEST(Loop, ChangesEventsAndKeepsTheCallback) {
  Loop loop;
  const Fd fd = readable();
  int calls = 0;
  loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t) { ++calls; });
  loop.change(fd.get(), 0);
  loop.run_once(milliseconds(0));
  EXPECT_EQ(calls, 0);
  loop.change(fd.get(), EPOLLIN);
  loop.change(fd.get(), EPOLLIN);
  loop.run_once(milliseconds(0));
  EXPECT_EQ(calls, 1);
  loop.change(12345, EPOLLIN);  // unknown: ignored
}

TEST(Loop, ACallbackMayForgetItself) {
  Loop loop;
  const Fd fd = readable();
  int calls = 0;
  auto token = std::make_shared<int>(7);
  loop.watch(fd.get(), EPOLLIN, [&loop, &calls, number = fd.get(), token](std::uint32_t) {
    loop.forget(number);
    calls += *token;  // the captures are still alive
  });
  token.reset();
  loop.run_once(milliseconds(0));
  loop.run_once(milliseconds(0));
  EXPECT_EQ(calls, 7);
}

TEST(Loop, ACallbackMayForgetAnotherOfTheSameRound) {
  Loop loop;
  const Fd one = readable();
  const Fd two = readable();
  int calls = 0;
  loop.watch(one.get(), EPOLLIN, [&](std::uint32_t) { ++calls, loop.forget(two.get()); });
  loop.watch(two.get(), EPOLLIN, [&](std::uint32_t) { ++calls, loop.forget(one.get()); });
  loop.run_once(milliseconds(0));
  loop.run_once(milliseconds(0));
  EXPECT_EQ(calls, 2);  // the survivor of the first round is called again in the second
}

TEST(Loop, FiresTimersInTheOrderOfTheirTimes) {
  Loop loop;
  std::vector<int> order;
  loop.after(milliseconds(2), [&] { order.push_back(2), loop.stop(); });
  loop.after(milliseconds(1), [&] { order.push_back(1); });
  loop.after(hours(1), [&] { order.push_back(3); });
  loop.run();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(Loop, ACancelledTimerStaysQuiet) {
  Loop loop;
  int calls = 0;
  const auto timer = loop.after(milliseconds(0), [&] { ++calls; });
  loop.cancel(timer);
  loop.cancel(timer);
  loop.cancel(999);
  loop.run_once(milliseconds(1));
  EXPECT_EQ(calls, 0);
}

TEST(Loop, ATimerMayCancelAnotherAndSetANewOne) {
  Loop loop;
  int calls = 0;
  Loop::TimerId second = 0;
  loop.after(milliseconds(0), [&] {
    loop.cancel(second);
    loop.after(milliseconds(0), [&] { ++calls, loop.stop(); });
  });
  second = loop.after(milliseconds(0), [&] { calls += 100; });
  loop.run();
  EXPECT_EQ(calls, 1);
}

TEST(Loop, TheIdOfATimerThatFiredMeansNothingAnyMore) {
  Loop loop;
  int calls = 0;
  const auto fired = loop.after(milliseconds(0), [] {});
  loop.run_once(milliseconds(0));
  const auto later = loop.after(milliseconds(0), [&] { ++calls; });
  EXPECT_NE(fired, later);
  loop.cancel(fired);
  loop.cancel(0);
  loop.run_once(milliseconds(0));
  EXPECT_EQ(calls, 1);
}

TEST(Loop, FiresWhatIsLeftOfManyTimersThatWereCancelled) {
  Loop loop;
  std::vector<int> order;
  std::vector<Loop::TimerId> others;
  for (int i = 0; i < 1000; ++i) {
    others.push_back(loop.after(hours(1), [&] { order.push_back(-1); }));
    if (i % 250 == 0) loop.after(milliseconds(0), [&order, i] { order.push_back(i); });
  }
  for (const auto each : others) loop.cancel(each);
  while (order.size() < 4) loop.run_once(milliseconds(1));
  EXPECT_EQ(order, (std::vector<int>{0, 250, 500, 750}));
}

TEST(Loop, RunsDeferredWorkAfterTheCallbacksWithoutWaiting) {
  Loop loop;
  const Fd fd = readable();
  std::string order;
  loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t) {
    loop.forget(fd.get());
    loop.defer([&] { order += "deferred "; });
    order += "callback ";
  });
  loop.run_once(hours(1));
  loop.defer([&] { loop.defer([&] { order += "again"; }); });
  loop.run_once(hours(1));
  loop.run_once(hours(1));
  EXPECT_EQ(order, "callback deferred again");
}

TEST(Loop, StopsFromAnotherThread) {
  Loop loop;
  std::jthread other([&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(loop.run_once(milliseconds(0)));
}

TEST(LoopDeathTest, WatchingAClosedDescriptorIsAMistakeOfOurs) {
  Loop loop;
  EXPECT_DEATH(loop.watch(-1, EPOLLIN, [](std::uint32_t) {}), "");
}

}  // namespace
}  // namespace cordon
