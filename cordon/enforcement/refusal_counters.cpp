#include "cordon/enforcement/refusal_counters.h"

namespace cordon::enforcement {

void RefusalCounters::add(std::string_view rule) {
  if (!known_.contains(rule) && known_.size() >= kMostRules) rule = "other";
  auto known = known_.find(rule);
  if (known == known_.end()) {
    auto& counter =
        metrics_.counter("cordon_refusals_total", "Refusals by the rule that decided", metric_label("rule", rule));
    known = known_.emplace(rule, &counter).first;
  }
  known->second->add();
}

}  // namespace cordon::enforcement
