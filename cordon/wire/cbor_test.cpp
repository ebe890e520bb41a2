#include "cordon/wire/cbor.h"

#include <gtest/gtest.h>

#include <limits>

namespace cordon::wire {
namespace {

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kMost = std::numeric_limits<std::int64_t>::max();

std::string hex(const std::string& bytes) { return to_hex(as_bytes(bytes)); }

template <class Write>
std::string written(Write write) {
  std::string out;
  CborWriter writer(out);
  write(writer);
  return hex(out);
}

Bytes from(std::string_view text) { return from_hex(text).value(); }

// RFC 8949 appendix A, the examples that exist here.
TEST(Cbor, WritesTheIntegersOfTheStandard) {
  for (const auto& [value, text] :
       std::initializer_list<std::pair<std::int64_t, const char*>>{{0, "00"},
                                                                   {1, "01"},
                                                                   {10, "0a"},
                                                                   {23, "17"},
                                                                   {24, "1818"},
                                                                   {25, "1819"},
                                                                   {100, "1864"},
                                                                   {1000, "1903e8"},
                                                                   {1000000, "1a000f4240"},
                                                                   {1000000000000, "1b000000e8d4a51000"},
                                                                   {-1, "20"},
                                                                   {-10, "29"},
                                                                   {-100, "3863"},
                                                                   {-1000, "3903e7"},
                                                                   {255, "18ff"},
                                                                   {256, "190100"},
                                                                   {65535, "19ffff"},
                                                                   {65536, "1a00010000"},
                                                                   {4294967295, "1affffffff"},
                                                                   {4294967296, "1b0000000100000000"},
                                                                   {kMost, "1b7fffffffffffffff"},
                                                                   {kLeast, "3b7fffffffffffffff"}}) {
    EXPECT_EQ(written([&](auto& out) { out.integer(value); }), text);
    const auto bytes = from(text);
    CborReader reader(bytes);
    EXPECT_EQ(reader.integer().value(), value);
    EXPECT_TRUE(reader.at_end());
  }
  EXPECT_EQ(written([](auto& out) { out.unsigned_integer(~0ULL); }), "1bffffffffffffffff");
  const auto largest = from("1bffffffffffffffff");
  EXPECT_EQ(CborReader(largest).unsigned_integer().value(), ~0ULL);
}

TEST(Cbor, WritesTheOtherItemsOfTheStandard) {
  EXPECT_EQ(written([](auto& out) { out.boolean(false).boolean(true).null(); }), "f4f5f6");
  EXPECT_EQ(written([](auto& out) { out.bytes({}).bytes(Bytes{1, 2, 3, 4}); }), "404401020304");
  EXPECT_EQ(written([](auto& out) { out.text("").text("IETF").text("\u00fc").text("\u6c34"); }),
            "60644945544662c3bc63e6b0b4");
  EXPECT_EQ(written([](auto& out) { out.array(3).integer(1).array(2).integer(2).integer(3).array(0); }),
            "83018202"
            "0380");
  EXPECT_EQ(written([](auto& out) { out.map(2).text("a").integer(1).text("b").array(2).integer(2).integer(3); }),
            "a26161016162820203");
  EXPECT_EQ(written([](auto& out) { out.tag(1).integer(1363896240); }), "c11a514b67b0");
  EXPECT_EQ(written([](auto& out) { out.tag(32).text("http://www.example.com"); }),
            "d82076687474703a2f2f7777772e6578616d706c652e636f6d");
}

TEST(Cbor, ReadsWhatItWrites) {
  std::string out;
  CborWriter(out)
      .array(9)
      .unsigned_integer(7)
      .integer(-7)
      .bytes(as_bytes("abc"))
      .text("caf\u00e9")
      .map(1)
      .integer(-1)
      .array(0)
      .tag(18)
      .null()
      .boolean(true)
      .boolean(false)
      .map(0);
  CborReader reader(as_bytes(out));
  EXPECT_EQ(reader.peek().value(), CborType::array);
  EXPECT_EQ(reader.array().value(), 9U);
  EXPECT_EQ(reader.peek().value(), CborType::unsigned_integer);
  EXPECT_EQ(reader.unsigned_integer().value(), 7U);
  EXPECT_EQ(reader.peek().value(), CborType::negative_integer);
  EXPECT_EQ(reader.integer().value(), -7);
  EXPECT_EQ(reader.peek().value(), CborType::bytes);
  EXPECT_EQ(as_text(reader.bytes().value()), "abc");
  EXPECT_EQ(reader.peek().value(), CborType::text);
  EXPECT_EQ(reader.text().value(), "caf\u00e9");
  EXPECT_EQ(reader.peek().value(), CborType::map);
  EXPECT_EQ(reader.map().value(), 1U);
  EXPECT_EQ(reader.integer().value(), -1);
  EXPECT_EQ(reader.array().value(), 0U);
  EXPECT_EQ(reader.peek().value(), CborType::tag);
  EXPECT_EQ(reader.tag().value(), 18U);
  EXPECT_EQ(reader.peek().value(), CborType::null);
  EXPECT_TRUE(reader.null());
  EXPECT_EQ(reader.peek().value(), CborType::boolean);
  EXPECT_TRUE(reader.boolean().value());
  EXPECT_FALSE(reader.boolean().value());
  EXPECT_EQ(reader.map().value(), 0U);
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.position(), out.size());
}

// What is refused, as "hex what the message contains"; every reading of it fails, and skipping fails.
struct Wrong {
  const char* bytes;
  const char* message;
};
class WrongCbor : public testing::TestWithParam<Wrong> {};
INSTANTIATE_TEST_SUITE_P(
    Cbor, WrongCbor,
    testing::Values(Wrong{"", "ends where"}, Wrong{"18", "ends within"}, Wrong{"190001", "longer than"},
                    Wrong{"1817", "longer than"}, Wrong{"1a0000ffff", "longer than"},
                    Wrong{"1b00000000ffffffff", "longer than"}, Wrong{"1b0000", "ends within"},
                    Wrong{"1c", "reserved"}, Wrong{"1e", "reserved"}, Wrong{"5f4100ff", "definite"},
                    Wrong{"9fff", "definite"}, Wrong{"bfff", "definite"}, Wrong{"7f6161ff", "definite"},
                    Wrong{"ff", "simple"}, Wrong{"f97e00", "float"}, Wrong{"fb3ff199999999999a", "float"},
                    Wrong{"f7", "undefined"}, Wrong{"f0", "simple"}, Wrong{"f818", "simple"},
                    Wrong{"4403", "longer than the input"}, Wrong{"5bffffffffffffffff", "longer than the input"},
                    Wrong{"62c328", "UTF-8"}, Wrong{"63eda080", "UTF-8"}, Wrong{"82", "more items"},
                    Wrong{"9bffffffffffffffff", "more items"}, Wrong{"a101", "more items"},
                    Wrong{"bb7fffffffffffffff", "more items"}, Wrong{"8201", "more items"}, Wrong{"c1", "ends where"},
                    Wrong{"81c1", "ends where"}));

TEST_P(WrongCbor, IsRefusedWithItsByte) {
  const auto bytes = from(GetParam().bytes);
  const auto refused = CborReader(bytes).skip();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
  EXPECT_TRUE(refused.error().message.contains(GetParam().message)) << refused.error().message;
  EXPECT_TRUE(refused.error().message.starts_with("CBOR: byte ")) << refused.error().message;
}

TEST(Cbor, StaysWhereItIsWhenTheTypeIsAnother) {
  const auto text = from("616100");
  CborReader reader(text);
  EXPECT_FALSE(reader.unsigned_integer());
  EXPECT_FALSE(reader.integer());
  EXPECT_FALSE(reader.bytes());
  EXPECT_FALSE(reader.array());
  EXPECT_FALSE(reader.map());
  EXPECT_FALSE(reader.tag());
  EXPECT_FALSE(reader.boolean());
  EXPECT_FALSE(reader.null());
  EXPECT_EQ(reader.position(), 0U);
  EXPECT_EQ(reader.text().value(), "a");
  EXPECT_FALSE(reader.text());
  EXPECT_FALSE(reader.at_end());
  const auto null = from("f6");
  EXPECT_FALSE(CborReader(null).boolean());
  const auto yes = from("f5");
  EXPECT_FALSE(CborReader(yes).null());
  EXPECT_FALSE(CborReader({}).peek());
}

TEST(Cbor, RefusesIntegersBeyondTheTypeAskedFor) {
  const auto large = from("1b8000000000000000");
  EXPECT_FALSE(CborReader(large).integer());
  const auto low = from("3b8000000000000000");
  EXPECT_FALSE(CborReader(low).integer());
  EXPECT_TRUE(CborReader(low).skip());
  const auto negative = from("20");
  EXPECT_FALSE(CborReader(negative).unsigned_integer());
}

Bytes nested(std::size_t levels) {
  Bytes bytes(levels, 0x81);
  bytes.push_back(0);
  return bytes;
}

TEST(Cbor, ReadsThirtyTwoLevelsAndNoMore) {
  const auto deep = nested(32);
  EXPECT_TRUE(CborReader(deep).skip());
  const auto deeper = nested(33);
  EXPECT_TRUE(CborReader(deeper).skip().error().message.contains("32 levels"));
  CborReader by_hand(deeper);
  for (int i = 0; i < 32; ++i) ASSERT_TRUE(by_hand.array());
  EXPECT_FALSE(by_hand.array());
}

TEST(Cbor, ForgetsLevelsThatAreComplete) {
  std::string out;
  CborWriter writer(out);
  writer.array(100);
  for (int i = 0; i < 100; ++i) writer.map(1).integer(i).array(1).tag(7).bytes({});
  CborReader reader(as_bytes(out));
  EXPECT_TRUE(reader.skip());
  EXPECT_TRUE(reader.at_end());
}

TEST(Cbor, SkipsOneItemWhole) {
  std::string out;
  CborWriter(out).map(2).integer(1).array(2).text("x").boolean(true).integer(-5).tag(3).bytes(Bytes{9}).text("after");
  CborReader reader(as_bytes(out));
  EXPECT_TRUE(reader.skip());
  EXPECT_EQ(reader.text().value(), "after");
}

}  // namespace
}  // namespace cordon::wire
