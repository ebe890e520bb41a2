#include "cordon/journal/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace cordon::journal {
namespace {

TEST(Crc32c, GivesTheSumsOfRfc3720AppendixB4) {
  std::string ascending;
  for (char byte = 0; byte < 32; ++byte) ascending += byte;
  for (const auto sum : {crc32c, crc32c_by_table}) {
    EXPECT_EQ(sum(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(sum(std::string(32, '\xFF')), 0x62A8AB43U);
    EXPECT_EQ(sum(ascending), 0x46DD794EU);
    EXPECT_EQ(sum("123456789"), 0xE3069283U);
    EXPECT_EQ(sum(""), 0U);
  }
}

TEST(Crc32c, IsTheSameByInstructionAndByTable) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += static_cast<char>(i * 37);
    EXPECT_EQ(crc32c(text), crc32c_by_table(text)) << i;
  }
}

}  // namespace
}  // namespace cordon::journal
