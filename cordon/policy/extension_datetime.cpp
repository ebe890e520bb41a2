// datetime and duration: whole milliseconds.
#include <array>
#include <charconv>
#include <chrono>
#include <format>
#include <limits>

#include "cordon/policy/extension.h"

namespace cordon::policy {

namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

// Takes text apart from the front; once something was not as expected, it stays wrong.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::int64_t digits(std::size_t count) {
    std::int64_t value = 0;
    if (rest_.size() < count || rest_.find_first_not_of("0123456789") < count) {
      good_ = false;
      return 0;
    }
    std::from_chars(rest_.data(), rest_.data() + count, value);
    rest_.remove_prefix(count);
    return value;
  }

  void sign(char wanted) { good_ = accept(wanted) && good_; }

  bool accept(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool at_end() const { return rest_.empty(); }
  bool good() const { return good_; }
  void require(bool condition) { good_ = good_ && condition; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::int64_t date(Reader& reader) {
  const auto year = static_cast<int>(reader.digits(4));
  reader.sign('-');
  const auto month = static_cast<unsigned>(reader.digits(2));
  reader.sign('-');
  const auto day = static_cast<unsigned>(reader.digits(2));
  const std::chrono::year_month_day read{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  reader.require(read.ok());
  return reader.good() ? std::chrono::sys_days(read).time_since_epoch().count() * kDay : 0;
}

// There are no leap seconds: 23:59:60 is refused.
std::int64_t clock(Reader& reader) {
  const std::int64_t hours = reader.digits(2);
  reader.sign(':');
  const std::int64_t minutes = reader.digits(2);
  reader.sign(':');
  const std::int64_t seconds = reader.digits(2);
  const std::int64_t milliseconds = reader.accept('.') ? reader.digits(3) : 0;
  reader.require(hours < 24 && minutes < 60 && seconds < 60);
  return hours * kHour + minutes * kMinute + seconds * kSecond + milliseconds;
}

// Z, or a difference from UTC that must be subtracted.
std::int64_t zone(Reader& reader) {
  if (reader.accept('Z')) return 0;
  const bool west = reader.accept('-');
  if (!west) reader.sign('+');
  const std::int64_t hours = reader.digits(2), minutes = reader.digits(2);
  reader.require(hours < 24 && minutes < 60);
  const std::int64_t ahead = hours * kHour + minutes * kMinute;
  return west ? -ahead : ahead;
}

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
// In the order in which they are written.
constexpr std::array<Unit, 5> kUnits = {{{"d", kDay}, {"h", kHour}, {"m", kMinute}, {"s", kSecond}, {"ms", 1}}};

// The number and unit at the front, taken off; nothing when there is none or it is too large.
struct Part {
  std::uint64_t number = 0;
  std::size_t unit = 0;
};
std::optional<Part> take_part(std::string_view& text) {
  Part part;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part.number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  const std::size_t length = text.find_first_of("0123456789");
  const std::string_view name = text.substr(0, length);
  while (part.unit < kUnits.size() && kUnits[part.unit].name != name) ++part.unit;
  if (part.unit == kUnits.size()) return std::nullopt;
  text.remove_prefix(name.size());
  return part;
}

std::string year_text(int year) {
  if (year >= 0 && year <= 9999) return std::format("{:04}", year);
  return std::format("{:+05}", year);
}

}  // namespace

// YYYY-MM-DD, or YYYY-MM-DDThh:mm:ss[.SSS](Z|+hhmm|-hhmm).
std::optional<Datetime> datetime_of(std::string_view text) {
  Reader reader(text);
  std::int64_t total = date(reader);
  if (!reader.at_end()) {
    reader.sign('T');
    total += clock(reader);
    total -= zone(reader);
  }
  if (!reader.good() || !reader.at_end()) return std::nullopt;
  return Datetime{total};
}

// -?(n d)?(n h)?(n m)?(n s)?(n ms)?, at least one of them; the sign is that of the whole.
std::optional<Duration> duration_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next = 0;  // the first unit that may still come
  while (!text.empty()) {
    const auto part = take_part(text);
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + 1;
    if (!part || part->unit < next || part->number > kMost) return std::nullopt;
    next = part->unit + 1;
    // Counted downwards: the least Long has no positive counterpart.
    std::int64_t part_total = 0;
    const auto number = static_cast<std::int64_t>(0 - part->number);
    if (__builtin_mul_overflow(number, kUnits[part->unit].milliseconds, &part_total) ||
        __builtin_add_overflow(total, part_total, &total)) {
      return std::nullopt;
    }
  }
  if (!negative && __builtin_sub_overflow(std::int64_t{0}, total, &total)) return std::nullopt;
  return Duration{total};
}

std::optional<Datetime> offset(Datetime from, Duration by) {
  Datetime moved;
  if (__builtin_add_overflow(from.milliseconds, by.milliseconds, &moved.milliseconds)) return std::nullopt;
  return moved;
}

std::optional<Duration> duration_since(Datetime later, Datetime earlier) {
  Duration between;
  if (__builtin_sub_overflow(later.milliseconds, earlier.milliseconds, &between.milliseconds)) return std::nullopt;
  return between;
}

std::optional<Datetime> date_of(Datetime value) { return offset(value, Duration{-time_of(value).milliseconds}); }

Duration time_of(Datetime value) {
  const std::int64_t rest = value.milliseconds % kDay;
  return {rest < 0 ? rest + kDay : rest};
}

std::string text_of(Datetime value) {
  const std::int64_t rest = time_of(value).milliseconds;
  const std::int64_t day = value.milliseconds / kDay - (value.milliseconds % kDay < 0 ? 1 : 0);
  // Whole days of a Long of milliseconds reach beyond the years of std::chrono, so whole Gregorian cycles are set
  // aside.
  constexpr std::int64_t kCycleDays = 146'097;  // 400 years
  const std::int64_t cycles = day / kCycleDays - (day % kCycleDays < 0 ? 1 : 0);
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(day - cycles * kCycleDays)))};
  const auto year = static_cast<int>(static_cast<int>(date.year()) + cycles * 400);
  std::string text = std::format("{}-{:02}-{:02}", year_text(year), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()));
  if (rest == 0) return text;
  text += std::format("T{:02}:{:02}:{:02}", rest / kHour, rest / kMinute % 60, rest / kSecond % 60);
  if (rest % kSecond != 0) text += std::format(".{:03}", rest % kSecond);
  return text + 'Z';
}

std::string text_of(Duration value) {
  if (value.milliseconds == 0) return "0ms";
  const bool negative = value.milliseconds < 0;
  const auto bits = static_cast<std::uint64_t>(value.milliseconds);
  std::uint64_t rest = negative ? 0 - bits : bits;
  std::string text = negative ? "-" : "";
  for (const Unit& unit : kUnits) {
    const auto size = static_cast<std::uint64_t>(unit.milliseconds);
    if (rest >= size) text += std::format("{}{}", rest / size, unit.name);
    rest %= size;
  }
  return text;
}

}  // namespace cordon::policy
