// make_log FOLDER: writes a log of 70,000 entries as plain files, with nothing but the room transparency, for foreign
// tools to verify. Beside the log's own files (checkpoint, tile/, log.vkeys): checkpoint-300, a checkpoint of its
// first 300 entries, and of entry 33,333, which is in the file entry: entry.tlog-proof, and the same as COSE
// receipts, entry.ed25519.cose and entry.ml-dsa-44.cose.
#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <print>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/transparency/cose_receipt.h"
#include "cordon/transparency/log_proof.h"
#include "cordon/transparency/merkle.h"
#include "cordon/transparency/note.h"
#include "cordon/transparency/tile.h"

namespace {

using namespace cordon;
using namespace cordon::transparency;

constexpr std::uint64_t kSize = 70'000;  // C2SP tlog-tiles, Partial Tiles: the example
constexpr std::uint64_t kOlderSize = 300;
constexpr std::uint64_t kProved = 33'333;
constexpr auto kOrigin = "log.example/operator-a";

std::string entry(std::uint64_t index) { return std::format(R"({{"seq":{},"outcome":"permit"}})", index); }

// The whole tree, level by level.
class Tree final : public HashSource {
 public:
  explicit Tree(std::uint64_t size) {
    levels_.emplace_back();
    for (std::uint64_t i = 0; i < size; ++i) levels_[0].push_back(leaf_hash(as_bytes(entry(i))));
    while (levels_.back().size() > 1) {
      const auto& below = levels_.back();
      std::vector<Hash> level;
      for (std::size_t i = 0; i + 1 < below.size(); i += 2) level.push_back(node_hash(below[i], below[i + 1]));
      levels_.push_back(std::move(level));
    }
  }
  Result<Hash> node(unsigned level, std::uint64_t index) const override { return levels_.at(level).at(index); }

 private:
  std::vector<std::vector<Hash>> levels_;
};

std::string content(const Tree& tree, const Tile& tile) {
  std::string out;
  for (auto i = tile.index * kTileWidth; i < tile.index * kTileWidth + tile.width; ++i) {
    if (tile.entries)
      append_entry(out, as_bytes(entry(i)));
    else
      out += as_text(tree.node(8 * tile.level, i).value());
  }
  return out;
}

void write(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  if (!(out << text).flush()) {
    std::println(stderr, "make_log: cannot write {}", path.string());
    std::exit(1);
  }
}

void write_receipt(const std::filesystem::path& path, const LogProof& proof, const Hash& root,
                   const crypto::PrivateKey& key) {
  const Claims claims{.issuer = kOrigin, .subject = std::format("{}/{}", kOrigin, kProved)};
  const auto receipt = make_receipt(InclusionReceipt{kSize, proof.index, proof.inclusion}, root, claims, key).value();
  write(path, as_text(receipt));
}

void make(const std::filesystem::path& folder) {
  const auto ed25519 = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  const auto ml_dsa_44 = crypto::PrivateKey::generate(crypto::KeyKind::ml_dsa_44).value();
  const LogSigner log{NoteSigner::of(kOrigin, SignatureType::ed25519, ed25519).value(),
                      NoteSigner::of(kOrigin, SignatureType::ml_dsa_44, ml_dsa_44).value()};
  const Tree tree(kSize);
  const auto now = system_clock().now();
  const auto checkpoint = [&](std::uint64_t size) {
    return log.sign({kOrigin, size, root_of(tree, size).value()}, now).value();
  };
  for (const auto& tile : new_tiles(0, kSize)) write(folder / tile.path(), content(tree, tile));
  write(folder / "log.vkeys", log.classic.verifier().text() + "\n" + log.post_quantum.verifier().text() + "\n");
  write(folder / "checkpoint-300", checkpoint(kOlderSize).whole());
  const auto newest = checkpoint(kSize);
  write(folder / "checkpoint", newest.whole());
  const LogProof proof{.extra = {},
                       .index = kProved,
                       .inclusion = inclusion_proof(tree, kProved, kSize).value(),
                       .checkpoint = newest};
  write(folder / "entry.tlog-proof", proof.text());
  const auto root = root_of(tree, kSize).value();
  write_receipt(folder / "entry.ed25519.cose", proof, root, ed25519);
  write_receipt(folder / "entry.ml-dsa-44.cose", proof, root, ml_dsa_44);
  write(folder / "entry", entry(kProved));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::println(stderr, "usage: make_log FOLDER");
    return 2;
  }
  make(arguments[1]);
  return 0;
}
