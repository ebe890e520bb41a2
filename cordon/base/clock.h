// Time enters Cordon here, so that tests and the twin can own it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cordon/base/result.h"

namespace cordon {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;       // UTC; may jump
  virtual SteadyTime steady() const = 0;  // never goes backwards
};

Clock& system_clock();

// A clock that stands still until told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime{std::chrono::seconds{1'700'000'000}}) : now_(start) {}
  WallTime now() const override { return now_; }
  SteadyTime steady() const override { return steady_; }
  void advance(std::chrono::nanoseconds by) { now_ += by, steady_ += by; }
  void set(WallTime to) { now_ = to; }  // a jump of the wall clock only

 private:
  WallTime now_;
  SteadyTime steady_{};
};

// RFC 3339 in UTC with microseconds: 2026-11-21T02:48:04.730123Z
std::string format_time(WallTime time);
Result<WallTime> parse_time(std::string_view text);

}  // namespace cordon
