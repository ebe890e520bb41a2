#include "cordon/wire/sbi/table.h"

#include <algorithm>

namespace cordon::wire::sbi {

namespace {
#include "cordon/wire/sbi/table.inc"
}  // namespace

std::span<const Operation> operations() { return kOperations; }

const Operation* find_operation(std::string_view action) {
  const auto name = [](std::uint16_t index) { return kOperations[index].action; };
  const auto found = std::ranges::lower_bound(kByAction, action, {}, name);
  if (found == std::ranges::end(kByAction) || name(*found) != action) return nullptr;
  return &kOperations[*found];
}

const Node& node_at(std::uint16_t node) { return kNodes[node]; }

std::span<const Edge> edges_of(std::uint16_t node) {
  return std::span(kEdges).subspan(kNodes[node].first_edge, kNodes[node].edges);
}

std::span<const std::uint16_t> handlers_of(std::uint16_t node) {
  return std::span(kHandlers).subspan(kNodes[node].first_handler, kNodes[node].handlers);
}

std::span<const Slot> slots_of(std::uint16_t operation) {
  const std::size_t first = kFirstSlot[operation];
  return std::span(kSlots).subspan(first, kFirstSlot[operation + 1U] - first);
}

std::string full_path(const Operation& operation) {
  if (operation.version.empty()) return std::string(operation.path);
  return std::format("/{}/{}{}", operation.service, operation.version, operation.path);
}

}  // namespace cordon::wire::sbi
