// cordon_refusals_total{rule="..."}: refusals by the rule that decided, with a bounded number of names.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cordon/base/metrics.h"

namespace cordon::enforcement {

class RefusalCounters {
 public:
  static constexpr std::size_t kMostRules = 256;  // further ones are counted together as rule="other"

  explicit RefusalCounters(Metrics& metrics) : metrics_(metrics) {}
  void add(std::string_view rule);

 private:
  Metrics& metrics_;
  std::map<std::string, Counter*, std::less<>> known_;
};

}  // namespace cordon::enforcement
