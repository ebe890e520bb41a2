// Tiles and entry bundles (C2SP tlog-tiles): the plain files of which a log consists.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/transparency/merkle.h"

namespace cordon::transparency {

inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr std::size_t kMostEntryBytes = 65'535;

struct Tile {
  unsigned level = 0;  // 0 to 63
  std::uint64_t index = 0;
  unsigned width = 256;      // 1 to 255: partial
  bool entries = false;      // a bundle of entries instead of hashes (level plays no part)
  std::string path() const;  // "tile/0/x001/234.p/56", "tile/entries/000"
  bool operator==(const Tile&) const = default;
};
Result<Tile> parse_tile_path(std::string_view path);

// All tiles of a log of that size that one of size `from` does not have in the same width: what to write, or to copy.
// Entry bundles come first.
std::vector<Tile> new_tiles(std::uint64_t from, std::uint64_t size);

// Entry bundle: big-endian 16-bit length and bytes, one after the other.
void append_entry(std::string& bundle, BytesView entry);  // entry.size() <= kMostEntryBytes
Result<std::vector<BytesView>> split_bundle(std::string_view bundle, unsigned width);  // views into bundle

// Reads a file of a log by its path: from a folder, over HTTP, from memory.
using ReadResource = std::function<Result<std::string>(const std::string& path)>;

// The hashes of a log of that size, out of its tiles. Keeps the tiles it read last. Nothing is verified here: compare
// root_of() with a verified checkpoint, or verify the proofs made of it. One thread at a time.
class TileSource final : public HashSource {
 public:
  TileSource(ReadResource read, std::uint64_t size) : read_(std::move(read)), size_(size) {}
  Result<Hash> node(unsigned level, std::uint64_t index) const override;

 private:
  struct Kept {
    Tile tile;
    std::string content;
  };
  Result<std::string_view> tile(unsigned level, std::uint64_t index) const;  // valid until the next call
  ReadResource read_;
  std::uint64_t size_;
  mutable std::vector<Kept> recent_;  // the one used last is last
};

}  // namespace cordon::transparency
