// Items from one thread to one other, with a bell that a Loop hears: no lock, nobody waits.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <utility>

#include "cordon/base/file.h"
#include "cordon/base/ring.h"

namespace cordon::enforcement {

template <class T>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : ring_(capacity), bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!bell_) std::abort();  // no descriptors left at start: nothing can work
  }

  // Sender only. False when full; the item is then left as it was.
  bool put(T&& item) {
    if (!ring_.push(std::move(item))) return false;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto rung = ::write(bell_.get(), &one, sizeof one);  // a full counter has rung already
    return true;
  }

  // Receiver only: watch bell(), and when it is readable take() until there is nothing. Silenced before the items are
  // looked at, so that one put meanwhile rings again.
  int bell() const { return bell_.get(); }
  void silence() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(bell_.get(), &count, sizeof count);  // nothing: it was silent
  }
  std::optional<T> take() { return ring_.pop(); }

 private:
  Ring<T> ring_;
  Fd bell_;
};

}  // namespace cordon::enforcement
