// The Merkle tree of RFC 6962 2.1 (= RFC 9162 2.1) over SHA-256: hashes, proofs and their verification. No files
// here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"
#include "cordon/crypto/digest.h"

namespace cordon::transparency {

using Hash = crypto::Sha256Digest;

Hash leaf_hash(BytesView entry);                      // SHA-256(0x00 || entry)
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(0x01 || left || right)
Hash empty_root();                                    // SHA-256 of nothing

// The right edge of a growing tree: the roots of its full subtrees, largest first. Enough to add leaves and to know
// the root; about log2(size) hashes.
class Frontier {
 public:
  Frontier() = default;
  static Result<Frontier> of(std::uint64_t size, std::vector<Hash> peaks);  // invalid_input: wrong number of peaks
  void add(const Hash& leaf);
  std::uint64_t size() const { return size_; }
  Hash root() const;
  const std::vector<Hash>& peaks() const { return peaks_; }

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

// Where a proof's hashes come from: the root of the full subtree [index << level, (index + 1) << level).
class HashSource {
 public:
  virtual ~HashSource() = default;
  virtual Result<Hash> node(unsigned level, std::uint64_t index) const = 0;
};

Result<Hash> root_of(const HashSource& source, std::uint64_t size);
// Leaf's sibling first (RFC 9162 2.1.3.1). invalid_input when index >= size.
Result<std::vector<Hash>> inclusion_proof(const HashSource& source, std::uint64_t index, std::uint64_t size);
Result<std::vector<Hash>> consistency_proof(const HashSource& source, std::uint64_t from, std::uint64_t to);

// corrupt, with what does not fit, when the proof does not hold (RFC 9162 2.1.3.2 and 2.1.4.2). Every tree continues
// the empty one: from 0, whose root must be empty_root(), the proof is empty (C2SP tlog-witness).
Result<void> verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof,
                              const Hash& root);
Result<void> verify_consistency(std::uint64_t from, const Hash& from_root, std::uint64_t to, const Hash& to_root,
                                std::span<const Hash> proof);

// The root a proof leads to, for whoever knows it only by a signature on it (RFC 9942). They prove nothing by
// themselves.
Result<Hash> root_by_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                               std::span<const Hash> proof);
// from >= 1
Result<Hash> root_by_consistency(std::uint64_t from, const Hash& from_root, std::uint64_t to,
                                 std::span<const Hash> proof);

}  // namespace cordon::transparency
