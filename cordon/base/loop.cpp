#include "cordon/base/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace cordon {

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!epoll_ || !wake_) std::abort();  // no descriptors left at start: nothing can work
  watch(wake_.get(), EPOLLIN, [this](std::uint32_t) { stopped_ = true; });
}

void Loop::watch(int fd, std::uint32_t events, Ready ready) {
  auto& watch = watches_[fd];
  const int operation = watch ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  watch = std::make_shared<Watch>(events, std::move(ready));
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0) std::abort();  // a wrong fd is a mistake of ours
}

void Loop::change(int fd, std::uint32_t events) {
  const auto found = watches_.find(fd);
  if (found == watches_.end() || found->second->events == events) return;
  found->second->events = events;
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) std::abort();
}

void Loop::forget(int fd) {
  if (watches_.erase(fd) != 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Loop::TimerId Loop::after(std::chrono::nanoseconds delay, std::function<void()> action) {
  const TimerId id = next_timer_++;
  const auto at = system_clock().steady() + delay;
  timers_.emplace(std::pair{at, id}, std::move(action));
  timer_times_.emplace(id, at);
  return id;
}

void Loop::cancel(TimerId timer) {
  const auto found = timer_times_.find(timer);
  if (found == timer_times_.end()) return;
  timers_.erase({found->second, timer});
  timer_times_.erase(found);
}

void Loop::defer(std::function<void()> action) { deferred_.push_back(std::move(action)); }

void Loop::stop() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(wake_.get(), &one, sizeof one);  // full counter: already woken
}

void Loop::run() {
  while (run_once(std::chrono::milliseconds(60'000))) {
  }
}

int Loop::wait_time(std::chrono::milliseconds longest) const {
  if (!deferred_.empty()) return 0;
  if (timers_.empty()) return static_cast<int>(longest.count());
  const auto until = timers_.begin()->first.first - system_clock().steady();
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until);
  return static_cast<int>(std::clamp(wait, std::chrono::milliseconds(0), longest).count());
}

bool Loop::run_once(std::chrono::milliseconds wait) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), wait_time(wait));
  if (count < 0 && errno != EINTR) std::abort();
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    const auto found = watches_.find(event.data.fd);
    if (found == watches_.end()) continue;  // forgotten by an earlier callback of this round
    const auto watch = found->second;       // keeps the callback alive while it runs
    watch->ready(event.events);
  }
  fire_timers();
  run_deferred();
  return !stopped_;
}

void Loop::fire_timers() {
  const auto now = system_clock().steady();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    timer_times_.erase(node.key().second);
    node.mapped()();
  }
}

void Loop::run_deferred() {
  auto actions = std::exchange(deferred_, {});
  for (auto& action : actions) action();
}

}  // namespace cordon
