#include "cordon/wire/http2_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace cordon::wire {
namespace {

class Http2Memory : public testing::Test {
 protected:
  nghttp2_mem& mem = *http2_memory();
  bool all(const void* block, std::size_t size, int value) {
    const auto* bytes = static_cast<const unsigned char*>(block);
    for (std::size_t i = 0; i < size; ++i) {
      if (bytes[i] != value) return false;
    }
    return true;
  }
};

TEST_F(Http2Memory, BlocksKeepTheirContentFromSmallToLargeAndBack) {
  auto* block = mem.malloc(100, nullptr);
  std::memset(block, 7, 100);
  for (const std::size_t size : {200UZ, 15'999UZ, 16'000UZ, 40'000UZ, 16'001UZ, 15'000UZ, 100UZ}) {
    block = mem.realloc(block, size, nullptr);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U);
    EXPECT_TRUE(all(block, 100, 7)) << size;
    std::memset(static_cast<char*>(block) + 100, 9, size - 100);
  }
  mem.free(block, nullptr);
  mem.free(nullptr, nullptr);
}

TEST_F(Http2Memory, ZeroedBlocksAreZero) {
  for (const std::size_t size : {1UZ, 100UZ, 15'999UZ, 16'000UZ, 70'000UZ}) {
    for (int i = 0; i < 3; ++i) {  // memory that was used before
      auto* block = mem.calloc(size, 1, nullptr);
      EXPECT_TRUE(all(block, size, 0)) << size;
      std::memset(block, 1, size);
      mem.free(block, nullptr);
    }
  }
}

TEST_F(Http2Memory, SizesThatOverflowGiveNothing) {
  EXPECT_EQ(mem.malloc(SIZE_MAX - 4, nullptr), nullptr);
  EXPECT_EQ(mem.calloc(SIZE_MAX / 2, 3, nullptr), nullptr);
  auto* block = mem.malloc(10, nullptr);
  EXPECT_EQ(mem.realloc(block, SIZE_MAX - 4, nullptr), nullptr);
  mem.free(block, nullptr);
}

}  // namespace
}  // namespace cordon::wire
