#include "cordon/transparency/tile.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "cordon/base/text.h"

namespace cordon::transparency {

namespace {

constexpr unsigned kHeight = 8;  // of a tile: 2^8 hashes
constexpr unsigned kHighestLevel = 63;
constexpr std::size_t kTilesKept = 32;    // two proofs' worth of a log of 10^9 entries, 256 KiB
constexpr std::size_t kLongestPath = 64;  // the longest there is has 51 characters
constexpr std::size_t kFullTileBytes = kTileWidth * sizeof(Hash);

// 1234067 -> "x001/x234/067"
std::string index_path(std::uint64_t index) {
  auto path = std::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) path = std::format("x{:03}/{}", index % 1000, path);
  return path;
}

std::unexpected<Error> no_path(std::string_view path) {
  return fail(ErrorKind::invalid_input, std::format("'{}' is not the path of a tile", printable(path)));
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> index_of(std::span<const std::string_view> groups) {
  std::string digits;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto group = groups[i];
    if (i + 1 < groups.size() && group.starts_with('x')) group.remove_prefix(1);
    digits += group;
  }
  return number(digits);
}

// No tile lies beyond the 2^64-th entry, so a tile's first and last entry can be computed without care.
bool within_a_log(const Tile& tile) {
  const auto bits = kHeight * (tile.level + 1);
  return bits >= 64 ? tile.index == 0 : tile.index >> (64 - bits) == 0;
}

std::uint64_t hashes_at(unsigned level, std::uint64_t size) { return level < 8 ? size >> (kHeight * level) : 0; }

void append_new(std::vector<Tile>& tiles, Tile kind, std::uint64_t from, std::uint64_t size) {
  kind.width = static_cast<unsigned>(kTileWidth);
  const auto full = size / kTileWidth;
  for (kind.index = from / kTileWidth; kind.index < full; ++kind.index) tiles.push_back(kind);
  kind.index = full;
  kind.width = static_cast<unsigned>(size % kTileWidth);
  if (kind.width != 0 && from != size) tiles.push_back(kind);
}

Hash hash_at(std::string_view tile, std::uint64_t position) {
  Hash hash;
  std::ranges::copy(as_bytes(tile.substr(position * sizeof(Hash), sizeof(Hash))), hash.begin());
  return hash;
}

// The root over 2^height neighbouring hashes of a tile.
Hash root_within(std::string_view tile, std::uint64_t position, unsigned height) {
  std::array<Hash, kTileWidth> row;
  auto count = 1UZ << height;
  for (std::size_t i = 0; i < count; ++i) row.at(i) = hash_at(tile, position + i);
  for (; count > 1; count /= 2) {
    for (std::size_t i = 0; i < count / 2; ++i) row.at(i) = node_hash(row.at(2 * i), row.at(2 * i + 1));
  }
  return row[0];
}

}  // namespace

std::string Tile::path() const {
  auto path = std::format("tile/{}/{}", entries ? "entries" : std::to_string(level), index_path(index));
  if (width != kTileWidth) path += std::format(".p/{}", width);
  return path;
}

Result<Tile> parse_tile_path(std::string_view path) {
  if (path.size() > kLongestPath) return no_path(path);
  Tile tile;
  auto rest = path;
  if (const auto partial = rest.find(".p/"); partial != std::string_view::npos) {
    const auto width = number(rest.substr(partial + 3));
    if (!width || *width == 0 || *width >= kTileWidth) return no_path(path);
    tile.width = static_cast<unsigned>(*width);
    rest = rest.substr(0, partial);
  }
  const auto parts = split(rest, '/');
  if (parts.size() < 3) return no_path(path);
  tile.entries = parts[1] == "entries";
  const auto level = tile.entries ? std::uint64_t{0} : number(parts[1]);
  const auto index = index_of(std::span(parts).subspan(2));
  if (!level || *level > kHighestLevel || !index) return no_path(path);
  tile.level = static_cast<unsigned>(*level);
  tile.index = *index;
  // One path a tile: whatever does not print the same (leading zeroes, a missing x) is another file.
  if (!within_a_log(tile) || tile.path() != path) return no_path(path);
  return tile;
}

