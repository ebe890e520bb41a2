// The generated tables as the matcher walks them: one tree of path segments for all services. Internal to sbi/.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cordon/wire/sbi/catalogue.h"
#include "cordon/wire/sbi/identifier.h"

namespace cordon::wire::sbi {

inline constexpr std::size_t kMaxPathParameters = 4;

// A place in the tree. Node 0 is the root; as a child, 0 means that there is none.
struct Node {
  std::uint16_t first_edge;  // fixed segments below, sorted
  std::uint16_t edges;
  std::uint16_t first_handler;  // operations that end here, one for each method
  std::uint16_t handlers;
  std::uint16_t parameter;  // the child for any other segment
};

struct Edge {
  std::string_view text;
  std::uint16_t node;
};

struct Slot {  // a parameter of an operation's template
  std::string_view name;
  IdentifierKind kind;
};

const Node& node_at(std::uint16_t node);
std::span<const Edge> edges_of(std::uint16_t node);
std::span<const std::uint16_t> handlers_of(std::uint16_t node);  // indices into operations()
std::span<const Slot> slots_of(std::uint16_t operation);

// The whole template: "/nnrf-nfm/v1/nf-instances/{nfInstanceID}".
std::string full_path(const Operation& operation);

}  // namespace cordon::wire::sbi
