#include "cordon/vault/sealed_entry.h"

#include <gtest/gtest.h>

#include "cordon/wire/cbor.h"

namespace cordon::vault {
namespace {

struct Shape {
  std::uint64_t items = 8, version = 1, kind = 1, epoch = 3;
  std::size_t nonce = 12, terms = 16, personal = 1, pair = 2, pseudonym = 10;
  std::string end;
};

std::string entry(const Shape& shape = {}) {
  std::string out;
  wire::CborWriter writer(out);
  writer.array(shape.items)
      .unsigned_integer(shape.version)
      .unsigned_integer(shape.kind)
      .unsigned_integer(shape.epoch);
  writer.bytes(Bytes(shape.nonce, 7)).bytes(Bytes(shape.terms, 1)).bytes(Bytes(60, 2)).bytes({});
  writer.array(shape.personal);
  for (std::size_t i = 0; i < shape.personal; ++i) {
    writer.array(shape.pair);
    writer.bytes(Bytes(shape.pseudonym, 5)).bytes(Bytes(70, 6));
  }
  return out + shape.end;
}

std::string refusal(const Shape& shape) {
  const auto parsed = parse_entry(as_bytes(entry(shape)));
  return parsed ? "" : parsed.error().message;
}

TEST(SealedEntryTest, parts_are_found_where_they_lie) {
  const auto bytes = entry();
  const auto parsed = parse_entry(as_bytes(bytes));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->kind, EntryKind::decision);
  EXPECT_EQ(parsed->epoch, 3U);
  EXPECT_EQ(parsed->nonce[0], 7);
  EXPECT_EQ(parsed->terms, std::vector<Term>(2, 0x0101010101010101));
  EXPECT_EQ(parsed->header.size(), 60U);
  EXPECT_TRUE(parsed->analyst.empty());
  ASSERT_EQ(parsed->personal.size(), 1U);
  EXPECT_EQ(parsed->personal[0].pseudonym, (Pseudonym{5, 5, 5, 5, 5, 5, 5, 5, 5, 5}));
  EXPECT_EQ(parsed->personal[0].payload.size(), 70U);
  EXPECT_EQ(parsed->associated.data(), as_bytes(bytes).data());
  EXPECT_EQ(parsed->associated.size() + 62 + 1 + 1 + 1 + 11 + 72, bytes.size());
}

TEST(SealedEntryTest, a_kind_that_is_not_known_is_other) {
  for (const auto kind : std::initializer_list<std::uint64_t>{0, 17, 18, 1000}) {
    const auto bytes = entry({.kind = kind});
    const auto parsed = parse_entry(as_bytes(bytes));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->kind, EntryKind::other);
  }
}

TEST(SealedEntryTest, each_refusal_says_what_is_wrong) {
  const auto expect = [](const Shape& shape, std::string_view words) {
    EXPECT_NE(refusal(shape).find(words), std::string::npos) << refusal(shape);
  };
  expect({.version = 2}, "version 2 is not known here");
  expect({.items = 7}, "7 items where there are 8");
  expect({.items = 0}, "empty array");
  expect({.epoch = std::uint64_t{1} << 32}, "epoch: beyond 32 bits");
  expect({.nonce = 11}, "nonce of 11 bytes");
  expect({.terms = 7}, "terms of 7 bytes");
  expect({.terms = 72}, "terms of 72 bytes");
  expect({.personal = 5}, "5 subjects");
  expect({.pair = 1}, "not a pair");
  expect({.pseudonym = 9}, "pseudonym of 9 bytes");
  expect({.end = "x"}, "1 bytes after its end");
}

TEST(SealedEntryTest, every_shortened_entry_is_refused) {
  const auto bytes = entry();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_entry(as_bytes(std::string_view(bytes).substr(0, size)))) << size;
  }
  EXPECT_FALSE(parse_entry(Bytes(65'536)));
}

}  // namespace
}  // namespace cordon::vault