std::vector<Tile> new_tiles(std::uint64_t from, std::uint64_t size) {
  std::vector<Tile> tiles;
  if (from >= size) return tiles;
  append_new(tiles, Tile{.entries = true}, from, size);
  for (unsigned level = 0; hashes_at(level, size) > 0; ++level) {
    append_new(tiles, Tile{.level = level}, hashes_at(level, from), hashes_at(level, size));
  }
  return tiles;
}

void append_entry(std::string& bundle, BytesView entry) {
  if (entry.size() > kMostEntryBytes) std::abort();  // a length cut short would make another log of this one
  bundle.push_back(static_cast<char>(static_cast<std::uint8_t>(entry.size() >> 8U)));
  bundle.push_back(static_cast<char>(static_cast<std::uint8_t>(entry.size())));
  bundle.append(as_text(entry));
}

Result<std::vector<BytesView>> split_bundle(std::string_view bundle, unsigned width) {
  const auto bytes = as_bytes(bundle);
  std::vector<BytesView> entries;
  entries.reserve(std::min<std::size_t>(width, kTileWidth));
  std::size_t at = 0;
  while (at < bytes.size() && entries.size() < width) {
    const auto left = bytes.size() - at;
    const auto size = left < 2 ? left : (static_cast<std::size_t>(bytes[at]) << 8U) + bytes[at + 1];
    if (left < 2 || left - 2 < size) {
      return fail(ErrorKind::corrupt, std::format("bundle: entry {} at byte {} is cut short", entries.size(), at));
    }
    entries.push_back(bytes.subspan(at + 2, size));
    at += 2 + size;
  }
  if (entries.size() != width || at != bytes.size()) {
    return fail(ErrorKind::corrupt,
                std::format("bundle: {} entries in {} of {} bytes, where {} entries should be all", entries.size(),
                            at, bytes.size(), width));
  }
  return entries;
}

// === TileSource

Result<Hash> TileSource::node(unsigned level, std::uint64_t index) const {
  const bool inside = level < 64 && (size_ >> level) > index;
  if (!inside) {
    return fail(ErrorKind::invalid_input,
                std::format("there is no full subtree {} of 2^{} leaves in a log of {}", index, level, size_));
  }
  const auto height = level % kHeight;
  const auto first = index << height;  // among the hashes of the tile's level
  const auto content = tile(level / kHeight, first / kTileWidth);
  if (!content) return std::unexpected(content.error());
  return root_within(*content, first % kTileWidth, height);
}

// At most one read for a full tile. A partial one may have been deleted since its full one exists (C2SP tlog-tiles,
// Partial Tiles): then that is read, and as much of it used.
Result<std::string_view> TileSource::tile(unsigned level, std::uint64_t index) const {
  const auto width = std::min(kTileWidth, hashes_at(level, size_) - index * kTileWidth);
  Tile wanted{.level = level, .index = index, .width = static_cast<unsigned>(width)};
  const auto known = std::ranges::find(recent_, wanted, &Kept::tile);
  if (known != recent_.end()) {
    std::rotate(known, known + 1, recent_.end());  // the one used last is last
    return recent_.back().content;
  }
  auto content = read_(wanted.path());
  if (!content && content.error().kind == ErrorKind::not_found && width != kTileWidth) {
    content = read_(Tile{.level = level, .index = index}.path());
    if (content && content->size() == kFullTileBytes) content->resize(width * sizeof(Hash));
  }
  if (!content) return std::unexpected(content.error());
  if (content->size() != width * sizeof(Hash)) {
    return fail(ErrorKind::corrupt,
                std::format("{}: {} bytes instead of {}", wanted.path(), content->size(), width * sizeof(Hash)));
  }
  if (recent_.size() == kTilesKept) recent_.erase(recent_.begin());
  recent_.push_back({wanted, std::move(*content)});
  return recent_.back().content;
}

}  // namespace cordon::transparency
