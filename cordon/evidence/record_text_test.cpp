#include "cordon/evidence/record_text.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/base/file.h"
#include "cordon/evidence/record_pack.h"
#include "cordon/evidence/record_words.h"

namespace cordon::evidence {
namespace {

const std::vector<Subject> kTwo{{"p:0123456789abcdef0123", "imsi-1"}, {"p:00112233445566778899", "imsi-2"}};

std::string referenced(std::string_view text) {
  std::string scratch;
  return std::string(with_references(text, kTwo, scratch));
}

TEST(Texts, NameSubjectsByTheirPlace) {
  EXPECT_EQ(referenced("/a/p:0123456789abcdef0123/b?x=p:00112233445566778899"),
            "/a/\x10"
            "0/b?x=\x10"
            "1");
  EXPECT_EQ(referenced("p:ffffffffffffffffffff p: p"), "p:ffffffffffffffffffff p: p");
  EXPECT_EQ(referenced("a\x10"
                       "0"),
            "a\x10\x10"
            "0");
  for (const std::string text :
       {"", "p:0123456789abcdef0123", "\x10\x10", "x\x10", "p:0123456789abcdef012", "/plain"}) {
    EXPECT_EQ(without_references(referenced(text), kTwo).value(), text);
  }
}

TEST(Texts, RefuseReferencesToNobody) {
  for (const std::string text : {"\x10",
                                 "\x10"
                                 "2",
                                 "\x10"
                                 "x",
                                 "\x10/"})
    EXPECT_FALSE(without_references(text, kTwo));
}

TEST(Texts, AreMendedAndClipped) {
  std::string scratch;
  const std::string plain = "plain";
  EXPECT_EQ(fitted(plain, 512, scratch).data(), plain.data());
  EXPECT_EQ(fitted("a\xff"
                   "b",
                   512, scratch),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(fitted(std::string(600, 'c'), 512, scratch), std::string(472, 'c') + "...[128 bytes cut]");
}

TEST(Pseudonyms, AreTenBytes) {
  EXPECT_EQ(shown_pseudonym(pseudonym_bytes("p:0123456789abcdef0123").value()), "p:0123456789abcdef0123");
  for (const auto* other : {"", "p:", "p:0123456789abcdef012", "p:0123456789abcdef01234", "q:0123456789abcdef0123",
                            "p:0123456789ABCDEF0123", "p:0123456789abcdef01g3"}) {
    EXPECT_FALSE(pseudonym_bytes(other)) << other;
  }
}

struct PackCase {
  Packing packing;
  std::string text;
  std::size_t bytes;  // 0: it stays a text
};

TEST(Packing, GivesBackTheVeryText) {
  const PackCase cases[] = {
      {Packing::hex, "5c7fb1f2a9f04c0d", 8},
      {Packing::hex, "", 0},
      {Packing::hex, "5c7", 0},
      {Packing::hex, "5C7F", 0},
      {Packing::hex, std::string(128, 'a'), 64},
      {Packing::hex, std::string(130, 'a'), 0},
      {Packing::uuid, "f990ed9a-e555-41f1-9dea-7f66d0edecbf", 16},
      {Packing::uuid, "F990ed9a-e555-41f1-9dea-7f66d0edecbf", 0},
      {Packing::uuid, "f990ed9a-e555-41f1-9dea07f66d0edecbf", 0},
      {Packing::uuid, "f990ed9a", 0},
      {Packing::address, "127.0.0.1:40360", 6},
      {Packing::address, "[::1]:7777", 18},
      {Packing::address, "[2001:db8::1]:0", 18},
      {Packing::address, "[2001:DB8::1]:1", 0},
      {Packing::address, "127.0.0.1:040360", 0},
      {Packing::address, "127.0.0.01:1", 0},
      {Packing::address, "127.0.0.1:65536", 0},
      {Packing::address, "127.0.0.1", 0},
      {Packing::address, "[::1:7777", 0},
      {Packing::address, "amf1:7777", 0},
      {Packing::address, ":", 0},
      {Packing::address, "[:1", 0},
      {Packing::address, std::string(100, ':'), 0},
      {Packing::text, "5c7f", 0},
  };
  for (const auto& each : cases) {
    const auto packed = Packed::of(each.text, each.packing);
    ASSERT_EQ(packed.bytes().size(), each.bytes) << each.text;
    if (each.bytes == 0) continue;
    EXPECT_EQ(unpacked(packed.bytes(), each.packing).value(), each.text);
  }
}

TEST(Packing, RefusesBytesOfOtherLengths) {
  EXPECT_FALSE(unpacked({}, Packing::hex));
  EXPECT_FALSE(unpacked(Bytes(65), Packing::hex));
  EXPECT_FALSE(unpacked(Bytes(15), Packing::uuid));
  EXPECT_FALSE(unpacked(Bytes(7), Packing::address));
  EXPECT_FALSE(unpacked(Bytes(4), Packing::text));
}

TEST(Words, HaveNumbersThatNeverChange) {
  EXPECT_EQ(word_number("permit"), 0U);
  EXPECT_EQ(word_number("TLSv1.3 X25519"), 23U);
  EXPECT_EQ(word_number("start"), 24U);
  EXPECT_EQ(word_of(24), "start");
  EXPECT_FALSE(word_number("AMFF"));
  EXPECT_FALSE(word_number(""));
  EXPECT_EQ(word_of(4000), "?4000");
  for (std::uint64_t i = 0; !word_of(i).starts_with('?'); ++i) EXPECT_EQ(word_number(word_of(i)), i);
}

TEST(Words, StandInTheSchemaAsInTheProgram) {
  auto schema = read_file(CORDON_SOURCE_DIR "/cordon/evidence/record-schema.md").value();
  schema = schema.substr(schema.find("## Words"));
  std::ranges::replace(schema, '\n', ' ');
  std::string all;
  for (std::uint64_t i = 0; !word_of(i).starts_with('?'); ++i)
    all += std::format("{}{} {}", i == 0 ? "" : " · ", i, word_of(i));
  EXPECT_TRUE(schema.contains(all)) << "the list of words should read: " << all;
}

}  // namespace
}  // namespace cordon::evidence
