// Counts what a peer makes us do for nothing: resets, and frames that carry no message forward.
#pragma once

#include <chrono>
#include <cstdint>

#include "cordon/base/clock.h"
#include "cordon/wire/connection.h"

namespace cordon::wire {

class FloodGuard {
 public:
  // An honest peer sends a few control frames for each message; what it sends beyond its messages is noise.
  static constexpr std::uint32_t kMaxNoise = 2000;

  explicit FloodGuard(const Http2Limits& limits) : max_resets_(limits.max_resets), window_(limits.reset_window) {}

  void move_to(SteadyTime now) {
    if (now - began_ < window_) return;
    began_ = now;
    resets_ = noise_ = 0;
  }
  void reset() { ++resets_; }
  void noise() { ++noise_; }
  void useful(std::uint32_t frames) { noise_ = noise_ > frames ? noise_ - frames : 0; }

  bool too_many_resets() const { return resets_ > max_resets_; }
  bool too_much_noise() const { return noise_ > kMaxNoise; }

 private:
  std::uint32_t max_resets_;
  std::chrono::milliseconds window_;
  SteadyTime began_{};
  std::uint32_t resets_ = 0;
  std::uint32_t noise_ = 0;
};

}  // namespace cordon::wire
