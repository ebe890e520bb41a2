#include "cordon/enforcement/operation_groups.h"

#include <cstdint>
#include <iterator>

namespace cordon::enforcement {

namespace {

struct Row {
  std::string_view type;
  std::uint16_t first;
  std::uint16_t count;
};
#include "cordon/enforcement/operation_groups.inc"

// The rows are in the order of operations().
const Row& row_of(const wire::sbi::Operation& operation) {
  return kRows[static_cast<std::size_t>(&operation - wire::sbi::operations().data())];
}

}  // namespace

std::span<const std::string_view> groups_of(const wire::sbi::Operation& operation) {
  const auto& row = row_of(operation);
  return std::span(kGroups).subspan(row.first, row.count);
}

std::string_view serving_type(const wire::sbi::Operation& operation) { return row_of(operation).type; }

}  // namespace cordon::enforcement
