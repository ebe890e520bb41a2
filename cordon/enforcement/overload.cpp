#include "cordon/enforcement/overload.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cordon::enforcement {

namespace {

constexpr std::size_t kLongest = 4096;              // of a header that is looked at
constexpr std::chrono::seconds kLongestValid{600};  // a producer that says longer says it again in time

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Up to the separator outside quotes, which is taken too.
std::string_view take_until(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != separator); ++end) quoted ^= rest[end] == '"';
  const auto out = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(out);
}

std::optional<int> number(std::string_view text, int most) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || out < 0 || out > most) return std::nullopt;
  return out;
}

std::optional<int> month(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::ranges::find(kNames, word);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<int>(found - kNames.begin()) + 1;
}

// "Tue, 04 Feb 2020 08:49:37 GMT" (RFC 5322 3.3): only the order of two counts, so the zone is not looked at.
std::optional<std::uint64_t> stamp_of(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  auto rest = text.substr(1, text.size() - 2);
  if (rest.contains(',')) take_until(rest, ',');
  rest = trimmed(rest);
  const auto day = number(take_until(rest, ' '), 31);
  const auto named = month(take_until(rest, ' '));
  const auto year = number(take_until(rest, ' '), 9999);
  auto time = take_until(rest, ' ');
  const auto hour = number(take_until(time, ':'), 23);
  const auto minute = number(take_until(time, ':'), 59);
  const auto second = number(time, 60);
  if (!day || !named || !year || !hour || !minute || !second) return std::nullopt;
  std::uint64_t out = 0;
  for (const auto part : {*year, *named, *day, *hour, *minute, *second}) {
    out = out * 100 + static_cast<std::uint64_t>(part);
  }
  return out;
}

bool same(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// TS 29.500 5.2.3.2.9 and 5.2.3.2.10: parts "Name: value", the scope last. A part that narrows the scope (a slice, a
// service, a DNN) makes it another scope than the instance's.
std::optional<LoadReport> report_of(std::string_view element, std::string_view instance) {
  LoadReport out;
  bool stamped = false, measured = false, ours = false;
  while (!element.empty()) {
    auto value = take_until(element, ';');
    const auto name = value.substr(0, value.find(':'));
    value = trimmed(value.substr(std::min(name.size() + 1, value.size())));
    if (name == "Timestamp") {
      const auto stamp = stamp_of(value);
      if (!stamp) return std::nullopt;
      out.stamp = *stamp;
      stamped = true;
    } else if (name == "Period-of-Validity" && value.ends_with('s')) {
      const auto seconds = number(value.substr(0, value.size() - 1), 1'000'000'000);
      if (!seconds) return std::nullopt;
      out.validity = std::min(std::chrono::seconds(*seconds), kLongestValid);
    } else if ((name == "Overload-Reduction-Metric" || name == "Load-Metric") && value.ends_with('%')) {
      const auto percent = number(value.substr(0, value.size() - 1), 100);
      if (!percent) return std::nullopt;
      out.percent = *percent;
      measured = true;
    } else if (name == "NF-Instance" && same(value, instance)) {
      ours = true;
    } else {
      return std::nullopt;
    }
  }
  if (!stamped || !measured || !ours) return std::nullopt;
  return out;
}

}  // namespace

std::optional<LoadReport> parse_load_report(std::string_view header, std::string_view instance) {
  if (header.size() > kLongest) return std::nullopt;
  while (!header.empty()) {
    if (const auto report = report_of(take_until(header, ','), instance)) return report;
  }
  return std::nullopt;
}

void ProducerLoad::heed(const wire::Headers& headers, std::string_view instance, SteadyTime now) {
  if (const auto lci = wire::find_header(headers, "3gpp-sbi-lci")) {
    const auto report = parse_load_report(*lci, instance);
    if (report && report->stamp > lci_stamp_) {
      lci_stamp_ = report->stamp;
      load_ = report->percent;
    }
  }
  const auto oci = wire::find_header(headers, "3gpp-sbi-oci");
  const auto report = oci ? parse_load_report(*oci, instance) : std::nullopt;
  // TS 29.500 6.4.3: what is not newer than the last is what was known already, and prolongs nothing.
  // Once it has run out an older one counts too: a clock set back must not silence a producer.
  if (!report || report->stamp == oci_stamp_ || (report->stamp < oci_stamp_ && now < until_)) return;
  oci_stamp_ = report->stamp;
  reduction_ = report->percent;
  until_ = now + report->validity;
}

// Evenly over the requests, not in bursts: each adds its percentage to what is owed.
bool ProducerLoad::holds_back(SteadyTime now) {
  owed_ += reduction(now);
  if (owed_ < 100) return false;
  owed_ -= 100;
  return true;
}

std::chrono::seconds ProducerLoad::left(SteadyTime now) const {
  return now < until_ ? std::chrono::ceil<std::chrono::seconds>(until_ - now) : std::chrono::seconds(0);
}

}  // namespace cordon::enforcement
