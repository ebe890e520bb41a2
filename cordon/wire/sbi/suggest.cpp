#include "cordon/wire/sbi/suggest.h"

#include <algorithm>
#include <array>
#include <format>

#include "cordon/base/text.h"
#include "cordon/wire/sbi/table.h"

namespace cordon::wire::sbi {

namespace {

constexpr std::size_t kMaxSegments = 12;     // the longest template has 9
constexpr std::size_t kMaxServiceName = 40;  // the longest has 27
constexpr std::size_t kMaxLengthChange = 3;  // further away is another word, not a slip
using Segments = std::vector<std::string_view>;

Segments segments_of(std::string_view path) {
  auto parts = split(path.substr(1), '/');
  if (parts.size() > kMaxSegments) parts.resize(kMaxSegments);
  return parts;
}

bool is_near_in_length(std::string_view one, std::string_view other) {
  return std::max(one.size(), other.size()) - std::min(one.size(), other.size()) <= kMaxLengthChange;
}

// The first segment of a path is a service, or the whole path of an API without one.
std::string_view closest_service(std::string_view word) {
  if (word.size() > kMaxServiceName) return {};
  std::vector<std::string_view> candidates;
  for (const auto& edge : edges_of(0)) {
    if (edge.text == word) return edge.text;
    if (is_near_in_length(edge.text, word)) candidates.push_back(edge.text);
  }
  const auto found = closest(word, candidates);
  const auto known = std::ranges::find(edges_of(0), found, &Edge::text);
  return known == edges_of(0).end() ? std::string_view{} : known->text;
}

constexpr unsigned kMissing = 4;  // the price of a segment too few or too many

// Zero for the same word; slips are told from other words by their common beginning.
unsigned price(std::string_view wanted, std::string_view given) {
  if (wanted == given) return 0;
  if (wanted.starts_with('{')) return 1;
  const auto common = static_cast<std::size_t>(std::ranges::mismatch(wanted, given).in1 - wanted.begin());
  return common * 2 >= std::max(wanted.size(), given.size()) ? 2 : 5;
}

unsigned distance(const Segments& wanted, const Segments& given) {
  std::array<unsigned, kMaxSegments + 1> row{};
  for (std::size_t j = 0; j <= given.size(); ++j) row[j] = static_cast<unsigned>(j) * kMissing;
  for (const auto segment : wanted) {
    unsigned diagonal = row[0];
    row[0] += kMissing;
    for (std::size_t j = 1; j <= given.size(); ++j) {
      const unsigned replaced = diagonal + price(segment, given[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + kMissing, row[j - 1] + kMissing});
    }
  }
  return row[given.size()];
}

bool belongs_to(const Operation& operation, std::string_view first_segment) {
  if (operation.version.empty()) return segments_of(operation.path).front() == first_segment;
  return operation.service == first_segment;
}

}  // namespace

std::string suggestion(std::string_view path) {
  auto given = segments_of(path);
  const auto service = closest_service(given.front());
  if (service.empty()) return {};
  given.front() = service;
  std::string best;
  unsigned least = ~0U;
  for (const auto& operation : operations()) {
    if (!belongs_to(operation, service)) continue;
    const auto candidate = full_path(operation);
    const auto apart = distance(segments_of(candidate), given);
    if (apart >= least) continue;
    least = apart;
    best = candidate;
  }
  return "; the closest known path is " + best;
}

}  // namespace cordon::wire::sbi
