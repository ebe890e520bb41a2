#include "cordon/enforcement/check_rate.h"

#include <cmath>

namespace cordon::enforcement {

namespace {

// TS 29.500 5.2.7.2: NF_CONGESTION_RISK, "excessive traffic which, if continued over time, may lead to ... overload".
Verdict too_often(Case& c, const std::string& policy, std::string_view limit, const std::optional<Rate>& rate) {
  wire::Problem problem{
      429, "Too Many Requests", "NF_CONGESTION_RISK",
      std::format("{} may {} only {} (policy {})", c.caller(), c.classified->operation->action, limit, policy), ""};
  problem.retry_after = rate ? static_cast<int>(std::ceil(1 / rate->per_second)) : 60;
  return c.refuse("rate-limit", std::move(problem));
}

}  // namespace

std::optional<Verdict> check_rate(Case& c, Rates* rates, const std::vector<std::string>& determining) {
  if (rates == nullptr) return std::nullopt;
  for (const auto& id : determining) {
    const auto* policy = c.protection.policies.find(id);
    if (policy == nullptr) continue;
    for (const auto& [name, limit] : policy->annotations) {
      if (name != "rate") continue;
      const auto rate = parse_rate(limit);  // unreadable limits do not get here; if one does, nothing passes
      if (!rate || !rates->take(c.verdict.record.caller, id, *rate, c.now)) return too_often(c, id, limit, rate);
      c.verdict.record.obligations.push_back("rate=" + limit);
    }
  }
  return std::nullopt;
}

}  // namespace cordon::enforcement
