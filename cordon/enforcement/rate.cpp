#include "cordon/enforcement/rate.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "cordon/policy/policy.h"

namespace cordon::enforcement {

namespace {

constexpr std::size_t kMostBuckets = 16'384;
constexpr std::uint32_t kMost = 1'000'000;

std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || out == 0 || out > kMost) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return out;
}

}  // namespace

std::optional<Rate> parse_rate(std::string_view text) {
  const auto count = take_number(text);
  if (!count || (!text.starts_with("/s") && !text.starts_with("/m"))) return std::nullopt;
  const bool minutes = text[1] == 'm';
  text.remove_prefix(2);
  Rate rate{minutes ? *count / 60.0 : *count, static_cast<double>(*count)};
  if (text.empty()) return rate;
  constexpr std::string_view kBurst = " burst ";
  if (!text.starts_with(kBurst)) return std::nullopt;
  text.remove_prefix(kBurst.size());
  const auto burst = take_number(text);
  if (!burst || !text.empty()) return std::nullopt;
  rate.burst = *burst;
  return rate;
}

Result<void> check_rates(const policy::PolicySet& policies) {
  for (const auto& each : policies.policies()) {
    for (const auto& [name, value] : each.annotations) {
      if (name != "rate") continue;
      std::string_view why;
      if (each.forbid) why = "a forbid lets nothing through: put @rate on a permit";
      if (!parse_rate(value)) why = R"(write @rate("100/s"), @rate("30/m") or @rate("100/s burst 20"))";
      if (why.empty()) continue;
      return fail(ErrorKind::invalid_input, std::format("{}:{}:{}: policy {}: @rate(\"{}\"): {}", each.place.file,
                                                        each.place.line, each.place.column, each.id, value, why));
    }
  }
  return {};
}

void Bucket::fill(const Rate& rate, std::chrono::nanoseconds now) {
  if (tokens_ < 0) {
    tokens_ = rate.burst;
  } else if (now > filled_) {
    const auto seconds = std::chrono::duration<double>(now - filled_).count();
    tokens_ = std::min(rate.burst, tokens_ + seconds * rate.per_second);
  }
  filled_ = now;
}

bool Bucket::take(const Rate& rate, std::chrono::nanoseconds now) {
  fill(rate, now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

bool Bucket::full(const Rate& rate, std::chrono::nanoseconds now) {
  fill(rate, now);
  return tokens_ >= rate.burst;
}

bool Rates::take(std::string_view who, std::string_view rule, const Rate& rate, WallTime now) {
  key_.assign(who).append(1, '\n').append(rule);
  auto found = buckets_.find(key_);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kMostBuckets && !make_room(now)) return false;
    found = buckets_.emplace(key_, Limited{}).first;
  }
  found->second.rate = rate;
  return found->second.bucket.take(rate, now.time_since_epoch());
}

// A bucket that is full again is as good as none.
bool Rates::make_room(WallTime now) {
  return std::erase_if(buckets_, [now](auto& each) {
           return each.second.bucket.full(each.second.rate, now.time_since_epoch());
         }) != 0;
}

}  // namespace cordon::enforcement
