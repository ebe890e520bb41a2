// JSON numbers as text: the grammar of RFC 8259 6, and their value as an exact decimal. Internal to json*.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cordon::wire {

// RFC 8259 6 lets an implementation limit range and precision: a number beyond these reads differently in every
// parser.
inline constexpr std::size_t kMaxNumberText = 128;
inline constexpr int kMaxDecimalExponent = 308;  // below the largest double

// value = 0.digits * 10^exponent; zero has no digits. Equal values have equal members.
struct Decimal {
  bool negative = false;
  std::string digits;  // neither first nor last is '0'
  int exponent = 0;
  bool operator==(const Decimal&) const = default;
};

bool is_number_text(std::string_view text);                      // the whole text is one JSON number
std::optional<Decimal> to_decimal(std::string_view number);      // nothing when it is no number or out of range
std::optional<std::int64_t> to_integer(const Decimal& decimal);  // nothing unless it is one exactly

}  // namespace cordon::wire
