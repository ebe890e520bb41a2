#include "cordon/audit/index_block.h"

#include <gtest/gtest.h>

#include "cordon/audit/test_log.h"

namespace cordon::audit {

namespace {

using Postings = std::vector<std::uint64_t>;

// Entry i carries terms i % 7 and 1000 + i, and every third one a subscriber.
TestEntry entry_number(std::uint64_t i) {
  TestEntry entry{.terms = {i % 7, 1000 + i}};
  if (i % 3 == 0) entry.subjects = {static_cast<std::uint8_t>(i % 5)};
  if (i == 11) entry.kind = vault::EntryKind::gap;
  return entry;
}

Block block_of(std::uint64_t from, std::uint64_t count) {
  BlockBuilder builder(from);
  for (auto i = from; i < from + count; ++i) builder.add(bytes_of(entry_number(i)));
  return builder.finish();
}

Result<Postings> ask(const Block& block, const IndexKey& key) {
  return verify_proof(*block.prove(key), key, *block.statement());
}

class BlockOfManySizes : public testing::TestWithParam<std::uint64_t> {};

TEST_P(BlockOfManySizes, ProvesWhatEveryKeyIsFoundIn) {
  const auto from = 4096U;
  const auto block = block_of(from, GetParam());
  for (std::uint64_t term = 0; term < 7; ++term) {
    Postings expected;
    for (auto i = from; i < from + GetParam(); ++i) {
      if (i % 7 == term) expected.push_back(i);
    }
    EXPECT_EQ(ask(block, key_of(vault::Term{term})).value(), expected);
  }
  for (auto i = from; i < from + GetParam(); ++i) {
    EXPECT_EQ(ask(block, key_of(vault::Term{1000 + i})).value(), Postings{i});
  }
}

TEST_P(BlockOfManySizes, ProvesThatAKeyIsAbsentWhereverItWouldStand) {
  const auto block = block_of(0, GetParam());
  for (const auto& key : {key_of(vault::Term{500}), key_of(vault::Term{~0ULL}), key_of(pseudonym_named(200)),
                          unreadable_key(), IndexKey{}}) {
    EXPECT_EQ(ask(block, key).value(), Postings{});
  }
}

TEST_P(BlockOfManySizes, IsReadBackAsItWasWritten) {
  const auto block = block_of(0, GetParam());
  const auto read = Block::parse(block.file());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->statement().value(), block.statement().value());
  EXPECT_EQ(read->range(), (Range{0, GetParam()}));
}

INSTANTIATE_TEST_SUITE_P(IndexBlock, BlockOfManySizes, testing::Values(1, 2, 7, 255, 256, 257, 600, 1025));

TEST(IndexBlock, WithoutAnyKeyHasTheEmptyRootAndProvesAbsence) {
  BlockBuilder builder(0);
  builder.add(bytes_of({}));
  const auto block = builder.finish();
  EXPECT_EQ(block.keys(), 0U);
  EXPECT_EQ(block.statement()->root, transparency::empty_root());
  EXPECT_EQ(ask(block, key_of(vault::Term{1})).value(), Postings{});
}

TEST(IndexBlock, KeepsKindsOtherThanDecisionsAndEntriesItCannotRead) {
  BlockBuilder builder(10);
  builder.add(bytes_of({.kind = vault::EntryKind::access}));
  builder.add(to_bytes("no entry at all"));
  builder.add(bytes_of({}));
  const auto block = builder.finish();
  EXPECT_EQ(ask(block, key_of(vault::EntryKind::access)).value(), Postings{10});
  EXPECT_EQ(ask(block, unreadable_key()).value(), Postings{11});
  EXPECT_EQ(ask(block, key_of(vault::EntryKind::decision)).value(), Postings{});
}

TEST(IndexBlock, NamesAnEntryOnceForAKeyItCarriesTwice) {
  BlockBuilder builder(0);
  builder.add(bytes_of({.terms = {5, 5}, .subjects = {1, 1}}));
  const auto block = builder.finish();
  EXPECT_EQ(block.keys(), 2U);
  EXPECT_EQ(ask(block, key_of(vault::Term{5})).value(), Postings{0});
}

// === attacks

TEST(IndexBlock, FindsAWithheldPosting) {
  const auto block = block_of(0, 300);
  const auto key = key_of(vault::Term{3});
  auto proof = *block.prove(key);
  auto entries = *decode_postings(block.range(), proof.leaves[0].postings);
  entries.erase(entries.begin() + 4);
  proof.leaves[0].postings = encode_postings(block.range(), entries);
  EXPECT_EQ(verify_proof(proof, key, *block.statement()).error().kind, ErrorKind::corrupt);
}

TEST(IndexBlock, RefusesAbsenceOfAKeyThatIsThere) {
  const auto block = block_of(0, 300);
  const auto key = key_of(vault::Term{1150});
  const auto statement = *block.statement();
  const auto before = block.prove(key_of(vault::Term{1149}))->leaves[0];
  const auto itself = block.prove(key)->leaves[0];
  const auto after = block.prove(key_of(vault::Term{1151}))->leaves[0];
  const std::vector<std::vector<BlockProof::Leaf>> lies = {
      {}, {before}, {after}, {before, after}, {after, before}, {before, itself, after}};
  for (const auto& leaves : lies) EXPECT_FALSE(verify_proof({leaves}, key, statement)) << leaves.size();
}

TEST(IndexBlock, RefusesAProofFromAnotherBlock) {
  const auto key = key_of(vault::Term{3});
  const auto proof = *block_of(0, 300).prove(key);
  EXPECT_FALSE(verify_proof(proof, key, *block_of(300, 300).statement()));
}

TEST(IndexBlock, RefusesAnEmptyStatementWithARoot) {
  BlockStatement statement{{0, 10}, 0, transparency::leaf_hash({})};
  EXPECT_FALSE(verify_proof({}, key_of(vault::Term{1}), statement));
}

TEST(IndexBlock, OverAlteredEntriesHasAnotherRoot) {
  BlockBuilder builder(0);
  for (std::uint64_t i = 0; i < 300; ++i) {
    auto entry = entry_number(i);
    if (i == 150) entry.subjects.clear();  // the subscriber is to be forgotten by the index only
    builder.add(bytes_of(entry));
  }
  EXPECT_NE(builder.finish().statement()->root, block_of(0, 300).statement()->root);
}

TEST(IndexBlock, RefusesEveryFileThatIsCutOrLonger) {
  const auto file = block_of(0, 20).file();
  for (std::size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(Block::parse(file.substr(0, size))) << size;
  EXPECT_FALSE(Block::parse(file + "x"));
}

TEST(IndexBlock, NeverFallsOverAFlippedByteAndNeverProvesAFalseAnswer) {
  const auto block = block_of(0, 300);  // more than 256 keys: stored hashes too
  const auto key = key_of(vault::Term{3});
  const auto truth = ask(block, key).value();
  for (std::size_t i = 0; i < block.file().size(); ++i) {
    auto file = block.file();
    file[i] = static_cast<char>(file[i] ^ 0x41);
    const auto read = Block::parse(file);
    if (!read) continue;
    const auto proof = read->prove(key);
    const auto answer = proof ? verify_proof(*proof, key, *block.statement()) : std::unexpected(proof.error());
    if (!answer) continue;
    EXPECT_EQ(*answer, truth) << i;
  }
}

// === statements and postings

TEST(IndexStatement, IsReadBackFromItsText) {
  const auto statement = *block_of(4096, 300).statement();
  EXPECT_EQ(parse_block_statement(statement.text()).value(), statement);
}

TEST(IndexStatement, IsRefusedInAnyOtherForm) {
  const auto good = block_of(0, 3).statement()->text();
  for (const std::string& text :
       {std::string(), good + " ", good.substr(0, good.size() - 4), "x" + good,
        std::string("index of entries 5 to 5"),
        std::string("index of entries 3 to 2: 1 keys, root ") + good.substr(good.rfind(' ') + 1),
        std::string("index of entries 03 to 9: 1 keys, root ") + good.substr(good.rfind(' ') + 1),
        std::string("index of entries 0 to 99999999: 1 keys, root ") + good.substr(good.rfind(' ') + 1),
        std::string("index of entries x to 9: 1 keys, root ") + good.substr(good.rfind(' ') + 1)}) {
    EXPECT_FALSE(parse_block_statement(text)) << text;
  }
}

TEST(IndexPostings, HaveOneEncoding) {
  const Range range{1000, 70'000};
  const Postings entries{1000, 1001, 1200, 69'999};
  const auto bytes = encode_postings(range, entries);
  EXPECT_EQ(decode_postings(range, bytes).value(), entries);
  for (const Bytes& wrong : {Bytes{}, Bytes{0x80}, Bytes{0x80, 0x00}, Bytes{0x05, 0x00},
                             Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}, Bytes{0xFF, 0xFF, 0x7F}}) {
    EXPECT_FALSE(decode_postings(range, wrong)) << to_hex(wrong);
  }
}

}  // namespace

}  // namespace cordon::audit
