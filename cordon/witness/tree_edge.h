// How the tiles of a tree vouch for each other: the partial ones at its right edge for the root, and each full one
// for those below it.
#pragma once

#include <string_view>
#include <vector>

#include "cordon/transparency/tile.h"

namespace cordon::witness {

// The partial tile of each level that has one, highest level first: together they have all hashes from which the root
// of a tree of that size is made.
std::vector<transparency::Tile> edge_tiles(std::uint64_t size);
// The root, out of their contents in the same order. corrupt: one has not the length of its width.
Result<transparency::Hash> root_of_edge(std::uint64_t size, const std::vector<std::string>& contents);

transparency::Hash hash_at(std::string_view tile, std::uint64_t index);  // 32 bytes at that place must be there
// The root over all hashes of a full tile: what stands for it one level up. corrupt: another length.
Result<transparency::Hash> root_of_tile(std::string_view tile);

}  // namespace cordon::witness
