// A bounded queue from one producer thread to one consumer thread: no lock, and no allocation after construction.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace cordon {

template <class T>
class Ring {
 public:
  // Holds at least `capacity` items: the next power of two, so that positions wrap with a mask.
  explicit Ring(std::size_t capacity) : slots_(std::bit_ceil(std::max(1UZ, capacity))), mask_(slots_.size() - 1) {}
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  std::size_t capacity() const { return slots_.size(); }

  // Producer only. False when full; the item is then left as it was.
  bool push(T&& item) {
    const auto at = written_.load(std::memory_order_relaxed);
    if (at - read_seen_ == slots_.size()) {
      read_seen_ = read_.load(std::memory_order_acquire);
      if (at - read_seen_ == slots_.size()) return false;
    }
    slots_[at & mask_] = std::move(item);
    written_.store(at + 1, std::memory_order_release);
    return true;
  }

  // Consumer only. Empty when there is nothing.
  std::optional<T> pop() {
    const auto at = read_.load(std::memory_order_relaxed);
    if (at == written_seen_) {
      written_seen_ = written_.load(std::memory_order_acquire);
      if (at == written_seen_) return std::nullopt;
    }
    std::optional<T> item(std::move(slots_[at & mask_]));
    read_.store(at + 1, std::memory_order_release);
    return item;
  }

  // Any thread; a moment's truth. Reads first: the other order could count fewer than none.
  std::size_t size() const {
    const auto read = read_.load(std::memory_order_acquire);
    return written_.load(std::memory_order_acquire) - read;
  }

 private:
  static constexpr std::size_t kCacheLine = 64;

  std::vector<T> slots_;
  std::size_t mask_;
  // Positions only grow and wrap with size_t. Each side's line holds its own position and its last sight of the
  // other's, so that the two threads share a line only when one of them seems to have run out.
  alignas(kCacheLine) std::atomic<std::size_t> written_{0};  // stored by the producer
  std::size_t read_seen_ = 0;                                // producer's own
  alignas(kCacheLine) std::atomic<std::size_t> read_{0};     // stored by the consumer
  std::size_t written_seen_ = 0;                             // consumer's own
};

}  // namespace cordon
