// decimal: a whole number of ten-thousandths.
#include <charconv>
#include <format>
#include <limits>

#include "cordon/policy/extension.h"

namespace cordon::policy {

namespace {

constexpr std::size_t kFraction = 4;  // digits behind the point
constexpr std::uint64_t kScale = 10'000;

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// -magnitude or magnitude, unless a Long cannot hold it.
std::optional<std::int64_t> with_sign(bool negative, std::uint64_t magnitude) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (magnitude > kMost + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

}  // namespace

// -?DIGITS.DIGITS with one to four digits behind the point. Leading zeros are fine, a plus sign is not.
std::optional<Decimal> decimal_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return std::nullopt;
  const std::string_view whole = text.substr(0, point), fraction = text.substr(point + 1);
  if (!all_digits(whole) || !all_digits(fraction) || fraction.size() > kFraction) return std::nullopt;
  std::uint64_t magnitude = 0;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), magnitude).ec != std::errc{}) return std::nullopt;
  std::uint64_t tail = 0;
  for (std::size_t i = 0; i < kFraction; ++i) {
    tail = tail * 10 + (i < fraction.size() ? static_cast<std::uint64_t>(fraction[i] - '0') : 0);
  }
  if (__builtin_mul_overflow(magnitude, kScale, &magnitude) || __builtin_add_overflow(magnitude, tail, &magnitude)) {
    return std::nullopt;
  }
  const auto units = with_sign(negative, magnitude);
  return units ? std::optional(Decimal{*units}) : std::nullopt;
}

std::string text_of(Decimal value) {
  const bool negative = value.units < 0;
  const auto bits = static_cast<std::uint64_t>(value.units);
  const std::uint64_t magnitude = negative ? 0 - bits : bits;
  std::string text = std::format("{}{}.{:04}", negative ? "-" : "", magnitude / kScale, magnitude % kScale);
  while (text.ends_with('0') && text[text.size() - 2] != '.') text.pop_back();
  return text;
}

}  // namespace cordon::policy
