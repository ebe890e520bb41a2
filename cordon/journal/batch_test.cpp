#include "cordon/journal/batch.h"

#include <gtest/gtest.h>

#include <array>

#include "cordon/journal/crc32c.h"
#include "cordon/journal/simulated_disk.h"

namespace cordon::journal {
namespace {

using namespace std::string_literals;

std::string text_of(const BatchHeader& header) {
  std::array<char, kBatchHeaderBytes> out{};
  header.write(out);
  return {out.data(), out.size()};
}

std::string payload_of(std::initializer_list<std::string_view> entries) {
  std::string payload;
  for (const auto entry : entries) {
    payload += static_cast<char>(entry.size() >> 8);
    payload += static_cast<char>(entry.size());
    payload += entry;
  }
  return payload;
}

std::string batch_of(std::uint64_t first, std::initializer_list<std::string_view> entries) {
  const auto payload = payload_of(entries);
  const BatchHeader header{.first = first,
                           .count = static_cast<std::uint32_t>(entries.size()),
                           .bytes = static_cast<std::uint32_t>(payload.size()),
                           .payload_sum = crc32c(payload)};
  return text_of(header) + payload;
}

TEST(BatchHeader, IsReadAsItWasWritten) {
  BatchHeader header{.first = 0x0102030405060708, .count = 3, .bytes = 9, .payload_sum = 0xA0B0C0D0};
  header.previous.fill(7);
  const auto text = text_of(header);
  EXPECT_EQ(text.substr(0, 28), "cordonW1\1\2\3\4\5\6\7\10\0\0\0\3\0\0\0\11\xA0\xB0\xC0\xD0"s);
  const auto read = BatchHeader::read(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(text_of(*read), text);
  EXPECT_EQ(read->digest(), crypto::sha256(as_bytes(text)));
}

TEST(BatchHeader, IsNotReadWithAnyBitFlipped) {
  const auto text = text_of({.first = 5, .count = 1, .bytes = 4});
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    auto altered = text;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(BatchHeader::read(altered)) << bit;
  }
  EXPECT_FALSE(BatchHeader::read(text.substr(1)));
}

TEST(BatchHeader, IsNotReadWhenItPromisesWhatCannotBe) {
  EXPECT_FALSE(BatchHeader::read(text_of({.count = 0, .bytes = 4})));
  EXPECT_FALSE(BatchHeader::read(text_of({.count = 2, .bytes = 5})));
  EXPECT_FALSE(BatchHeader::read(text_of({.count = 1, .bytes = kMostBatchBytes + 1})));
  EXPECT_TRUE(BatchHeader::read(text_of({.count = 2, .bytes = 6})));
}

TEST(SplitPayload, GivesTheEntries) {
  const auto payload = payload_of({"one", "x", "three"});
  EXPECT_EQ(split_payload(payload, 3).value(), (std::vector<std::string_view>{"one", "x", "three"}));
}

TEST(SplitPayload, RefusesWhatIsNoRunOfThatManyEntries) {
  EXPECT_FALSE(split_payload(payload_of({"one"}), 2));
  EXPECT_FALSE(split_payload(payload_of({"one", "two"}), 1));
  EXPECT_FALSE(split_payload("\0\3on"s, 1));
  EXPECT_FALSE(split_payload("\0\1x\0"s, 1));
  EXPECT_FALSE(split_payload("\0\0\0\1x"s, 2));
  EXPECT_FALSE(split_payload("", 1));
}

class Segments : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(disk.make_folder("wal"));
    put("wal/wal-000000000000", "");
  }
  void put(const std::string& name, const std::string& content) {
    ASSERT_TRUE((*disk.open(name, OpenMode::replace))->write(0, content));
  }
  std::unique_ptr<DiskFile> file(const std::string& content) {
    put("wal/wal-000000000000", content);
    return std::move(*disk.open("wal/wal-000000000000", OpenMode::read));
  }
  SimulatedDisk disk;
};

TEST_F(Segments, AreFoundByTheirNames) {
  for (const auto* name : {"wal-000000000012", "wal-1234567890123", "wal-12", "wal-00000000001x", "other", "wal-"}) {
    put(std::string("wal/") + name, "");
  }
  std::vector<std::uint64_t> found;
  const auto segments = list_segments(disk).value();
  for (const auto& segment : segments) found.push_back(segment.first);
  EXPECT_EQ(found, (std::vector<std::uint64_t>{0, 12, 1234567890123}));
}

TEST_F(Segments, AreReadBatchByBatch) {
  const auto one = batch_of(0, {"a", "b"});
  const auto opened = file(one + batch_of(2, {"c"}) + "rest");
  SegmentReader reader(*opened);
  EXPECT_EQ(reader.next().value()->header.count, 2U);
  EXPECT_EQ(reader.offset(), one.size());
  EXPECT_EQ(reader.next().value()->payload, payload_of({"c"}));
  EXPECT_FALSE(*reader.next());
  EXPECT_FALSE(*reader.batch_behind(3));
}

TEST_F(Segments, TellWhetherAWholeBatchStandsBehindABrokenOne) {
  auto broken = batch_of(0, {"a", "b"});
  broken.back() ^= 1;
  const std::string filler(3U << 20, 'x');  // further than one look
  const auto opened = file(broken + filler + batch_of(7, {"c"}));
  SegmentReader reader(*opened);
  EXPECT_FALSE(*reader.next());
  EXPECT_EQ(*reader.batch_behind(0), broken.size() + filler.size());
  EXPECT_FALSE(*reader.batch_behind(8));
}

TEST_F(Segments, AreNotReadBeyondTheirEnd) {
  const auto whole = batch_of(0, {"abc"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto opened = file(whole.substr(0, length));
    SegmentReader reader(*opened);
    EXPECT_FALSE(*reader.next()) << length;
    EXPECT_EQ(reader.offset(), 0U);
  }
}

}  // namespace
}  // namespace cordon::journal
