#include "tests/conformance/report.h"

#include <cstdio>
#include <format>
#include <print>

namespace cordon::conformance {
namespace {

void add(std::map<std::string, std::size_t, std::less<>>& counts, std::string_view name, std::size_t by) {
  const auto at = counts.find(name);
  if (at != counts.end())
    at->second += by;
  else
    counts.emplace(name, by);
}

std::string listed(const std::map<std::string, std::size_t, std::less<>>& counts) {
  std::string out;
  for (const auto& [name, count] : counts) out += std::format("{}{} {}", out.empty() ? "" : ", ", count, name);
  return out;
}

wire::Json as_json(const std::map<std::string, std::size_t, std::less<>>& counts) {
  wire::Json out{wire::JsonObject{}};
  for (const auto& [name, count] : counts) out.set(name, wire::Json{std::uint64_t{count}});
  return out;
}

}  // namespace

void Report::count(std::string_view what, std::size_t by) { add(counts_, what, by); }

void Report::feature(std::string_view name, std::size_t cases) { add(features_, name, cases); }

void Report::mismatch(std::string_view kind, std::string_view subject, std::string_view what,
                      const wire::Json& reproduction) {
  add(kinds_, kind, 1);
  if (printed_++ >= shown_) return;
  std::println("MISMATCH {} in {}: {}\n{}\n", kind, subject, what, reproduction.dump());
  std::fflush(stdout);
}

std::size_t Report::mismatches() const {
  std::size_t sum = 0;
  for (const auto& [kind, count] : kinds_) sum += count;
  return sum;
}

std::string Report::text() const {
  std::string out = std::format("conformance: {}; {} mismatches", listed(counts_), mismatches());
  if (!kinds_.empty()) out += std::format(" ({})", listed(kinds_));
  out += '\n';
  if (!features_.empty()) out += std::format("cases by feature: {}\n", listed(features_));
  return out;
}

wire::Json Report::json() const {
  wire::Json out{wire::JsonObject{}};
  out.set("counts", as_json(counts_));
  out.set("features", as_json(features_));
  out.set("mismatches", as_json(kinds_));
  return out;
}

}  // namespace cordon::conformance
