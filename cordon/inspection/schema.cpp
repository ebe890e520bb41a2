#include "cordon/inspection/schema.h"

#include <iterator>

namespace cordon::inspection {

namespace {
#include "cordon/inspection/schema.inc"
}  // namespace

std::span<const Node> nodes() { return kNodes; }
std::span<const Member> members() { return kMembers; }
const TextFacet& text_at(std::uint16_t index) { return kTexts[index]; }
const RangeFacet& range_at(std::uint16_t index) { return kRanges[index]; }
const ArrayFacet& array_at(std::uint16_t index) { return kArrays[index]; }
const ObjectFacet& object_at(std::uint16_t index) { return kObjects[index]; }
const Combination& combination_at(std::uint16_t index) { return kCombinations[index]; }
std::string_view title(std::uint16_t index) { return kTitles[index]; }
std::string_view name(std::uint16_t index) { return kNames[index]; }
std::span<const std::string_view> patterns() { return kPatterns; }
std::uint16_t problem_node() { return kProblem; }
std::size_t operation_count() { return std::size(kOperations); }
const OperationSchema& operation_at(std::size_t index) { return kOperations[index]; }

std::span<const std::uint16_t> list(std::uint16_t first, std::uint16_t count) {
  return std::span(kLists).subspan(first, count);
}

std::span<const std::string_view> words(const TextFacet& text) {
  return std::span(kEnumerations).subspan(text.first_word, text.words);
}

std::span<const Content> contents(const OperationSchema& operation) {
  return std::span(kContents).subspan(operation.first_content, operation.contents);
}

std::span<const QueryParameter> queries(const OperationSchema& operation) {
  return std::span(kQueries).subspan(operation.first_query, operation.queries);
}

std::uint16_t find_name(std::uint32_t hash, std::string_view text) {
  constexpr auto kMask = std::size(kNameSlots) - 1;  // at most half of the slots are taken
  for (auto at = hash & kMask; kNameSlots[at] != 0; at = (at + 1) & kMask) {
    if (kNames[kNameSlots[at]] == text) return kNameSlots[at];
  }
  return 0;
}

}  // namespace cordon::inspection
