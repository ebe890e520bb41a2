#include "cordon/base/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

namespace cordon {
namespace {

TEST(Metrics, PrintThePrometheusTextFormat) {
  Metrics metrics;
  metrics.counter("requests_total", "Requests seen.", R"(outcome="allow")").add(3);
  metrics.gauge("connections", "Open now.").set(-2);
  metrics.counter("requests_total", "Requests seen.", R"(outcome="refuse")").add();
  EXPECT_EQ(metrics.text(),
            "# HELP requests_total Requests seen.\n"
            "# TYPE requests_total counter\n"
            "requests_total{outcome=\"allow\"} 3\n"
            "requests_total{outcome=\"refuse\"} 1\n"
            "# HELP connections Open now.\n"
            "# TYPE connections gauge\n"
            "connections -2\n");
}

TEST(Metrics, PrintHistogramsWithCumulativeBuckets) {
  Metrics metrics;
  auto& bare = metrics.histogram("wait_seconds", "Waiting.", {0.5, 0.001});
  for (const double seconds : {0.0005, 0.001, 0.25, 2.0}) bare.observe(seconds);
  metrics.histogram("wait_seconds", "Waiting.", {1.0}, R"(nf="amf")").observe(0.5);
  EXPECT_EQ(metrics.text(),
            "# HELP wait_seconds Waiting.\n"
            "# TYPE wait_seconds histogram\n"
            "wait_seconds_bucket{le=\"0.001\"} 2\n"
            "wait_seconds_bucket{le=\"0.5\"} 3\n"
            "wait_seconds_bucket{le=\"+Inf\"} 4\n"
            "wait_seconds_sum 2.2515\n"
            "wait_seconds_count 4\n"
            "wait_seconds_bucket{nf=\"amf\",le=\"1\"} 1\n"
            "wait_seconds_bucket{nf=\"amf\",le=\"+Inf\"} 1\n"
            "wait_seconds_sum{nf=\"amf\"} 0.5\n"
            "wait_seconds_count{nf=\"amf\"} 1\n");
}

TEST(Metrics, GiveTheSameMetricForTheSameNameAndLabels) {
  Metrics metrics;
  auto& first = metrics.counter("a", "A.", "x=\"1\"");
  auto& other = metrics.counter("a", "A.", "x=\"2\"");
  for (int i = 0; i < 100; ++i) metrics.gauge("g" + std::to_string(i), "G.");
  EXPECT_EQ(&metrics.counter("a", "A.", "x=\"1\""), &first);
  EXPECT_NE(&first, &other);
}

TEST(Metrics, EscapeHelpAndLabelValues) {
  Metrics metrics;
  metrics.gauge("a", "one\\two\nthree", metric_label("path", "a\"b\\c\nd")).add(1);
  EXPECT_EQ(metrics.text(),
            "# HELP a one\\\\two\\nthree\n# TYPE a gauge\n"
            "a{path=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(MetricsDeathTest, OneNameHasOneType) {
  Metrics metrics;
  metrics.counter("a", "A.");
  EXPECT_DEATH(metrics.gauge("a", "A."), "");
}

TEST(Histogram, TakesOddValuesWithoutHarm) {
  Histogram histogram({1.0});
  histogram.observe(-1);
  histogram.observe(std::nan(""));
  histogram.observe(INFINITY);
  EXPECT_EQ(histogram.count(), 2);
  EXPECT_EQ(histogram.bucket(0), 1);
  EXPECT_EQ(histogram.bucket(1), 1);
  EXPECT_EQ(histogram.sum(), 1e9);
}

TEST(Histogram, CountsFromSeveralThreads) {
  Histogram histogram({0.5});
  {
    std::vector<std::jthread> threads;
    threads.reserve(3);
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 1000; ++k) histogram.observe(0.25);
      });
    }
  }
  EXPECT_EQ(histogram.count(), 3000);
  EXPECT_DOUBLE_EQ(histogram.sum(), 750);
}

}  // namespace
}  // namespace cordon
