#include "cordon/journal/edge.h"

#include <gtest/gtest.h>

#include <map>

#include "cordon/journal/test_log.h"

namespace cordon::journal {
namespace {

using transparency::Tile;

Leaves leaves_of(std::uint64_t first, std::uint64_t count) {
  Leaves leaves;
  for (auto i = first; i < first + count; ++i) leaves.add(entry(i));
  return leaves;
}

// The same tree, leaf by leaf.
transparency::Hash root_of(std::uint64_t size) {
  transparency::Frontier frontier;
  for (std::uint64_t i = 0; i < size; ++i) frontier.add(transparency::leaf_hash(as_bytes(entry(i))));
  return frontier.root();
}

TEST(Edge, HasTheRootOfTheTreeForEverySize) {
  Edge edge;
  transparency::Frontier frontier;
  EXPECT_EQ(edge.root(), transparency::empty_root());
  for (std::uint64_t i = 0; i < 1100; ++i) {
    edge.add(leaves_of(i, 1));
    frontier.add(transparency::leaf_hash(as_bytes(entry(i))));
    ASSERT_EQ(edge.root(), frontier.root()) << i + 1;
  }
}

TEST(Edge, DoesNotMindHowLeavesAreDivided) {
  Edge edge;
  std::uint64_t size = 0;
  for (const std::uint64_t count : {1U, 254U, 1U, 256U, 700U, 0U, 66'000U, 3'048U}) {
    edge.add(leaves_of(size, count));
    size += count;
    ASSERT_EQ(edge.size(), size);
    ASSERT_EQ(edge.root(), root_of(size)) << size;
  }
}

// The check vector of C2SP tlog-tiles: a tree of 70,000.
TEST(Edge, GivesTheTilesOfATreeOf70000) {
  Edge edge;
  edge.add(leaves_of(0, 70'000));
  std::map<std::string, int> full;
  for (const auto& [tile, content] : edge.full()) {
    ++full[tile.entries ? "entries" : std::to_string(tile.level)];
    EXPECT_EQ(tile.width, 256U);
    EXPECT_TRUE(tile.entries || content.size() == 8192U);
  }
  EXPECT_EQ(full, (std::map<std::string, int>{{"0", 273}, {"1", 1}, {"entries", 273}}));
  EXPECT_EQ(edge.partial(Tile{.level = 0}).size(), 112U * 32);
  EXPECT_EQ(edge.partial(Tile{.level = 1}).size(), 17U * 32);
  EXPECT_EQ(edge.partial(Tile{.level = 2}).size(), 32U);
  EXPECT_EQ(transparency::split_bundle(edge.partial(Tile{.entries = true}), 112)->size(), 112U);
}

TEST(Edge, IsTakenUpWhereItWasLeft) {
  for (const std::uint64_t size : {0U, 1U, 255U, 256U, 257U, 65'536U, 66'000U}) {
    Edge edge;
    edge.add(leaves_of(0, size));
    std::vector<std::string> levels;
    for (unsigned level = 0; size >> (8 * level) > 0; ++level) {
      levels.emplace_back(edge.partial(Tile{.level = level}));
    }
    auto again = Edge::of(size, levels, std::string(edge.partial(Tile{.entries = true})));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->root(), edge.root());
    again->add(leaves_of(size, 300));
    EXPECT_EQ(again->root(), root_of(size + 300));
  }
}

TEST(Edge, RefusesTilesThatDoNotFit) {
  Edge edge;
  edge.add(leaves_of(0, 3));
  const std::string hashes(edge.partial(Tile{.level = 0}));
  const std::string bundle(edge.partial(Tile{.entries = true}));
  EXPECT_TRUE(Edge::of(3, {hashes}, bundle));
  EXPECT_TRUE(Edge::of(4, {hashes}, bundle).error().message.contains("tile/0/000.p/4: 96 bytes instead of 128"));
  EXPECT_TRUE(Edge::of(3, {hashes}, bundle + "x").error().message.contains("tile/entries/000.p/3"));
  auto altered = bundle;
  altered.back() ^= 1;
  EXPECT_TRUE(Edge::of(3, {hashes}, altered).error().message.contains("entry 2 does not have its hash"));
  EXPECT_EQ(edge.leaf(1), transparency::leaf_hash(as_bytes(entry(1))));
}

}  // namespace
}  // namespace cordon::journal
