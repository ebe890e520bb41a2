#include "cordon/witness/equivocation.h"

#include <algorithm>
#include <bit>

#include "cordon/base/text.h"

namespace cordon::witness {

using transparency::Checkpoint;
using transparency::Hash;
using transparency::Note;

namespace {

constexpr std::string_view kTitle = "equivocation/v1";
constexpr std::size_t kMostBytes = 256U << 10;
constexpr std::size_t kMostHashes = 65;  // 63 of a consistency proof, the first, and one to spare
constexpr std::size_t kMostKeys = 16;

std::unexpected<Error> malformed(std::string what) {
  return fail(ErrorKind::invalid_input, "not a proof of equivocation: " + std::move(what));
}

Result<Hash> parse_hash(std::string_view text) {
  const auto bytes = from_base64(text);
  Hash hash{};
  if (!bytes || bytes->size() != hash.size()) return malformed(std::format("'{}' is no hash", printable(text)));
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

Result<void> parse_line(std::string_view line, Equivocation& out) {
  const auto space = line.find(' ');
  const auto word = line.substr(0, space);
  const auto rest = space == line.npos ? std::string_view() : line.substr(space + 1);
  if (word == "log" && out.keys.size() < kMostKeys) {
    auto key = transparency::VerifierKey::parse(rest);
    if (!key) return malformed(key.error().message);
    out.keys.push_back(std::move(*key));
  } else if (word == "hash" && out.path.size() < kMostHashes) {
    const auto hash = parse_hash(rest);
    if (!hash) return std::unexpected(hash.error());
    out.path.push_back(*hash);
  } else {
    return malformed(std::format("line '{}'", printable(line)));
  }
  return {};
}

// "text, blank line, signature lines" off the front: up to the blank line after the signatures, or to the end.
Result<Note> take_note(std::string_view& text) {
  const auto blank = text.find("\n\n");
  if (blank == text.npos) return malformed("a checkpoint is missing");
  const auto end = text.find("\n\n", blank + 2);
  const auto whole = text.substr(0, end == text.npos ? text.size() : end + 1);
  text.remove_prefix(end == text.npos ? text.size() : end + 2);
  auto note = transparency::parse_note(whole);
  if (!note) return malformed(note.error().message);
  return note;
}

}  // namespace

std::string Equivocation::text() const {
  auto out = std::format("{}\n", kTitle);
  for (const auto& key : keys) out += std::format("log {}\n", key.text());
  for (const auto& hash : path) out += std::format("hash {}\n", to_base64(hash));
  return out + "\n" + smaller.whole() + "\n" + larger.whole();
}

Result<Equivocation> parse_equivocation(std::string_view text) {
  if (text.size() > kMostBytes) return malformed(std::format("longer than {} bytes", kMostBytes));
  const auto head = text.find("\n\n");
  if (head == text.npos) return malformed("it has no blank line");
  const auto lines = split(text.substr(0, head), '\n');
  if (lines[0] != kTitle) return malformed(std::format("its first line is not '{}'", kTitle));
  Equivocation out;
  for (const auto line : std::span(lines).subspan(1)) {
    if (auto parsed = parse_line(line, out); !parsed) return std::unexpected(parsed.error());
  }
  text.remove_prefix(head + 2);
  for (auto* note : {&out.smaller, &out.larger}) {
    auto taken = take_note(text);
    if (!taken) return std::unexpected(taken.error());
    *note = std::move(*taken);
  }
  if (!text.empty()) return malformed("something follows the second checkpoint");
  return out;
}

// RFC 9162 2.1.4.2, without step 3, which would put the smaller root in front.
Result<PathRoots> roots_of_path(std::uint64_t smaller, std::uint64_t larger, std::span<const Hash> path) {
  const auto misfit = [] { return fail(ErrorKind::invalid_input, "the path does not fit the two sizes"); };
  if (smaller == 0 || smaller >= larger || path.empty()) return misfit();
  auto at = smaller - 1;
  auto last = larger - 1;
  const auto shift = std::countr_one(at);
  at >>= shift;
  last >>= shift;
  PathRoots roots{path[0], path[0]};
  for (const auto& hash : path.subspan(1)) {
    if (last == 0) return misfit();
    if ((at & 1) != 0 || at == last) {
      roots = {transparency::node_hash(hash, roots.smaller), transparency::node_hash(hash, roots.larger)};
      for (; (at & 1) == 0 && at != 0; at >>= 1) last >>= 1;
    } else {
      roots.larger = transparency::node_hash(roots.larger, hash);
    }
    at >>= 1;
    last >>= 1;
  }
  if (last != 0) return misfit();
  return roots;
}

Result<std::vector<Hash>> full_path(const transparency::HashSource& tree, std::uint64_t smaller,
                                    std::uint64_t larger) {
  auto path = transparency::consistency_proof(tree, smaller, larger);
  if (!path || !std::has_single_bit(smaller)) return path;
  // RFC 9162 2.1.4.1 leaves the first hash out when the smaller tree is a full subtree: its root is known then.
  const auto first = tree.node(static_cast<unsigned>(std::countr_zero(smaller)), 0);
  if (!first) return std::unexpected(first.error());
  path->insert(path->begin(), *first);
  return path;
}

Result<void> verify_equivocation(const Equivocation& proof, const KnownLog& log) {
  const auto nothing = [](std::string why) { return fail(ErrorKind::corrupt, "this proves nothing: " + why); };
  const auto one = checkpoint_of(proof.smaller, log);
  if (!one) return nothing("first checkpoint: " + one.error().message);
  const auto other = checkpoint_of(proof.larger, log);
  if (!other) return nothing("second checkpoint: " + other.error().message);
  if (one->size == other->size) {
    return one->root != other->root ? Result<void>() : nothing("both checkpoints are the same");
  }
  const auto roots = roots_of_path(one->size, other->size, proof.path);
  if (!roots) return nothing(roots.error().message);
  if (roots->larger != other->root) return nothing("the hashes do not lead to the second checkpoint's root");
  if (roots->smaller == one->root) return nothing("the second checkpoint continues the first");
  return {};
}

Result<std::optional<Equivocation>> compare(const Note& one, const Note& other, const KnownLog& log,
                                            const transparency::HashSource* tree) {
  const auto first = checkpoint_of(one, log);
  const auto second = checkpoint_of(other, log);
  if (!first) return std::unexpected(first.error());
  if (!second) return std::unexpected(second.error());
  if (first->size > second->size) return compare(other, one, log, tree);
  Equivocation found{log.keys, one, other, {}};
  if (first->size == second->size) {
    return first->root == second->root ? std::nullopt : std::optional(std::move(found));
  }
  if (first->size == 0) return std::nullopt;  // every log continues the empty one
  if (tree == nullptr) return fail(ErrorKind::unavailable, "no tiles to compare two sizes with");
  auto path = full_path(*tree, first->size, second->size);
  if (!path) return std::unexpected(path.error());
  const auto roots = roots_of_path(first->size, second->size, *path);
  if (!roots || roots->larger != second->root) {
    return fail(ErrorKind::unavailable,
                std::format("the tiles are not those of the checkpoint of size {}", second->size));
  }
  if (roots->smaller == first->root) return std::nullopt;
  found.path = std::move(*path);
  return found;
}

}  // namespace cordon::witness
