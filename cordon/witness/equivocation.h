// Proof that a log showed two histories: two notes of it that cannot both be of one append-only log. A plain text
// that anybody can verify with nothing but the log's key:
//   equivocation/v1
//   log VKEY                 one line a key
//   hash BASE64              only for two sizes: see `path`
//   (blank) first checkpoint, as signed (blank) second checkpoint, as signed; the smaller one first
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/transparency/merkle.h"
#include "cordon/witness/known_log.h"

namespace cordon::witness {

struct Equivocation {
  std::vector<transparency::VerifierKey> keys;  // of the log, as whoever found it knew them
  transparency::Note smaller;
  transparency::Note larger;
  // For two sizes: the consistency proof from the smaller to the larger out of the larger tree (RFC 9162 2.1.4),
  // always with the first hash. It gives the larger root, and for the smaller size another root than the log signed.
  std::vector<transparency::Hash> path;

  std::string text() const;
};
Result<Equivocation> parse_equivocation(std::string_view text);

// The two roots to which such a path leads; invalid_input: it does not fit the sizes.
struct PathRoots {
  transparency::Hash smaller{};
  transparency::Hash larger{};
};
Result<PathRoots> roots_of_path(std::uint64_t smaller, std::uint64_t larger,
                                std::span<const transparency::Hash> path);
Result<std::vector<transparency::Hash>> full_path(const transparency::HashSource& tree, std::uint64_t smaller,
                                                  std::uint64_t larger);

// Both notes are signed by a key of that log, and contradict each other. corrupt: it proves nothing, and why.
Result<void> verify_equivocation(const Equivocation& proof, const KnownLog& log);

// What two notes of the log say about it. tree: of the larger one, needed for two sizes.
//   nothing       the larger continues the smaller
//   unavailable   the tree was not to be had, or is not the larger's: nothing is known
Result<std::optional<Equivocation>> compare(const transparency::Note& one, const transparency::Note& other,
                                            const KnownLog& log, const transparency::HashSource* tree);

}  // namespace cordon::witness
