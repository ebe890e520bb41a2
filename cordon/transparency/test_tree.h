// For tests of any room: a tree written down as RFC 9162 2.1 defines it, slowly and recursively, and a log's files
// kept in memory.
#pragma once

#include <bit>
#include <map>
#include <string>
#include <vector>

#include "cordon/transparency/merkle.h"
#include "cordon/transparency/tile.h"

namespace cordon::transparency {

inline std::string test_entry(std::uint64_t index) { return std::format("entry {}", index); }

class NaiveTree final : public HashSource {
 public:
  explicit NaiveTree(std::size_t size = 0) {
    for (std::size_t i = 0; i < size; ++i) leaves.push_back(leaf_hash(as_bytes(test_entry(i))));
  }

  using Leaves = std::span<const Hash>;
  static Hash root(Leaves d) {
    if (d.empty()) return empty_root();
    if (d.size() == 1) return d[0];
    const auto k = left(d.size());
    return node_hash(root(d.first(k)), root(d.subspan(k)));
  }
  Hash root(std::size_t size) const { return root(Leaves(leaves).first(size)); }

  static std::vector<Hash> path(std::size_t m, Leaves d) {
    if (d.size() <= 1) return {};
    const auto k = left(d.size());
    auto proof = m < k ? path(m, d.first(k)) : path(m - k, d.subspan(k));
    proof.push_back(m < k ? root(d.subspan(k)) : root(d.first(k)));
    return proof;
  }

  static std::vector<Hash> proof(std::size_t m, Leaves d, bool complete) {
    if (m == d.size()) return complete ? std::vector<Hash>() : std::vector{root(d)};
    const auto k = left(d.size());
    auto hashes = m <= k ? proof(m, d.first(k), complete) : proof(m - k, d.subspan(k), false);
    hashes.push_back(m <= k ? root(d.subspan(k)) : root(d.first(k)));
    return hashes;
  }

  Result<Hash> node(unsigned level, std::uint64_t index) const override {
    return root(Leaves(leaves).subspan(index << level, 1UZ << level));
  }

  std::vector<Hash> leaves;

 private:
  static std::size_t left(std::size_t size) { return std::bit_floor(size - 1); }
};

// The files of a log by their paths, written as any writer would: every tile that a size brings.
class MemoryLog {
 public:
  void grow(std::uint64_t size) {
    auto from = tree_.leaves.size();
    for (auto i = from; i < size; ++i) tree_.leaves.push_back(leaf_hash(as_bytes(test_entry(i))));
    for (const auto& tile : new_tiles(from, size)) files[tile.path()] = content(tile);
  }
  std::uint64_t size() const { return tree_.leaves.size(); }
  const NaiveTree& tree() const { return tree_; }
  ReadResource reader() const {
    return [this](const std::string& path) -> Result<std::string> {
      ++reads;
      const auto found = files.find(path);
      if (found == files.end()) return fail(ErrorKind::not_found, path + ": no such file");
      return found->second;
    };
  }

  std::map<std::string, std::string> files;
  mutable int reads = 0;

 private:
  std::string content(const Tile& tile) const {
    std::string out;
    const auto first = tile.index * kTileWidth;
    for (auto i = first; i < first + tile.width; ++i) {
      if (tile.entries)
        append_entry(out, as_bytes(test_entry(i)));
      else
        out += as_text(tree_.node(8 * tile.level, i).value());
    }
    return out;
  }

  NaiveTree tree_;
};

}  // namespace cordon::transparency
