#include "cordon/policy/function.h"

#include <algorithm>
#include <array>
#include <format>
#include <optional>
#include <utility>

#include "cordon/policy/extension.h"
#include "cordon/policy/unescape.h"

namespace cordon::policy {

namespace {

struct Signature {
  std::string_view name;
  std::size_t count;
  std::array<std::string_view, 2> kinds;
};

// In the order of Function.
constexpr std::array<Signature, 22> kSignatures = {{{"decimal", 1, {"String"}},
                                                    {"ip", 1, {"String"}},
                                                    {"datetime", 1, {"String"}},
                                                    {"duration", 1, {"String"}},
                                                    {"lessThan", 2, {"decimal", "decimal"}},
                                                    {"lessThanOrEqual", 2, {"decimal", "decimal"}},
                                                    {"greaterThan", 2, {"decimal", "decimal"}},
                                                    {"greaterThanOrEqual", 2, {"decimal", "decimal"}},
                                                    {"isIpv4", 1, {"ipaddr"}},
                                                    {"isIpv6", 1, {"ipaddr"}},
                                                    {"isLoopback", 1, {"ipaddr"}},
                                                    {"isMulticast", 1, {"ipaddr"}},
                                                    {"isInRange", 2, {"ipaddr", "ipaddr"}},
                                                    {"offset", 2, {"datetime", "duration"}},
                                                    {"durationSince", 2, {"datetime", "datetime"}},
                                                    {"toDate", 1, {"datetime"}},
                                                    {"toTime", 1, {"datetime"}},
                                                    {"toMilliseconds", 1, {"duration"}},
                                                    {"toSeconds", 1, {"duration"}},
                                                    {"toMinutes", 1, {"duration"}},
                                                    {"toHours", 1, {"duration"}},
                                                    {"toDays", 1, {"duration"}}}};

const Signature& signature(Function function) { return kSignatures[std::to_underlying(function)]; }

using Answer = std::expected<Value, CallFault>;

// The result, or a fault where there is none.
template <class T>
Answer made(const std::optional<T>& value, CallFault fault) {
  if (value) return Value(*value);
  return std::unexpected(fault);
}

Answer construct(Function function, const std::string& text) {
  switch (function) {
    case Function::decimal:
      return made(decimal_of(text), CallFault::text);
    case Function::ip:
      return made(ip_of(text), CallFault::text);
    case Function::datetime:
      return made(datetime_of(text), CallFault::text);
    default:
      return made(duration_of(text), CallFault::text);
  }
}

std::string_view what_is_read(Function constructor) {
  switch (constructor) {
    case Function::decimal:
      return "decimal: write decimal(\"12.5\"), with one to four digits behind the point";
    case Function::ip:
      return "address or network: write ip(\"192.0.2.0/24\") or ip(\"2001:db8::/32\")";
    case Function::datetime:
      return "datetime: write datetime(\"2026-01-31T23:59:59Z\")";
    default:
      return "duration: write duration(\"1d2h3m4s5ms\"), with the units in this order";
  }
}

Answer of_decimals(Function function, Decimal a, Decimal b) {
  switch (function) {
    case Function::less_than:
      return a < b;
    case Function::less_than_or_equal:
      return a <= b;
    case Function::greater_than:
      return a > b;
    default:
      return a >= b;
  }
}

Answer of_network(Function function, const IpNetwork& network) {
  switch (function) {
    case Function::is_ipv4:
      return !network.v6;
    case Function::is_ipv6:
      return network.v6;
    case Function::is_loopback:
      return is_loopback(network);
    default:
      return is_multicast(network);
  }
}

Answer of_duration(Function function, Duration duration) {
  const std::int64_t milliseconds = duration.milliseconds;  // division drops what is over, towards zero
  switch (function) {
    case Function::to_milliseconds:
      return milliseconds;
    case Function::to_seconds:
      return milliseconds / 1000;
    case Function::to_minutes:
      return milliseconds / 60'000;
    case Function::to_hours:
      return milliseconds / 3'600'000;
    default:
      return milliseconds / 86'400'000;
  }
}

Answer computed(Function function, std::span<const Value* const> a) {
  if (is_constructor(function)) return construct(function, *a[0]->as_string());
  if (function <= Function::greater_than_or_equal)
    return of_decimals(function, *a[0]->as_decimal(), *a[1]->as_decimal());
  if (function < Function::is_in_range) return of_network(function, *a[0]->as_ip());
  if (function >= Function::to_milliseconds) return of_duration(function, *a[0]->as_duration());
  switch (function) {
    case Function::is_in_range:
      return in_range(*a[0]->as_ip(), *a[1]->as_ip());
    case Function::offset:
      return made(offset(*a[0]->as_datetime(), *a[1]->as_duration()), CallFault::overflow);
    case Function::duration_since:
      return made(duration_since(*a[0]->as_datetime(), *a[1]->as_datetime()), CallFault::overflow);
    case Function::to_date:
      return made(date_of(*a[0]->as_datetime()), CallFault::overflow);
    default:
      return time_of(*a[0]->as_datetime());
  }
}

}  // namespace

std::string_view name_of(Function function) { return signature(function).name; }

std::optional<Function> function_named(std::string_view name) {
  const auto found = std::ranges::find(kSignatures, name, &Signature::name);
  if (found == kSignatures.end()) return std::nullopt;
  return static_cast<Function>(found - kSignatures.begin());
}

std::span<const std::string_view> parameters(Function function) {
  const Signature& wanted = signature(function);
  return std::span(wanted.kinds).first(wanted.count);
}

std::expected<Value, CallFault> call(Function function, std::span<const Value* const> arguments) {
  const auto wanted = parameters(function);
  if (arguments.size() != wanted.size()) return std::unexpected(CallFault::count);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (arguments[i]->kind() != wanted[i]) return std::unexpected(CallFault::type);
  }
  return computed(function, arguments);
}

std::string message(CallFault fault, Function function, std::span<const Value* const> arguments) {
  const auto wanted = parameters(function);
  switch (fault) {
    case CallFault::count: {
      const std::size_t target = is_constructor(function) ? 0 : 1;  // not counted by who writes a method
      return std::format("`{}` takes {} argument{}, not {}", name_of(function), wanted.size() - target,
                         wanted.size() - target == 1 ? "" : "s", arguments.size() - target);
    }
    case CallFault::type: {
      std::size_t i = 0;
      while (arguments[i]->kind() == wanted[i]) ++i;
      return std::format("type error: expected {}, got {}", wanted[i], arguments[i]->kind());
    }
    case CallFault::text:
      return std::format("{} is no {}", in_quotes(*arguments[0]->as_string()), what_is_read(function));
    case CallFault::overflow:
      break;
  }
  return std::format("overflow in `{}`", name_of(function));
}

}  // namespace cordon::policy
