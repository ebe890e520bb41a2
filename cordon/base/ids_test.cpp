#include "cordon/base/ids.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace cordon {
namespace {

constexpr std::string_view kExample = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";

TEST(Uuid, ReadsEitherCaseAndPrintsLowerCase) {
  const auto uuid = Uuid::parse("F81D4FAE-7dec-11D0-a765-00a0c91e6bf6");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(uuid->text(), kExample);
  EXPECT_EQ(uuid->bytes()[0], 0xf8);
  EXPECT_EQ(uuid, Uuid::parse(kExample));
}

TEST(Uuid, RefusesEverythingElse) {
  for (const auto* text : {"", "f81d4fae", "f81d4fae7dec11d0a76500a0c91e6bf6",
                           "{81d4fae-7dec-11d0-a765-00a0c91e6bf6}", "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
                           "f81d4fae-7dec-11d0-a765-00a0c91e6bf67", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6",
                           "f81d4fae07dec-11d0-a765-00a0c91e6bf6", "f81d4fa--7dec-11d0-a765-00a0c91e6bf6"}) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

TEST(Uuid, RandomOnesAreOfVersionFourAndDiffer) {
  std::unordered_set<Uuid> seen;
  for (int i = 0; i < 100; ++i) {
    const auto uuid = Uuid::random();
    EXPECT_EQ(uuid.bytes()[6] >> 4, 4);
    EXPECT_EQ(uuid.bytes()[8] >> 6, 2);
    EXPECT_EQ(Uuid::parse(uuid.text()), uuid);
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 100);
}

}  // namespace
}  // namespace cordon
