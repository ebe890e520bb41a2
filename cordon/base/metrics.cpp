#include "cordon/base/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <format>
#include <variant>

namespace cordon {

namespace {

constexpr double kNanosecondsPerSecond = 1e9;

using Metric = std::variant<Counter, Gauge, Histogram>;
using MetricPointer = std::unique_ptr<Metric>;

std::string_view type_name(const Metric& metric) {
  constexpr std::string_view kNames[] = {"counter", "gauge", "histogram"};
  return kNames[metric.index()];
}

std::string escaped_help(std::string_view help) {
  std::string out;
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

struct Series {
  std::string labels;
  MetricPointer metric;
};

struct Family {
  std::string name;
  std::string help;
  std::vector<Series> series;
};

std::string sample(const Family& family, std::string_view suffix, std::string_view labels, const auto& value) {
  if (labels.empty()) return std::format("{}{} {}\n", family.name, suffix, value);
  return std::format("{}{}{{{}}} {}\n", family.name, suffix, labels, value);
}

// Buckets are read once and summed, so that the lines of one histogram agree while others observe.
std::string histogram_samples(const Family& family, std::string_view labels, const Histogram& histogram) {
  std::string out;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    total += histogram.bucket(i);
    const bool last = i == histogram.bounds().size();
    const auto bound = last ? std::string("+Inf") : std::format("{}", histogram.bounds()[i]);
    const auto with_bound = std::format("{}{}le=\"{}\"", labels, labels.empty() ? "" : ",", bound);
    out += sample(family, "_bucket", with_bound, total);
  }
  return out + sample(family, "_sum", labels, histogram.sum()) + sample(family, "_count", labels, total);
}

std::string samples(const Family& family, const Series& series) {
  if (const auto* counter = std::get_if<Counter>(series.metric.get())) {
    return sample(family, "", series.labels, counter->value());
  }
  if (const auto* gauge = std::get_if<Gauge>(series.metric.get())) {
    return sample(family, "", series.labels, gauge->value());
  }
  return histogram_samples(family, series.labels, std::get<Histogram>(*series.metric));
}

}  // namespace

// === Histogram

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)) {
  std::ranges::sort(bounds_);
  buckets_ = std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1);
}

void Histogram::observe(double seconds) {
  if (std::isnan(seconds)) return;
  seconds = std::clamp(seconds, 0.0, 1e9);  // a duration; larger ones would overflow the sum
  const auto above = std::ranges::lower_bound(bounds_, seconds);
  buckets_[static_cast<std::size_t>(above - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(static_cast<std::uint64_t>(seconds * kNanosecondsPerSecond), std::memory_order_relaxed);
}

std::uint64_t Histogram::bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) total += bucket(i);
  return total;
}

double Histogram::sum() const {
  return static_cast<double>(nanoseconds_.load(std::memory_order_relaxed)) / kNanosecondsPerSecond;
}

// === Metrics

struct Metrics::Impl {
  std::deque<Family> families;

  // The metric registered under name and labels: an earlier one of the same type, or a new one.
  template <class T, class... Arguments>
  T& registered(std::string_view name, std::string_view help, std::string_view labels, Arguments&&... arguments);
};

template <class T, class... Arguments>
T& Metrics::Impl::registered(std::string_view name, std::string_view help, std::string_view labels,
                             Arguments&&... arguments) {
  auto family = std::ranges::find(families, name, &Family::name);
  if (family == families.end()) {
    family = families.insert(families.end(), Family{std::string(name), std::string(help), {}});
  }
  // One name has one type: a reader of the text format would drop the whole page. A mistake of ours.
  if (!family->series.empty() && !std::holds_alternative<T>(*family->series.front().metric)) std::abort();
  const auto known = std::ranges::find(family->series, labels, &Series::labels);
  if (known != family->series.end()) return std::get<T>(*known->metric);
  auto metric = std::make_unique<Metric>(std::in_place_type<T>, std::forward<Arguments>(arguments)...);
  family->series.push_back({std::string(labels), std::move(metric)});
  return std::get<T>(*family->series.back().metric);
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, std::string_view labels) {
  return impl_->registered<Counter>(name, help, labels);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, std::string_view labels) {
  return impl_->registered<Gauge>(name, help, labels);
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                              std::string_view labels) {
  return impl_->registered<Histogram>(name, help, labels, std::move(bounds));
}

std::string Metrics::text() const {
  std::string out;
  for (const auto& family : impl_->families) {
    out += std::format("# HELP {} {}\n# TYPE {} {}\n", family.name, escaped_help(family.help), family.name,
                       type_name(*family.series.front().metric));
    for (const auto& series : family.series) out += samples(family, series);
  }
  return out;
}

std::string metric_label(std::string_view name, std::string_view value) {
  std::string out = std::format("{}=\"", name);
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace cordon
