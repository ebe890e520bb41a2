// What the room's tests share: numbered entries, keys, and a slow look at everything that is published.
#pragma once

#include <gtest/gtest.h>

#include <format>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/journal/journal.h"
#include "cordon/journal/publisher.h"
#include "cordon/journal/simulated_disk.h"
#include "cordon/journal/tile_files.h"

namespace cordon::journal {

inline constexpr std::string_view kOrigin = "cordon.example/evidence/test";

inline transparency::LogSigner make_signer(std::string_view origin = kOrigin) {
  using transparency::NoteSigner;
  using transparency::SignatureType;
  return {NoteSigner::of(std::string(origin), SignatureType::ed25519,
                         crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value())
              .value(),
          NoteSigner::of(std::string(origin), SignatureType::ml_dsa_44,
                         crypto::PrivateKey::generate(crypto::KeyKind::ml_dsa_44).value())
              .value()};
}

inline const transparency::LogSigner& test_signer() {
  static const auto signer = make_signer();
  return signer;
}

inline std::string entry(std::uint64_t number) { return std::format("e{}", number); }

// Entries first, first + 1, ... as append() wants them.
class Entries {
 public:
  Entries(std::uint64_t first, std::uint64_t count) {
    for (auto i = first; i < first + count; ++i) texts_.push_back(entry(i));
    views_.assign(texts_.begin(), texts_.end());
  }
  operator std::span<const std::string_view>() const { return views_; }  // NOLINT: reads as the argument it is

 private:
  std::vector<std::string> texts_;
  std::vector<std::string_view> views_;
};

// Published entries in order. Everything a stranger could check is checked: signatures, every tile in its right
// width, the root. Faults are failures of the test.
inline std::vector<std::string> published_entries(const std::shared_ptr<Disk>& disk,
                                                  const transparency::LogSigner& signer = test_signer()) {
  using transparency::Hash;
  std::vector<std::string> entries;
  const auto stored = stored_checkpoint(*disk, signer);
  if (!stored || !*stored) {
    ADD_FAILURE() << (stored ? "no checkpoint" : stored.error().message);
    return entries;
  }
  const auto size = (*stored)->checkpoint.size;
  const auto read = read_public(disk);
  std::vector<std::vector<Hash>> levels(1);
  transparency::Frontier frontier;
  for (std::uint64_t first = 0; first < size; first += 256) {
    const auto width = static_cast<unsigned>(std::min<std::uint64_t>(256, size - first));
    const auto bundle = read(transparency::Tile{.index = first / 256, .width = width, .entries = true}.path());
    const auto split = bundle ? transparency::split_bundle(*bundle, width) : std::unexpected(bundle.error());
    if (!split) {
      ADD_FAILURE() << split.error().message;
      return entries;
    }
    for (const auto bytes : *split) {
      entries.emplace_back(as_text(bytes));
      levels[0].push_back(transparency::leaf_hash(bytes));
      frontier.add(levels[0].back());
    }
  }
  EXPECT_EQ(frontier.root(), (*stored)->checkpoint.root);
  for (std::size_t level = 0; levels[level].size() >= 256; ++level) {
    levels.emplace_back();
    for (std::size_t begin = 0; begin + 256 <= levels[level].size(); begin += 256) {
      transparency::Frontier tile;
      for (std::size_t i = begin; i < begin + 256; ++i) tile.add(levels[level][i]);
      levels.back().push_back(tile.root());
    }
  }
  for (const auto& tile : transparency::new_tiles(0, size)) {
    if (tile.entries) continue;
    std::string expected;
    for (unsigned i = 0; i < tile.width; ++i) expected += as_text(levels.at(tile.level).at(tile.index * 256 + i));
    EXPECT_TRUE(read(tile.path()) == expected) << tile.path();
  }
  return entries;
}

inline std::vector<std::string> numbered_entries(std::uint64_t count) {
  std::vector<std::string> out;
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(entry(i));
  return out;
}

}  // namespace cordon::journal
