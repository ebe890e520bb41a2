#include "cordon/enforcement/trace_context.h"

#include <algorithm>
#include <format>

#include "cordon/base/random.h"

namespace cordon::enforcement {

namespace {

constexpr std::string_view kForm = "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";

bool is_zero(std::string_view digits) { return digits.find_first_not_of('0') == std::string_view::npos; }

// 3.2.2: lower case only, ff is no version, ids of zeros are not valid; of a later version the beginning is the same.
bool is_valid(std::string_view value) {
  const bool fits = std::ranges::equal(value.substr(0, kForm.size()), kForm, [](char c, char form) {
    return form == 'h' ? (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') : c == form;
  });
  if (!fits || value.starts_with("ff") || is_zero(value.substr(3, 32)) || is_zero(value.substr(36, 16))) return false;
  return value.size() == kForm.size() || (!value.starts_with("00") && value[kForm.size()] == '-');
}

}  // namespace

TraceContext::TraceContext() : state_(random_u64()) {}

// splitmix64: ids need to differ, not to be secret.
std::uint64_t TraceContext::next() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return z == 0 ? next() : z;
}

std::string TraceContext::enter(wire::Headers& headers) {
  const auto given = std::ranges::find(headers, "traceparent", &wire::Header::name);
  const bool alone = std::ranges::count(headers, "traceparent", &wire::Header::name) == 1;
  if (alone && is_valid(given->value)) {
    const auto flags = given->value.substr(53, 2);
    auto parent = given->value.substr(36, 16);
    given->value = std::format("00-{}-{:016x}-{}", std::string_view(given->value).substr(3, 32), next(), flags);
    return parent;
  }
  // 4.3: what cannot be understood is not passed on, and the trace begins here.
  std::erase_if(headers, [](const auto& each) { return each.name == "traceparent" || each.name == "tracestate"; });
  headers.push_back({"traceparent", std::format("00-{:016x}{:016x}-{:016x}-01", next(), next(), next())});
  return {};
}

}  // namespace cordon::enforcement
