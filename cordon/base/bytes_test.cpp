#include "cordon/base/bytes.h"

#include <gtest/gtest.h>

namespace cordon {
namespace {

struct Printed {
  std::string_view text;
  std::string_view hex;
  std::string_view base64;
  std::string_view base64url;
};

// RFC 4648 10, and bytes that tell the two alphabets apart.
constexpr Printed kPrinted[] = {
    {"", "", "", ""},
    {"f", "66", "Zg==", "Zg"},
    {"fo", "666f", "Zm8=", "Zm8"},
    {"foo", "666f6f", "Zm9v", "Zm9v"},
    {"foob", "666f6f62", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "666f6f6261", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xfe", "fbfffe", "+//+", "-__-"},
};

TEST(Bytes, PrintAndReadBackInEveryForm) {
  for (const auto& one : kPrinted) {
    const auto bytes = to_bytes(one.text);
    EXPECT_EQ(to_hex(bytes), one.hex);
    EXPECT_EQ(to_base64(bytes), one.base64);
    EXPECT_EQ(to_base64url(bytes), one.base64url);
    EXPECT_EQ(from_hex(one.hex), bytes);
    EXPECT_EQ(from_base64(one.base64), bytes);
    EXPECT_EQ(from_base64url(one.base64url), bytes);
    EXPECT_EQ(as_text(bytes), one.text);
  }
}

TEST(Bytes, HexadecimalMayBeOfEitherCase) { EXPECT_EQ(from_hex("AbCdEf"), (Bytes{0xab, 0xcd, 0xef})); }

TEST(Bytes, RefuseHexadecimalThatIsOddOrForeign) {
  for (const auto* text : {"a", "abc", "0g", "g0", " a", "0x"}) {
    const auto bytes = from_hex(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().kind, ErrorKind::invalid_input);
  }
}

TEST(Bytes, RefuseBase64ThatAnEncoderWouldNotWrite) {
  // In turn: length, padding alone, too much padding, padding inside, bits left over, the other alphabet, white
  // space.
  for (const auto* text : {"Zg", "====", "Z===", "Zg==Zg==", "Zh==", "Zm9=", "-__-", "Zm9 ", "Zm9v\nZm9"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
  for (const auto* text : {"Z", "Zg==", "Zh", "+//+", "Zm9vY"}) EXPECT_FALSE(from_base64url(text)) << text;
}

TEST(Bytes, WipingLeavesZeros) {
  Bytes secret = to_bytes("secret");
  wipe(secret);
  EXPECT_EQ(secret, Bytes(6, 0));
}

}  // namespace
}  // namespace cordon
