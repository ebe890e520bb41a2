#include "cordon/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cordon {
namespace {

TEST(Random, FillsTheWholeSpan) {
  std::vector<std::uint8_t> bytes(1 << 20);  // longer than getrandom(2) promises to fill at once
  fill_random(bytes);
  // All zero has a chance of one in 2^512 for each block of 64.
  for (std::size_t at = 0; at < bytes.size(); at += 64) {
    EXPECT_TRUE(std::any_of(&bytes[at], &bytes[at] + 64, [](auto byte) { return byte != 0; })) << at;
  }
}

TEST(Random, TouchesNothingForAnEmptySpan) { fill_random({}); }

TEST(Random, NumbersDiffer) { EXPECT_NE(random_u64(), random_u64()); }

}  // namespace
}  // namespace cordon
