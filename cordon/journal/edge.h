// The right edge of the growing tree: the tile of each level that is not full yet, and the bundle of entries beside
// the lowest. Everything left of it is in files. Hashes many leaves at once; no files here.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/crypto/sha256_many.h"
#include "cordon/journal/leaves.h"
#include "cordon/transparency/merkle.h"
#include "cordon/transparency/tile.h"

namespace cordon::journal {

struct TileContent {
  transparency::Tile tile;
  std::string content;
};

class Edge {
 public:
  Edge() = default;
  // Out of what is stored of a log of that size: the partial tiles of all levels, lowest first ("": none), and the
  // partial bundle. corrupt: they do not fit the size, or the bundle not the hashes.
  static Result<Edge> of(std::uint64_t size, std::vector<std::string> levels, std::string bundle);

  void add(const Leaves& leaves);
  std::deque<TileContent>& full() { return full_; }  // tiles that became full; the caller takes them

  std::uint64_t size() const { return size_; }
  transparency::Hash root() const;
  // Of a tile that is not full at this size: its content now, in the width it has.
  std::string_view partial(const transparency::Tile& tile) const;
  // The hash of an entry of the tile that is not full yet.
  transparency::Hash leaf(std::uint64_t index) const;

 private:
  void append(std::size_t level, std::string_view hashes);
  transparency::Hash root_of_full(std::string_view hashes);
  void keep_entry(std::string_view entry);

  std::uint64_t size_ = 0;
  std::vector<std::string> levels_;  // hashes one after the other; Invariant: fewer than 256 each
  std::string bundle_;
  std::deque<TileContent> full_;
  crypto::Sha256Many hasher_;
  std::vector<BytesView> messages_;  // reused, as the next two
  std::vector<crypto::Sha256Digest> digests_;
  std::string nodes_;
};

}  // namespace cordon::journal
