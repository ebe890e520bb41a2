// For tests: a log kept in memory with keys of its own, which can also lie about its history.
#pragma once

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "cordon/transparency/test_tree.h"
#include "cordon/transparency/witness_request.h"
#include "cordon/witness/known_log.h"

namespace cordon::witness {

inline transparency::NoteSigner test_signer(const std::string& name, transparency::SignatureType type) {
  const auto kind =
      type == transparency::SignatureType::ml_dsa_44 ? crypto::KeyKind::ml_dsa_44 : crypto::KeyKind::ed25519;
  return transparency::NoteSigner::of(name, type, crypto::PrivateKey::generate(kind).value()).value();
}

// Both keys of a cosigner, Ed25519 first.
inline std::vector<transparency::NoteSigner> test_cosigner(const std::string& name) {
  return {test_signer(name, transparency::SignatureType::ed25519_cosignature),
          test_signer(name, transparency::SignatureType::ml_dsa_44)};
}

class TestLog {
 public:
  explicit TestLog(std::string origin = "log.example/a")
      : origin_(origin),
        signer_{test_signer(origin, transparency::SignatureType::ed25519),
                test_signer(origin, transparency::SignatureType::ml_dsa_44)} {}

  const std::string& origin() const { return origin_; }
  KnownLog known() const { return {origin_, {signer_.classic.verifier(), signer_.post_quantum.verifier()}}; }
  std::string trust_lines() const {
    return "log " + signer_.classic.verifier().text() + "\nlog " + signer_.post_quantum.verifier().text() + "\n";
  }
  std::uint64_t size() const { return entries_.size(); }
  const transparency::NaiveTree& tree() const { return tree_; }

  // Brings the log to that size and publishes checkpoint and tiles.
  void grow(std::uint64_t size) {
    const auto from = entries_.size();
    while (entries_.size() < size) add(transparency::test_entry(entries_.size()));
    publish(from);
  }
  // What a thief of the keys can do: an entry is another, and everything is published anew.
  void rewrite(std::size_t index, std::string entry) {
    tree_.leaves.at(index) = transparency::leaf_hash(as_bytes(entry));
    entries_.at(index) = std::move(entry);
    files.clear();
    publish(0);
  }
  void truncate(std::size_t size) {
    entries_.resize(size);
    tree_.leaves.resize(size);
    files.clear();
    publish(0);
  }

  transparency::Checkpoint checkpoint(std::uint64_t size) const {
    return {origin_, size, tree_.root(static_cast<std::size_t>(size))};
  }
  transparency::Note sign(const transparency::Checkpoint& checkpoint) const {
    return signer_.sign(checkpoint, WallTime(std::chrono::seconds(1'800'000'000))).value();
  }
  transparency::Note note(std::uint64_t size) const { return sign(checkpoint(size)); }
  // What the log sends to a witness that has the first size.
  std::string add_checkpoint(std::uint64_t from, std::uint64_t to) const {
    transparency::AddCheckpoint request{from, {}, note(to)};
    if (from != 0 && from < to) request.consistency = transparency::consistency_proof(tree_, from, to).value();
    return request.text();
  }

  transparency::ReadResource reader() const {
    return [this](const std::string& path) -> Result<std::string> {
      ++reads;
      const auto found = files.find(path);
      if (found == files.end()) return fail(ErrorKind::not_found, path + ": no such file");
      return found->second;
    };
  }

  std::map<std::string, std::string> files;  // for vandals too
  mutable int reads = 0;

 private:
  void add(std::string entry) {
    tree_.leaves.push_back(transparency::leaf_hash(as_bytes(entry)));
    entries_.push_back(std::move(entry));
  }
  void publish(std::uint64_t from) {
    for (const auto& tile : transparency::new_tiles(from, size())) files[tile.path()] = content(tile);
    files["checkpoint"] = note(size()).whole();
  }
  std::string content(const transparency::Tile& tile) const {
    std::string out;
    const auto first = tile.index * transparency::kTileWidth;
    for (auto i = first; i < first + tile.width; ++i) {
      if (tile.entries) {
        transparency::append_entry(out, as_bytes(entries_.at(static_cast<std::size_t>(i))));
      } else {
        out += as_text(tree_.node(8 * tile.level, i).value());
      }
    }
    return out;
  }

  std::string origin_;
  transparency::LogSigner signer_;
  std::vector<std::string> entries_;
  transparency::NaiveTree tree_;
};

}  // namespace cordon::witness
