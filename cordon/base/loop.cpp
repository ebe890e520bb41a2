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

Loop::Slot* Loop::slot_of(TimerId timer) {
  const auto place = static_cast<std::uint32_t>(timer);
  return place < slots_.size() && slots_[place].use == timer >> 32 ? &slots_[place] : nullptr;
}

Loop::TimerId Loop::after(std::chrono::nanoseconds delay, Action action) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const auto place = free_slots_.back();
  free_slots_.pop_back();
  slots_[place].action = std::move(action);
  const auto id = TimerId{slots_[place].use} << 32 | place;
  due_.push_back({system_clock().steady() + delay, id, timers_set_++});
  std::ranges::push_heap(due_, std::greater{});
  return id;
}

Loop::Action Loop::release(TimerId timer) {
  auto& slot = slots_[static_cast<std::uint32_t>(timer)];
  slot.use = std::max(slot.use + 1, 1U);  // 0 is never a timer's id
  free_slots_.push_back(static_cast<std::uint32_t>(timer));
  return std::exchange(slot.action, nullptr);
}

void Loop::cancel(TimerId timer) {
  if (slot_of(timer) == nullptr) return;
  release(timer);
  drop_stale_timers();
}

void Loop::drop_stale_timers() {
  constexpr std::size_t kTolerated = 64;
  const auto live = slots_.size() - free_slots_.size();
  if (due_.size() < 2 * live + kTolerated) return;
  std::erase_if(due_, [this](const Due& due) { return slot_of(due.id) == nullptr; });
  std::ranges::make_heap(due_, std::greater{});
}

void Loop::defer(Action action) { deferred_.push_back(std::move(action)); }

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
  if (due_.empty()) return static_cast<int>(longest.count());
  const auto until = due_.front().at - system_clock().steady();
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
  if (due_.empty()) return;
  const auto now = system_clock().steady();
  while (!due_.empty() && due_.front().at <= now) {
    const auto id = due_.front().id;
    std::ranges::pop_heap(due_, std::greater{});
    due_.pop_back();
    if (slot_of(id) == nullptr) continue;
    auto action = release(id);
    action();
  }
}

void Loop::run_deferred() {
  if (deferred_.empty()) return;
  std::swap(running_, deferred_);
  for (auto& action : running_) action();
  running_.clear();
}

}  // namespace cordon
