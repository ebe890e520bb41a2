#include "cordon/journal/edge.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <format>

namespace cordon::journal {

using transparency::Hash;
using transparency::kTileWidth;
using transparency::Tile;

namespace {

constexpr std::size_t kHashBytes = sizeof(Hash);
constexpr unsigned kLevelBits = 8;  // of the index, each level of tiles
constexpr char kNodePrefix = '\x01';

std::string_view text_of(const std::vector<Hash>& hashes) {
  return {reinterpret_cast<const char*>(hashes.data()), hashes.size() * kHashBytes};  // arrays of bytes, no gaps
}

Hash hash_at(std::string_view hashes, std::uint64_t i) {
  Hash hash;
  std::ranges::copy(as_bytes(hashes.substr(i * kHashBytes, kHashBytes)), hash.begin());
  return hash;
}

// The root over a power of two of hashes.
Hash root_over(std::string_view hashes) {
  if (hashes.size() == kHashBytes) return hash_at(hashes, 0);
  const auto half = hashes.size() / 2;
  return transparency::node_hash(root_over(hashes.substr(0, half)), root_over(hashes.substr(half)));
}

std::uint64_t width_at(std::uint64_t size, std::size_t level) {
  return level * kLevelBits < 64 ? (size >> (level * kLevelBits)) % kTileWidth : 0;
}

std::unexpected<Error> unfit(const Tile& tile, std::string what) {
  return fail(ErrorKind::corrupt, std::format("{}: {}", tile.path(), what));
}

}  // namespace

Result<Edge> Edge::of(std::uint64_t size, std::vector<std::string> levels, std::string bundle) {
  for (std::size_t level = 0; level < levels.size(); ++level) {
    const auto width = width_at(size, level);
    if (levels[level].size() == width * kHashBytes) continue;
    const Tile tile{static_cast<unsigned>(level), size >> (kLevelBits * (level + 1)), static_cast<unsigned>(width)};
    return unfit(tile, std::format("{} bytes instead of {}", levels[level].size(), width * kHashBytes));
  }
  Edge edge;
  edge.size_ = size;
  edge.levels_ = std::move(levels);
  edge.bundle_ = std::move(bundle);
  const auto width = static_cast<unsigned>(size % kTileWidth);
  const Tile tile{.index = size / kTileWidth, .width = width, .entries = true};
  const auto entries = transparency::split_bundle(edge.bundle_, width);
  if (!entries) return unfit(tile, entries.error().message);
  for (unsigned i = 0; i < width; ++i) {
    if (transparency::leaf_hash((*entries)[i]) != hash_at(edge.levels_[0], i)) {
      return unfit(tile, std::format("entry {} does not have its hash", size - width + i));
    }
  }
  return edge;
}

void Edge::keep_entry(std::string_view entry) { transparency::append_entry(bundle_, as_bytes(entry)); }

void Edge::add(const Leaves& leaves) {
  for (std::size_t i = 0; i < leaves.count();) {
    const auto count = std::min<std::size_t>(leaves.count() - i, kTileWidth - size_ % kTileWidth);
    messages_.clear();
    for (const auto end = i + count; i < end; ++i) {
      messages_.push_back(as_bytes(leaves.leaf(i)));
      keep_entry(leaves.entry(i));
    }
    digests_.resize(count);
    hasher_.hash(messages_, digests_);
    size_ += count;
    if (size_ % kTileWidth == 0) {
      full_.push_back({Tile{.index = size_ / kTileWidth - 1, .entries = true}, std::move(bundle_)});
      bundle_.clear();
    }
    append(0, text_of(digests_));
  }
}

void Edge::append(std::size_t level, std::string_view hashes) {
  if (levels_.size() <= level) levels_.resize(level + 1);
  auto& tile = levels_[level];
  tile.append(hashes);
  if (tile.size() < kTileWidth * kHashBytes) return;
  const auto root = root_of_full(tile);
  const auto index = (size_ >> (kLevelBits * (level + 1))) - 1;
  full_.push_back({Tile{.level = static_cast<unsigned>(level), .index = index}, std::move(tile)});
  tile.clear();
  append(level + 1, as_text(root));
}

// Row by row, so that the hashes of a row can be made side by side.
Hash Edge::root_of_full(std::string_view hashes) {
  constexpr std::size_t kNodeBytes = 1 + 2 * kHashBytes;
  for (auto row = hashes; row.size() > kHashBytes; row = text_of(digests_)) {
    const auto count = row.size() / (2 * kHashBytes);
    nodes_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      nodes_.push_back(kNodePrefix);
      nodes_.append(row.substr(i * 2 * kHashBytes, 2 * kHashBytes));
    }
    messages_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      messages_.push_back(as_bytes(std::string_view(nodes_).substr(i * kNodeBytes, kNodeBytes)));
    }
    digests_.resize(count);
    hasher_.hash(messages_, digests_);
  }
  return digests_.front();
}

Hash Edge::root() const {
  std::vector<Hash> peaks;
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    std::string_view rest = *level;
    while (!rest.empty()) {
      const auto bytes = std::bit_floor(rest.size() / kHashBytes) * kHashBytes;
      peaks.push_back(root_over(rest.substr(0, bytes)));
      rest.remove_prefix(bytes);
    }
  }
  const auto frontier = transparency::Frontier::of(size_, std::move(peaks));
  if (!frontier) std::abort();  // one peak for each bit of the size: the widths are its digits
  return frontier->root();
}

std::string_view Edge::partial(const Tile& tile) const {
  return tile.entries ? std::string_view(bundle_) : std::string_view(levels_.at(tile.level));
}

Hash Edge::leaf(std::uint64_t index) const { return hash_at(levels_.at(0), index % kTileWidth); }

}  // namespace cordon::journal
