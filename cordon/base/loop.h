// One thread's event loop: descriptors, timers and deferred work over epoll.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/base/file.h"

namespace cordon {

class Loop {
 public:
  using Ready = std::function<void(std::uint32_t events)>;  // EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP
  using Action = std::move_only_function<void()>;
  using TimerId = std::uint64_t;

  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Calls ready when one of events happens on fd (level-triggered). The caller keeps owning fd, and must
  // forget() it before closing. Watching again replaces the events and the callback.
  void watch(int fd, std::uint32_t events, Ready ready);
  void change(int fd, std::uint32_t events);  // keeps the callback
  void forget(int fd);                        // safe inside any callback, also fd's own

  TimerId after(std::chrono::nanoseconds delay, Action action);
  void cancel(TimerId timer);  // unknown and fired timers are ignored

  // Runs action after the current callbacks, in this loop's thread. Not callable from other threads.
  void defer(Action action);

  // The only call that is safe from another thread or a signal handler.
  void stop();

  void run();                                     // until stop()
  bool run_once(std::chrono::milliseconds wait);  // one round; false once stopped

 private:
  struct Watch {
    std::uint32_t events;
    Ready ready;
  };
  // What waits for its time: a heap, earliest on top. A cancelled timer stays in it until it comes up or the
  // cancelled outnumber the others, so that cancelling costs nothing.
  struct Due {
    SteadyTime at;
    TimerId id;  // slot in the low 32 bits, the slot's use in the high ones
    bool operator>(const Due& other) const { return at != other.at ? at > other.at : order > other.order; }
    std::uint64_t order;  // of setting: timers of the same moment fire in it
  };
  struct Slot {
    Action action;
    std::uint32_t use = 1;  // of a timer that fired or was cancelled it is another: its id means nothing any more
  };
  Slot* slot_of(TimerId timer);
  Action release(TimerId timer);
  void drop_stale_timers();
  void fire_timers();
  void run_deferred();
  int wait_time(std::chrono::milliseconds longest) const;

  Fd epoll_;
  Fd wake_;
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  std::vector<Due> due_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t timers_set_ = 0;
  std::vector<Action> deferred_;
  std::vector<Action> running_;  // of deferred_, kept for its memory
  bool stopped_ = false;
};

}  // namespace cordon
