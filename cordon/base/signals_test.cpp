#include "cordon/base/signals.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace cordon {
namespace {

TEST(Signals, ArriveThroughTheDescriptor) {
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const Fd fd = stop_signals();
  ASSERT_TRUE(fd);
  signalfd_siginfo info{};
  EXPECT_EQ(::read(fd.get(), &info, sizeof info), -1);  // nothing yet, and no waiting
  for (const int number : {SIGTERM, SIGINT}) {
    ::pthread_kill(::pthread_self(), number);
    ASSERT_EQ(::read(fd.get(), &info, sizeof info), static_cast<ssize_t>(sizeof info));
    EXPECT_EQ(info.ssi_signo, static_cast<std::uint32_t>(number));
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(Signals, AreToldApart) {
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const Fd fd = signals_as_events({SIGHUP, SIGUSR2});
  EXPECT_EQ(take_signal(fd), 0);
  for (const int number : {SIGUSR2, SIGHUP}) {
    ::pthread_kill(::pthread_self(), number);
    EXPECT_EQ(take_signal(fd), number);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace cordon
