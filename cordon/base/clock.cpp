#include "cordon/base/clock.h"

#include <algorithm>
#include <cstdio>
#include <format>

#include "cordon/base/text.h"

namespace cordon {

namespace {
class SystemClock final : public Clock {
 public:
  WallTime now() const override { return std::chrono::system_clock::now(); }
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

// The whole years that 64 bits of nanoseconds hold.
constexpr std::chrono::year kFirstYear{1678};
constexpr std::chrono::year kLastYear{2261};

// Takes fixed-width fields from the front of a text; the first mistake sticks.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    return value;
  }

  void literal(char expected) {
    if (next() != expected) wrong_ = true;
    advance();
  }

  // RFC 3339 5.6: partial-time. No leap second: WallTime does not count them.
  std::chrono::nanoseconds time_of_day() {
    const int hour = number(2);
    literal(':');
    const int minute = number(2);
    literal(':');
    const int second = number(2);
    if (hour > 23 || minute > 59 || second > 59) wrong_ = true;
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) + fraction();
  }

  bool finished() const { return !wrong_ && rest_.empty(); }

 private:
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  void advance() { rest_.remove_prefix(rest_.empty() ? 0 : 1); }

  int digit() {
    const char c = next();
    advance();
    if (c >= '0' && c <= '9') return c - '0';
    wrong_ = true;
    return 0;
  }

  std::chrono::nanoseconds fraction() {
    std::chrono::nanoseconds value{0};
    if (next() != '.') return value;
    advance();
    const auto digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits == 0 || digits > 9) wrong_ = true;
    for (std::size_t i = 0; i < 9; ++i) value = value * 10 + std::chrono::nanoseconds(i < digits ? digit() : 0);
    return value;
  }

  std::string_view rest_;
  bool wrong_ = false;
};
}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::string format_time(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss of_day{std::chrono::floor<std::chrono::microseconds>(time - day)};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(of_day.hours().count()), static_cast<int>(of_day.minutes().count()),
                static_cast<int>(of_day.seconds().count()), static_cast<int>(of_day.subseconds().count()));
  return text;
}

Result<WallTime> parse_time(std::string_view text) {
  Reader in(text);
  const int year = in.number(4);
  in.literal('-');
  const auto month = static_cast<unsigned>(in.number(2));
  in.literal('-');
  const auto day = static_cast<unsigned>(in.number(2));
  in.literal('T');
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  const auto of_day = in.time_of_day();
  in.literal('Z');
  if (!in.finished() || !date.ok()) {
    return fail(ErrorKind::invalid_input, std::format("'{}' is not an RFC 3339 time in UTC (for example "
                                                      "2026-11-21T02:48:04Z)",
                                                      printable(text)));
  }
  if (date.year() < kFirstYear || date.year() > kLastYear) {
    return fail(ErrorKind::invalid_input,
                std::format("'{}' is not between the years {:%Y} and {:%Y}", text, kFirstYear, kLastYear));
  }
  return WallTime(std::chrono::sys_days(date)) + of_day;
}

}  // namespace cordon
