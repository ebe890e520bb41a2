#include "cordon/transparency/tile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cordon/transparency/test_tree.h"

namespace cordon::transparency {
namespace {

TEST(Tile, HasThePathsOfTheSpecification) {
  EXPECT_EQ((Tile{.level = 0, .index = 1234067}.path()), "tile/0/x001/x234/067");
  EXPECT_EQ((Tile{.level = 1, .index = 0, .width = 17}.path()), "tile/1/000.p/17");
  EXPECT_EQ((Tile{.index = 273, .width = 112, .entries = true}.path()), "tile/entries/273.p/112");
  EXPECT_EQ((Tile{.level = 63, .index = 0}.path()), "tile/63/000");
}

TEST(Tile, ReadsEveryPathItWrites) {
  for (const std::uint64_t index : {0ULL, 7ULL, 999ULL, 1000ULL, 1'234'067ULL, (1ULL << 56U) - 1}) {
    for (const unsigned width : {1U, 255U, 256U}) {
      for (const bool entries : {false, true}) {
        const Tile tile{.index = index, .width = width, .entries = entries};
        EXPECT_EQ(parse_tile_path(tile.path()).value(), tile) << tile.path();
      }
    }
  }
  EXPECT_EQ(parse_tile_path("tile/63/000.p/3").value(), (Tile{.level = 63, .width = 3}));
}

class WrongPath : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(
    Tile, WrongPath,
    testing::Values("", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000",
                    "tile/0/001/002", "tile/0/x000/001", "tile/0/x001", "tile/0/x001/x002", "tile/00/000",
                    "tile/64/000", "tile/-1/000", "tile/x/000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0",
                    "tile/0/000.p/256", "tile/0/000.p/007", "tile/0/000.p/1/2", "tile/0/000/", "tile//000",
                    "/tile/0/000", "tile/0/..", "tile/0/../../checkpoint", "tile/entries", "tile/entries/x",
                    "tile/Entries/000", "tile/8/0/000", "tile/0/x999/x999/x999/x999/x999/x999/x999/999", "tile/7/001",
                    "tile/0/xx01/000", "checkpoint", "tile/0/x001/234\n", "tile/0/x072/x057/x594/x037/x927/936"));
TEST_P(WrongPath, IsRefused) { EXPECT_FALSE(parse_tile_path(GetParam())) << GetParam(); }

std::ptrdiff_t count(const std::vector<Tile>& tiles, const auto& which) {
  return std::ranges::count_if(tiles, which);
}

// C2SP tlog-tiles, Partial Tiles: the example of 70,000 entries.
TEST(Tile, NeedsTheTilesOfTheSpecificationsExample) {
  const auto tiles = new_tiles(0, 70'000);
  const auto full = [](unsigned level) {
    return [level](const Tile& tile) { return !tile.entries && tile.level == level && tile.width == 256; };
  };
  EXPECT_EQ(count(tiles, full(0)), 273);
  EXPECT_EQ(count(tiles, full(1)), 1);
  EXPECT_EQ(count(tiles, [](const Tile& tile) { return tile.entries; }), 274);
  for (const auto* path : {"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"}) {
    EXPECT_EQ(count(tiles, [&](const Tile& tile) { return tile.path() == path; }), 1) << path;
  }
  EXPECT_EQ(tiles.size(), 274U + 274 + 2 + 1);
  EXPECT_TRUE(tiles.front().entries);
}

TEST(Tile, NeedsNothingNewForTheSameSize) {
  EXPECT_TRUE(new_tiles(0, 0).empty());
  EXPECT_TRUE(new_tiles(70'000, 70'000).empty());
  EXPECT_TRUE(new_tiles(9, 3).empty());
}

std::set<std::string> paths(const std::vector<Tile>& tiles) {
  std::set<std::string> out;
  for (const auto& tile : tiles) out.insert(tile.path());
  return out;
}

TEST(Tile, NeedsForGrowthWhatTheOldSizeDidNotHave) {
  for (const auto from : {0UZ, 1UZ, 255UZ, 256UZ, 257UZ, 511UZ, 65'535UZ, 65'536UZ, 65'537UZ, 70'000UZ}) {
    for (const auto to : {1UZ, 2UZ, 256UZ, 258UZ, 512UZ, 65'536UZ, 66'000UZ, 131'072UZ}) {
      if (from > to) continue;
      std::set<std::string> wanted;
      std::ranges::set_difference(paths(new_tiles(0, to)), paths(new_tiles(0, from)),
                                  std::inserter(wanted, wanted.end()));
      const auto made = new_tiles(from, to);
      EXPECT_EQ(paths(made), wanted) << from << " " << to;
      EXPECT_EQ(made.size(), wanted.size());
    }
  }
}

TEST(Tile, KnowsTheLastTilesOfTheLargestLog) {
  const auto tiles = new_tiles(~0ULL - 1, ~0ULL);
  EXPECT_EQ(tiles.size(), 2U);  // the higher levels have all they will ever have
  EXPECT_EQ(tiles.back(), (Tile{.index = (1ULL << 56U) - 1, .width = 255}));
  EXPECT_EQ(parse_tile_path(tiles.back().path()).value(), tiles.back());
}

// === Bundles

TEST(Bundle, KeepsEntriesOfEveryLength) {
  const std::vector<Bytes> entries = {Bytes(), Bytes(1, 7), Bytes(256, 8), Bytes(kMostEntryBytes, 9)};
  std::string bundle;
  for (const auto& entry : entries) append_entry(bundle, entry);
  EXPECT_EQ(bundle.substr(0, 4), std::string("\0\0\0\1", 4));
  const auto split = split_bundle(bundle, 4).value();
  for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_TRUE(std::ranges::equal(split[i], entries[i])) << i;
}

TEST(Bundle, RefusesWhatIsNotExactlyItsEntries) {
  std::string bundle;
  append_entry(bundle, as_bytes("one"));
  append_entry(bundle, as_bytes("two"));
  EXPECT_TRUE(split_bundle(bundle, 2));
  EXPECT_EQ(split_bundle(bundle, 1).error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(split_bundle(bundle, 3));
  EXPECT_FALSE(split_bundle(bundle + "\1", 3));
  EXPECT_FALSE(split_bundle(bundle.substr(0, bundle.size() - 1), 2));
  EXPECT_TRUE(split_bundle(bundle.substr(0, 6), 2).error().message.contains("entry 1 at byte 5"));
  EXPECT_TRUE(split_bundle("", 0));
  EXPECT_FALSE(split_bundle("", 1));
}

TEST(BundleDeathTest, NeverCutsALengthShort) {
  std::string bundle;
  EXPECT_DEATH(append_entry(bundle, Bytes(kMostEntryBytes + 1)), "");
}

// === TileSource

TEST(TileSource, HasTheHashesOfTheTree) {
  MemoryLog log;
  log.grow(1'300);
  const TileSource source(log.reader(), log.size());
  for (unsigned level = 0; level < 11; ++level) {
    for (std::uint64_t index = 0; (index + 1) << level <= log.size(); index += 1 + 37 / (level + 1)) {
      ASSERT_EQ(source.node(level, index).value(), log.tree().node(level, index).value()) << level << " " << index;
    }
  }
  EXPECT_EQ(root_of(source, log.size()).value(), log.tree().root(1'300));
  EXPECT_EQ(inclusion_proof(source, 700, 1'300).value(), inclusion_proof(log.tree(), 700, 1'300).value());
  EXPECT_EQ(consistency_proof(source, 300, 1'300).value(), consistency_proof(log.tree(), 300, 1'300).value());
}

TEST(TileSource, ReadsEachTileOfAProofOnce) {
  MemoryLog log;
  log.grow(70'000);
  const TileSource source(log.reader(), log.size());
  const auto proof = inclusion_proof(source, 33'333, log.size()).value();
  EXPECT_EQ(proof.size(), 17U);
  EXPECT_LE(log.reads, 6);
  const auto before = log.reads;
  EXPECT_EQ(inclusion_proof(source, 33'333, log.size()).value(), proof);
  EXPECT_EQ(log.reads, before);
}

TEST(TileSource, ForgetsTheTilesUsedLongestAgo) {
  MemoryLog log;
  log.grow(256 * 40);
  const TileSource source(log.reader(), log.size());
  for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(source.node(0, 256 * i));
  ASSERT_EQ(log.reads, 40);
  EXPECT_TRUE(source.node(0, 256 * 39));
  EXPECT_EQ(log.reads, 40);
  EXPECT_TRUE(source.node(0, 0));
  EXPECT_EQ(log.reads, 41);
}

// C2SP tlog-tiles: a log may delete a partial tile once the full one is there.
TEST(TileSource, TakesAPartialTileOutOfTheFullOne) {
  MemoryLog log;
  log.grow(300);
  log.grow(600);
  std::erase_if(log.files, [](const auto& file) { return file.first.contains("/001.p/"); });
  const TileSource source(log.reader(), 300);
  EXPECT_EQ(root_of(source, 300).value(), log.tree().root(300));
  log.files.erase("tile/0/001");
  EXPECT_EQ(root_of(TileSource(log.reader(), 300), 300).error().kind, ErrorKind::not_found);
}

TEST(TileSource, RefusesTilesOfAnotherSizeAndNodesThatAreNotThere) {
  MemoryLog log;
  log.grow(300);
  log.files["tile/0/000"].pop_back();
  const TileSource source(log.reader(), 300);
  EXPECT_EQ(source.node(0, 3).error(), (Error{ErrorKind::corrupt, "tile/0/000: 8191 bytes instead of 8192"}));
  for (const auto& [level, index] : {std::pair{0U, 300U}, {8U, 1U}, {9U, 0U}, {63U, 0U}, {64U, 0U}, {200U, 0U}}) {
    EXPECT_EQ(source.node(level, index).error().kind, ErrorKind::invalid_input) << level;
  }
}

}  // namespace
}  // namespace cordon::transparency
