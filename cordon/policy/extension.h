// The values of Cedar's extension types and what is computed with them. Reading text and calling functions:
// extension.cpp.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cordon::policy {

struct Decimal {
  std::int64_t units = 0;  // ten-thousandths
  auto operator<=>(const Decimal&) const = default;
};

// An address, or a network of addresses. The host bits of the address are kept as written: two networks are equal
// only when address and prefix are.
struct IpNetwork {
  bool v6 = false;
  std::uint8_t prefix = 32;                   // 0..32, or 0..128
  std::array<std::uint8_t, 16> address = {};  // network order; an IPv4 address in the first four
  auto operator<=>(const IpNetwork&) const = default;
};

struct Datetime {
  std::int64_t milliseconds = 0;  // since 1970-01-01T00:00:00Z, leap seconds not counted
  auto operator<=>(const Datetime&) const = default;
};

struct Duration {
  std::int64_t milliseconds = 0;
  auto operator<=>(const Duration&) const = default;
};

// Nothing when the text is none: what the constructors decimal("..."), ip, datetime and duration accept.
std::optional<Decimal> decimal_of(std::string_view text);
std::optional<IpNetwork> ip_of(std::string_view text);
std::optional<Datetime> datetime_of(std::string_view text);
std::optional<Duration> duration_of(std::string_view text);

// The canonical text: the constructor accepts it and gives the same value. Only a datetime outside the years 0000 to
// 9999, which `offset` can reach, has none: its year is then written with a sign, which no constructor accepts.
std::string text_of(Decimal value);
std::string text_of(const IpNetwork& value);
std::string text_of(Datetime value);
std::string text_of(Duration value);

// Whether every address of `inner` is in `outer`: never across the families.
bool in_range(const IpNetwork& inner, const IpNetwork& outer);
bool is_loopback(const IpNetwork& network);   // the whole of it: 127.0.0.0/8 or ::1
bool is_multicast(const IpNetwork& network);  // the whole of it: 224.0.0.0/4 or ff00::/8

// Nothing where milliseconds would overflow.
std::optional<Datetime> offset(Datetime from, Duration by);
std::optional<Duration> duration_since(Datetime later, Datetime earlier);
std::optional<Datetime> date_of(Datetime value);  // the midnight before it
Duration time_of(Datetime value);                 // since that midnight

}  // namespace cordon::policy
