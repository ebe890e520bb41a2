// One thread's event loop: descriptors, timers and deferred work over epoll.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/base/file.h"

namespace cordon {

class Loop {
 public:
  using Ready = std::function<void(std::uint32_t events)>;  // EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP
  using TimerId = std::uint64_t;

  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Calls ready when one of events happens on fd (level-triggered). The caller keeps owning fd, and must
  // forget() it before closing. Watching again replaces the events and the callback.
  void watch(int fd, std::uint32_t events, Ready ready);
  void change(int fd, std::uint32_t events);  // keeps the callback
  void forget(int fd);                        // safe inside any callback, also fd's own

  TimerId after(std::chrono::nanoseconds delay, std::function<void()> action);
  void cancel(TimerId timer);  // unknown and fired timers are ignored

  // Runs action after the current callbacks, in this loop's thread. Not callable from other threads.
  void defer(std::function<void()> action);

  // The only call that is safe from another thread or a signal handler.
  void stop();

  void run();                                     // until stop()
  bool run_once(std::chrono::milliseconds wait);  // one round; false once stopped

 private:
  struct Watch {
    std::uint32_t events;
    Ready ready;
  };
  void fire_timers();
  void run_deferred();
  int wait_time(std::chrono::milliseconds longest) const;

  Fd epoll_;
  Fd wake_;
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  std::map<std::pair<SteadyTime, TimerId>, std::function<void()>> timers_;
  std::unordered_map<TimerId, SteadyTime> timer_times_;
  std::vector<std::function<void()>> deferred_;
  TimerId next_timer_ = 1;
  bool stopped_ = false;
};

}  // namespace cordon
