#include "cordon/enforcement/refusal_counters.h"

#include <gtest/gtest.h>

namespace cordon::enforcement {
namespace {

TEST(RefusalCounters, CountByRule) {
  Metrics metrics;
  RefusalCounters counters(metrics);
  counters.add("own-profile-only");
  counters.add("own-profile-only");
  counters.add("a \"quoted\" rule");
  const auto text = metrics.text();
  EXPECT_NE(text.find("cordon_refusals_total{rule=\"own-profile-only\"} 2"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(cordon_refusals_total{rule="a \"quoted\" rule"} 1)"), std::string::npos) << text;
}

TEST(RefusalCounters, KnowABoundedNumberOfRules) {
  Metrics metrics;
  RefusalCounters counters(metrics);
  for (std::size_t i = 0; i < RefusalCounters::kMostRules + 10; ++i) counters.add("rule-" + std::to_string(i));
  counters.add("rule-0");
  const auto text = metrics.text();
  EXPECT_NE(text.find("cordon_refusals_total{rule=\"other\"} 10"), std::string::npos);
  EXPECT_NE(text.find("cordon_refusals_total{rule=\"rule-0\"} 2"), std::string::npos);
  EXPECT_EQ(text.find("rule-256"), std::string::npos);
}

}  // namespace
}  // namespace cordon::enforcement
