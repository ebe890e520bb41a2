#include "cordon/witness/monitor.h"

#include <algorithm>
#include <set>

#include "cordon/base/file.h"
#include "cordon/crypto/digest.h"
#include "cordon/witness/resources.h"

namespace cordon::witness {

using transparency::Note;
using transparency::TileSource;
using transparency::TrustPolicy;

namespace {

constexpr std::chrono::milliseconds kWitnessTime{10'000};

Seen look(const Place& place, const KnownLog& log, const TrustPolicy& policy) {
  Seen seen{.place = place.name, .note = std::nullopt, .checkpoint = {}, .witnesses = {}, .error = std::nullopt};
  const auto text = place.read(place.checkpoint);
  if (!text) {
    seen.error = text.error();
    return seen;
  }
  auto note = transparency::parse_note(*text);
  const auto checkpoint = note ? checkpoint_of(*note, log) : std::unexpected(note.error());
  if (!checkpoint) {
    seen.error = checkpoint.error();
    return seen;
  }
  for (const auto& witness : policy.witnesses) {
    if (transparency::verify_signature(*note, witness.key)) seen.witnesses.push_back(witness.name);
  }
  seen.checkpoint = *checkpoint;
  seen.note = std::move(*note);
  return seen;
}

// Compares with the tree of whoever has the larger one; the log's keys say nothing about which place lies.
struct Comparer {
  const std::vector<Place>& places;
  const KnownLog& log;
  Comparison out{};

  void pair(const Seen& one, const Seen& other) {
    const auto size = std::max(one.checkpoint.size, other.checkpoint.size);
    Result<std::optional<Equivocation>> outcome = compare(*one.note, *other.note, log, nullptr);
    for (std::size_t i = 0; i < places.size() && !outcome; ++i) {
      if (!places[i].tiles || !out.seen[i].note || out.seen[i].checkpoint.size < size) continue;
      const TileSource tree(with_full_tiles(places[i].read), size);
      outcome = compare(*one.note, *other.note, log, &tree);
    }
    if (!outcome) {
      out.undecided.push_back(std::format("{} (size {}) and {} (size {}): {}", one.place, one.checkpoint.size,
                                          other.place, other.checkpoint.size, outcome.error().message));
    } else if (*outcome) {
      out.proofs.push_back(std::move(**outcome));
    }
  }
};

}  // namespace

Result<Place> log_place(std::string name, const std::string& where) {
  auto read = resources_of(where);
  if (!read) return std::unexpected(read.error());
  return Place{.name = std::move(name), .read = std::move(*read)};
}

Result<std::vector<Place>> witness_places(const TrustPolicy& policy, std::string_view origin) {
  std::vector<Place> out;
  std::set<std::string> urls;  // a witness with two keys is two lines of one URL
  for (const auto& witness : policy.witnesses) {
    if (witness.url.empty() || !urls.insert(witness.url).second) continue;
    auto read = resources_of(witness.url, kWitnessTime);
    if (!read) return std::unexpected(within("witness " + witness.name, read.error()));
    out.push_back({.name = "witness " + witness.name,
                   .checkpoint = origin_hash(origin) + "/checkpoint",
                   .read = std::move(*read),
                   .tiles = false});
  }
  return out;
}

Comparison compare_places(const std::vector<Place>& places, const KnownLog& log, const TrustPolicy& policy) {
  Comparer comparer{places, log};
  auto& out = comparer.out;
  for (const auto& place : places) out.seen.push_back(look(place, log, policy));
  std::uint64_t largest = 0;
  for (const auto& seen : out.seen) {
    if (!seen.note || (out.newest && seen.checkpoint.size <= largest)) continue;
    out.newest = seen.note;
    largest = seen.checkpoint.size;
  }
  // Two places that show one checkpoint are one history: each is compared once.
  std::vector<const Seen*> different;
  for (const auto& seen : out.seen) {
    const auto same = [&](const Seen* each) { return each->checkpoint == seen.checkpoint; };
    if (seen.note && std::ranges::none_of(different, same)) different.push_back(&seen);
  }
  for (std::size_t i = 0; i < different.size(); ++i) {
    for (std::size_t j = i + 1; j < different.size(); ++j) comparer.pair(*different[i], *different[j]);
  }
  return std::move(comparer.out);
}

Result<Comparison> monitor(std::vector<Place> places, const KnownLog& log, const TrustPolicy& policy,
                           const std::filesystem::path& memory) {
  const auto before = read_file(memory);
  if (!before && before.error().kind != ErrorKind::not_found) return std::unexpected(before.error());
  if (before) {
    const auto read = [&before](const std::string&) -> Result<std::string> { return *before; };
    places.push_back({.name = "seen before", .read = read, .tiles = false});
  }
  auto comparison = compare_places(places, log, policy);
  if (before && comparison.seen.back().error) {
    return std::unexpected(within(memory.string(), *comparison.seen.back().error));
  }
  if (!comparison.newest || !comparison.proofs.empty()) return comparison;
  if (before && comparison.newest->whole() == *before) return comparison;
  if (auto kept = write_file(memory, comparison.newest->whole()); !kept) return std::unexpected(kept.error());
  return comparison;
}

Result<std::vector<std::string>> write_proofs(const Comparison& comparison, const std::filesystem::path& folder) {
  std::vector<std::string> out;
  for (const auto& proof : comparison.proofs) {
    const auto text = proof.text();
    const auto digest = crypto::sha256(as_bytes(text));
    const auto file = folder / std::format("equivocation-{}.proof", to_hex(BytesView(digest).first(8)));
    if (auto written = write_file(file, text); !written) return std::unexpected(written.error());
    out.push_back(file.string());
  }
  return out;
}

}  // namespace cordon::witness
