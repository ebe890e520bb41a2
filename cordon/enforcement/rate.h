// How often an identity may do something: the policy obligation @rate("100/s burst 20"), kept by token buckets.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cordon/base/clock.h"
#include "cordon/base/result.h"

namespace cordon::policy {
class PolicySet;
}

namespace cordon::enforcement {

struct Rate {
  double per_second = 0;
  double burst = 1;  // so many may come at once
};

// "100/s", "30/m", "100/s burst 20"; without a burst, what comes in one unit of time. Nothing when it is not a rate.
std::optional<Rate> parse_rate(std::string_view text);

// An error that names the policy whose @rate is not one: a limit nobody can read may not be taken for no limit.
Result<void> check_rates(const policy::PolicySet& policies);

class Bucket {
 public:
  // now: since whichever epoch, always the same one. A clock that goes back neither fills nor empties.
  bool take(const Rate& rate, std::chrono::nanoseconds now);
  bool full(const Rate& rate, std::chrono::nanoseconds now);

 private:
  void fill(const Rate& rate, std::chrono::nanoseconds now);

  double tokens_ = -1;  // below 0: never used, so full
  std::chrono::nanoseconds filled_{0};
};

// A bucket for each identity and rule. Bounded; an identity seen before costs no allocation.
class Rates {
 public:
  bool take(std::string_view who, std::string_view rule, const Rate& rate, WallTime now);
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Limited {
    Rate rate;
    Bucket bucket;
  };
  bool make_room(WallTime now);

  std::unordered_map<std::string, Limited> buckets_;
  std::string key_;  // reused
};

}  // namespace cordon::enforcement
