#include "cordon/witness/tree_edge.h"

#include <algorithm>
#include <bit>
#include <format>

#include "cordon/base/bytes.h"

namespace cordon::witness {

using transparency::Hash;
using transparency::kTileWidth;
using transparency::Tile;

namespace {

// The root over hashes [first, first + count) of a tile; count is a power of two.
Hash subtree_root(std::string_view tile, std::uint64_t first, std::uint64_t count) {
  std::vector<Hash> level;
  for (std::uint64_t i = 0; i < count; ++i) level.push_back(hash_at(tile, first + i));
  for (; level.size() > 1; level.resize(level.size() / 2)) {
    for (std::size_t i = 0; i < level.size() / 2; ++i) {
      level[i] = transparency::node_hash(level[2 * i], level[2 * i + 1]);
    }
  }
  return level.front();
}

Result<void> check_length(std::string_view tile, std::uint64_t width) {
  if (tile.size() == width * sizeof(Hash)) return {};
  return fail(ErrorKind::corrupt,
              std::format("a tile of {} bytes where {} belong", tile.size(), width * sizeof(Hash)));
}

}  // namespace

std::vector<Tile> edge_tiles(std::uint64_t size) {
  std::vector<Tile> out;
  for (unsigned level = 0; size != 0; ++level, size /= kTileWidth) {
    const auto width = static_cast<unsigned>(size % kTileWidth);
    if (width != 0) out.push_back({.level = level, .index = size / kTileWidth, .width = width});
  }
  std::ranges::reverse(out);
  return out;
}

Result<Hash> root_of_edge(std::uint64_t size, const std::vector<std::string>& contents) {
  const auto tiles = edge_tiles(size);
  if (tiles.empty()) return transparency::empty_root();
  std::vector<Hash> peaks;  // largest first
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    if (auto checked = check_length(contents.at(i), tiles[i].width); !checked)
      return std::unexpected(checked.error());
    std::uint64_t first = 0;
    for (auto left = std::uint64_t{tiles[i].width}; left != 0;) {
      const auto count = std::bit_floor(left);
      peaks.push_back(subtree_root(contents[i], first, count));
      first += count;
      left -= count;
    }
  }
  const auto frontier = transparency::Frontier::of(size, std::move(peaks));
  if (!frontier) return std::unexpected(frontier.error());
  return frontier->root();
}

Hash hash_at(std::string_view tile, std::uint64_t index) {
  Hash hash{};
  std::ranges::copy(as_bytes(tile.substr(index * sizeof(Hash), sizeof(Hash))), hash.begin());
  return hash;
}

Result<Hash> root_of_tile(std::string_view tile) {
  if (auto checked = check_length(tile, kTileWidth); !checked) return std::unexpected(checked.error());
  return subtree_root(tile, 0, kTileWidth);
}

}  // namespace cordon::witness
