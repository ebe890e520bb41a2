// One block of the index: for a range of entries, every key in it with the entries it is found in. The keys stand
// sorted under a Merkle tree (RFC 6962 hashing), so that what is said about a key, and that a key is absent, can be
// proved to somebody who holds only the block's statement: range, number of keys and root.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/audit/index_key.h"
#include "cordon/base/result.h"
#include "cordon/transparency/merkle.h"

namespace cordon::audit {

struct Range {
  std::uint64_t from = 0;
  std::uint64_t to = 0;  // one past the last
  auto operator<=>(const Range&) const = default;
  std::string text() const;  // "65536 to 131072"
};

inline constexpr std::uint64_t kMostBlockEntries = 1U << 20;

struct BlockStatement {
  Range range;
  std::uint64_t keys = 0;
  transparency::Hash root{};
  bool operator==(const BlockStatement&) const = default;
  std::string text() const;  // "index of entries 0 to 65536: 4711 keys, root <base64>"
};
Result<BlockStatement> parse_block_statement(std::string_view text);

// What a block says about a key: the key's own leaf, or its two neighbours (one at either end of the block, none when
// the block is empty).
struct BlockProof {
  struct Leaf {
    std::uint64_t position = 0;
    IndexKey key{};
    Bytes postings;  // see decode_postings
    std::vector<transparency::Hash> inclusion;
    bool operator==(const Leaf&) const = default;
  };
  std::vector<Leaf> leaves;
  bool operator==(const BlockProof&) const = default;
};

// The entries the key is found in (none: proved absent), or corrupt with what does not hold.
Result<std::vector<std::uint64_t>> verify_proof(const BlockProof& proof, const IndexKey& key,
                                                const BlockStatement& statement);

// Postings are LEB128 numbers: the first entry counted from the block's begin, then the distance to the next.
Bytes encode_postings(Range range, const std::vector<std::uint64_t>& entries);
Result<std::vector<std::uint64_t>> decode_postings(Range range, BytesView postings);

// As a file under public/index/: "cordon-index/1\n", from, to, number of keys (8 bytes each, big-endian), the roots
// of full subtrees of 256 leaves, for each key its 11 bytes and where its postings end (4 bytes), then all postings.
class Block final : private transparency::HashSource {
 public:
  static Result<Block> parse(std::string file);  // the shape only; whether it is true: compare with a rebuild

  Range range() const { return range_; }
  std::uint64_t keys() const { return keys_; }
  const std::string& file() const { return file_; }
  Result<BlockStatement> statement() const;
  Result<BlockProof> prove(const IndexKey& key) const;

 private:
  friend class BlockBuilder;
  Result<transparency::Hash> node(unsigned level, std::uint64_t index) const override;
  Result<void> check_leaves() const;
  IndexKey key(std::uint64_t position) const;
  BytesView postings(std::uint64_t position) const;
  std::uint32_t postings_end(std::uint64_t position) const;
  transparency::Hash leaf(std::uint64_t position) const;
  transparency::Hash root_below(std::uint64_t first, std::uint64_t last) const;
  Result<BlockProof::Leaf> proved_leaf(std::uint64_t position) const;
  BytesView bytes() const { return as_bytes(file_); }

  std::string file_;
  Range range_;
  std::uint64_t keys_ = 0;
  std::size_t directory_ = 0;  // where its parts begin in the file
  std::size_t postings_ = 0;
};

// Takes the entries of a range in their order; holds their keys until finish().
class BlockBuilder {
 public:
  explicit BlockBuilder(std::uint64_t from) : from_(from) {}
  void add(BytesView entry);
  Block finish();  // the block of what was added; empties the builder

 private:
  struct Posting {
    IndexKey key;
    std::uint32_t offset;
    auto operator<=>(const Posting&) const = default;
  };
  std::uint64_t from_;
  std::uint64_t entries_ = 0;
  std::vector<Posting> postings_;
  std::vector<IndexKey> of_one_;  // reused
};

}  // namespace cordon::audit
