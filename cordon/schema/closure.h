// All that can be reached in a graph of "is directly in".
#pragma once

#include <cstdint>
#include <expected>
#include <vector>

namespace cordon::schema {

using Node = std::uint32_t;
using Edges = std::vector<std::vector<Node>>;  // by node: where its edges lead

struct Closure {
  Edges reached;            // by node: every other node it leads to
  std::vector<bool> cycle;  // by node: whether it leads back to itself
};

struct TooLarge {};

// At most `most` reached nodes in all, and a bounded number of steps.
std::expected<Closure, TooLarge> close(const Edges& edges, std::size_t most);

}  // namespace cordon::schema
