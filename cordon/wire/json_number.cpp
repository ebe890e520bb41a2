#include "cordon/wire/json_number.h"

#include <algorithm>
#include <charconv>

namespace cordon::wire {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// The pieces of a number; sound only when the grammar held.
struct Pieces {
  bool valid = false;
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::string_view exponent;  // with its sign
};

std::string_view take(std::string_view& text, std::size_t count) {
  const auto taken = text.substr(0, count);
  text.remove_prefix(count);
  return taken;
}

bool take_exponent_mark(std::string_view& text) {
  if (text.empty() || (text.front() != 'e' && text.front() != 'E')) return false;
  text.remove_prefix(1);
  return true;
}

Pieces pieces_of(std::string_view text) {
  Pieces result;
  if (text.starts_with('-')) result.negative = !take(text, 1).empty();
  result.whole = take(text, digits_at(text));
  if (result.whole.empty() || (result.whole.size() > 1 && result.whole.front() == '0')) return {};
  if (text.starts_with('.')) {
    take(text, 1);
    result.fraction = take(text, digits_at(text));
    if (result.fraction.empty()) return {};
  }
  if (take_exponent_mark(text)) {
    const std::size_t sign = text.starts_with('+') || text.starts_with('-') ? 1 : 0;
    const auto digits = digits_at(text.substr(sign));
    if (digits == 0) return {};
    result.exponent = take(text, sign + digits);
  }
  result.valid = text.empty();
  return result;
}

std::optional<int> exponent_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return 0;
  int value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  constexpr int kFarOut = 9'999;  // so that the sums below cannot overflow
  if (value > kFarOut || value < -kFarOut) return std::nullopt;
  return value;
}

}  // namespace

bool is_number_text(std::string_view text) { return pieces_of(text).valid; }

std::optional<Decimal> to_decimal(std::string_view number) {
  if (number.size() > kMaxNumberText) return std::nullopt;
  const auto pieces = pieces_of(number);
  const auto exponent = exponent_of(pieces.exponent);
  if (!pieces.valid || !exponent) return std::nullopt;
  Decimal result{pieces.negative, std::string(pieces.whole) + std::string(pieces.fraction),
                 *exponent + static_cast<int>(pieces.whole.size())};
  const auto zeros = std::min(result.digits.find_first_not_of('0'), result.digits.size());
  result.digits.erase(0, zeros);
  result.exponent -= static_cast<int>(zeros);
  result.digits.erase(result.digits.find_last_not_of('0') + 1);
  if (result.digits.empty()) return Decimal{};
  if (result.exponent > kMaxDecimalExponent) return std::nullopt;
  return result;
}

std::optional<std::int64_t> to_integer(const Decimal& decimal) {
  if (decimal.digits.empty()) return 0;
  constexpr int kMaxDigits = 19;
  const int size = static_cast<int>(decimal.digits.size());
  if (decimal.exponent < size || decimal.exponent > kMaxDigits) return std::nullopt;
  const std::string text = (decimal.negative ? "-" : "") + decimal.digits +
                           std::string(static_cast<std::size_t>(decimal.exponent - size), '0');
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace cordon::wire
