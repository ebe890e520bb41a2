#include "cordon/base/ring.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <thread>

namespace cordon {
namespace {

TEST(Ring, RoundsItsCapacityUpToAPowerOfTwo) {
  EXPECT_EQ(Ring<int>(0).capacity(), 1);
  EXPECT_EQ(Ring<int>(1).capacity(), 1);
  EXPECT_EQ(Ring<int>(5).capacity(), 8);
  EXPECT_EQ(Ring<int>(8).capacity(), 8);
}

TEST(Ring, GivesItemsInTheirOrderAcrossTheWrap) {
  Ring<int> ring(4);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ring.push(round * 3 + i));
    EXPECT_EQ(ring.size(), 3);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ring.pop(), round * 3 + i);
    EXPECT_EQ(ring.pop(), std::nullopt);
  }
}

TEST(Ring, RefusesWhenFullAndLeavesTheItem) {
  Ring<std::unique_ptr<int>> ring(1);
  EXPECT_TRUE(ring.push(std::make_unique<int>(1)));
  auto item = std::make_unique<int>(2);
  EXPECT_FALSE(ring.push(std::move(item)));
  ASSERT_TRUE(item);
  EXPECT_EQ(**ring.pop(), 1);
  EXPECT_TRUE(ring.push(std::move(item)));
  EXPECT_FALSE(item);
}

TEST(Ring, LosesNothingBetweenTwoThreads) {
  constexpr std::uint64_t kItems = 100'000;
  Ring<std::uint64_t> ring(64);
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < kItems;) {
      if (ring.push(std::uint64_t{i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t expected = 0;
  while (expected < kItems) {
    if (const auto item = ring.pop()) {
      ASSERT_EQ(*item, expected++);
    } else {
      std::this_thread::yield();
    }
  }
  producer.join();
  EXPECT_EQ(ring.size(), 0);
}

}  // namespace
}  // namespace cordon
