#include "cordon/transparency/merkle.h"

#include <algorithm>
#include <array>
#include <bit>

namespace cordon::transparency {

namespace {

std::unexpected<Error> refuse(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }
std::unexpected<Error> does_not_hold(std::string message) { return fail(ErrorKind::corrupt, std::move(message)); }

bool is_odd(std::uint64_t number) { return (number & 1U) != 0; }

// RFC 9162 2.1.1: k, the largest power of two smaller than the number of leaves (at least two).
std::uint64_t left_part(std::uint64_t leaves) { return std::bit_floor(leaves - 1); }

// The root over leaves [from, to), where from is a multiple of every full subtree in the range: true for every
// subtree the RFC's recursion meets.
Result<Hash> root_of_range(const HashSource& source, std::uint64_t from, std::uint64_t to) {
  std::array<Hash, 64> roots{};  // of the full subtrees, largest first
  std::size_t count = 0;
  for (auto at = from; at < to; at += std::bit_floor(to - at)) {
    const auto level = static_cast<unsigned>(std::bit_width(to - at)) - 1;
    const auto hash = source.node(level, at >> level);
    if (!hash) return hash;
    roots.at(count++) = *hash;
  }
  auto root = roots.at(count - 1);
  for (auto i = count - 1; i > 0; --i) root = node_hash(roots.at(i - 1), root);
  return root;
}

Result<void> append_root(std::vector<Hash>& proof, const HashSource& source, std::uint64_t from, std::uint64_t to) {
  const auto root = root_of_range(source, from, to);
  if (!root) return std::unexpected(root.error());
  proof.push_back(*root);
  return {};
}

// The roots of both trees as a consistency proof's hashes give them (RFC 9162 2.1.4.2, steps 4 to 8).
struct BothRoots {
  Hash from;
  Hash to;
};
Result<BothRoots> replay(std::uint64_t from, std::uint64_t to, const Hash& first, std::span<const Hash> rest) {
  auto fn = from - 1;
  auto sn = to - 1;
  const auto up = [&] { fn >>= 1U, sn >>= 1U; };
  while (is_odd(fn)) up();
  BothRoots roots{first, first};
  for (const auto& hash : rest) {
    if (sn == 0) return does_not_hold("the consistency proof has too many hashes");
    if (is_odd(fn) || fn == sn) {
      roots = {node_hash(hash, roots.from), node_hash(hash, roots.to)};
      while (!is_odd(fn) && fn != 0) up();
    } else {
      roots.to = node_hash(roots.to, hash);
    }
    up();
  }
  if (sn != 0) return does_not_hold("the consistency proof has too few hashes");
  return roots;
}

}  // namespace

Hash leaf_hash(BytesView entry) {
  static constexpr std::array<std::uint8_t, 1> kLeaf = {0x00};
  return crypto::sha256_joined({kLeaf, entry});
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 1 + 2 * sizeof(Hash)> both;
  both[0] = 0x01;
  std::ranges::copy(left, both.begin() + 1);
  std::ranges::copy(right, both.begin() + 1 + sizeof(Hash));
  return crypto::sha256(both);
}

Hash empty_root() { return crypto::sha256({}); }

// === Frontier

Result<Frontier> Frontier::of(std::uint64_t size, std::vector<Hash> peaks) {
  const auto wanted = static_cast<std::size_t>(std::popcount(size));
  if (peaks.size() != wanted) {
    return refuse(
        std::format("a tree of {} leaves has {} full subtrees, and {} were given", size, wanted, peaks.size()));
  }
  Frontier frontier;
  frontier.size_ = size;
  frontier.peaks_ = std::move(peaks);
  return frontier;
}

void Frontier::add(const Hash& leaf) {
  auto root = leaf;
  for (auto count = size_; is_odd(count); count >>= 1U) {
    root = node_hash(peaks_.back(), root);
    peaks_.pop_back();
  }
  peaks_.push_back(root);
  ++size_;
}

Hash Frontier::root() const {
  if (peaks_.empty()) return empty_root();
  auto root = peaks_.back();
  for (auto i = peaks_.size() - 1; i > 0; --i) root = node_hash(peaks_[i - 1], root);
  return root;
}

// === Making proofs

Result<Hash> root_of(const HashSource& source, std::uint64_t size) {
  return size == 0 ? Result<Hash>(empty_root()) : root_of_range(source, 0, size);
}

// RFC 9162 2.1.3.1, from the root down, so the hashes come out in reverse.
Result<std::vector<Hash>> inclusion_proof(const HashSource& source, std::uint64_t index, std::uint64_t size) {
  if (index >= size) return refuse(std::format("there is no leaf {} in a tree of {} leaves", index, size));
  std::vector<Hash> proof;
  std::uint64_t from = 0;
  auto to = size;
  while (to - from > 1) {
    const auto middle = from + left_part(to - from);
    const bool left = index < middle;
    const auto added = left ? append_root(proof, source, middle, to) : append_root(proof, source, from, middle);
    if (!added) return std::unexpected(added.error());
    (left ? to : from) = middle;
  }
  std::ranges::reverse(proof);
  return proof;
}

// RFC 9162 2.1.4.1, from the root down. complete: what is left of the older tree is the older tree (the RFC's b).
Result<std::vector<Hash>> consistency_proof(const HashSource& source, std::uint64_t from, std::uint64_t to) {
  if (from > to) return refuse(std::format("a tree of {} leaves is not an older one of {}", from, to));
  std::vector<Hash> proof;
  if (from == 0 || from == to) return proof;
  std::uint64_t begin = 0;
  auto end = to;
  bool complete = true;
  while (end != from) {
    const auto middle = begin + left_part(end - begin);
    const bool left = from <= middle;
    const auto added = left ? append_root(proof, source, middle, end) : append_root(proof, source, begin, middle);
    if (!added) return std::unexpected(added.error());
    (left ? end : begin) = middle;
    complete = complete && left;
  }
  if (!complete) {
    if (auto added = append_root(proof, source, begin, end); !added) return std::unexpected(added.error());
  }
  std::ranges::reverse(proof);
  return proof;
}

// === Verifying proofs

// RFC 9162 2.1.3.2
Result<Hash> root_by_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                               std::span<const Hash> proof) {
  if (index >= size) return does_not_hold(std::format("there is no leaf {} in a tree of {} leaves", index, size));
  auto fn = index;
  auto sn = size - 1;
  auto reached = leaf;
  for (const auto& hash : proof) {
    if (sn == 0) return does_not_hold("the inclusion proof has too many hashes");
    if (is_odd(fn) || fn == sn) {
      reached = node_hash(hash, reached);
      while (!is_odd(fn) && fn != 0) fn >>= 1U, sn >>= 1U;
    } else {
      reached = node_hash(reached, hash);
    }
    fn >>= 1U, sn >>= 1U;
  }
  if (sn != 0) return does_not_hold("the inclusion proof has too few hashes");
  return reached;
}

Result<void> verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof,
                              const Hash& root) {
  const auto reached = root_by_inclusion(leaf, index, size, proof);
  if (!reached) return std::unexpected(reached.error());
  if (*reached == root) return {};
  return does_not_hold(
      std::format("the inclusion proof of leaf {} does not lead to the root of {} leaves", index, size));
}

Result<Hash> root_by_consistency(std::uint64_t from, const Hash& from_root, std::uint64_t to,
                                 std::span<const Hash> proof) {
  if (from == 0) return does_not_hold("an empty tree leads to no root");
  if (from > to) return does_not_hold(std::format("the tree shrank from {} to {} leaves", from, to));
  if (from == to) {
    if (!proof.empty()) return does_not_hold("the consistency proof should be empty");
    return from_root;
  }
  const bool own_root_first = std::has_single_bit(from);  // then the proof leaves out what the verifier has
  if (!own_root_first && proof.empty()) return does_not_hold("the consistency proof has too few hashes");
  const auto roots =
      own_root_first ? replay(from, to, from_root, proof) : replay(from, to, proof[0], proof.subspan(1));
  if (!roots) return std::unexpected(roots.error());
  if (roots->from != from_root) return does_not_hold(std::format("the proof gives another root for {} leaves", from));
  return roots->to;
}

Result<void> verify_consistency(std::uint64_t from, const Hash& from_root, std::uint64_t to, const Hash& to_root,
                                std::span<const Hash> proof) {
  if (from == 0) {
    if (from_root != empty_root()) return does_not_hold("the older tree is empty, and its root is not");
    if (!proof.empty()) return does_not_hold("the consistency proof should be empty");
    if (to == 0 && to_root != empty_root()) return does_not_hold("the newer tree is empty, and its root is not");
    return {};
  }
  const auto reached = root_by_consistency(from, from_root, to, proof);
  if (!reached) return std::unexpected(reached.error());
  if (*reached == to_root) return {};
  return does_not_hold(from == to ? std::format("two roots for {} leaves", to)
                                  : std::format("the proof gives another root for {} leaves", to));
}

}  // namespace cordon::transparency
