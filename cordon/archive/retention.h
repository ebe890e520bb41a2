// How long a log keeps its entries, written where everybody can read it: public/retention.json, signed by the log. A
// log without it must keep everything (C2SP tlog-tiles, "Pruning"). Pruning removes files, never the tree's shape:
// proofs of all that remains keep working.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/archive/log_keys.h"
#include "cordon/archive/log_reader.h"
#include "cordon/base/clock.h"

namespace cordon::archive {

inline constexpr std::string_view kRetentionFile = "retention.json";

struct Hold {  // a legal hold: entries [from, to) stay whatever their age
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::string reason;
  bool operator==(const Hold&) const = default;
};

struct Retention {
  std::string origin;
  std::optional<std::uint32_t> keep_days;     // of the day a bundle of entries was completed
  std::optional<std::uint64_t> keep_entries;  // the newest so many
  std::uint64_t minimum = 0;                  // entries below may be gone
  std::vector<Hold> holds;                    // at most 1,000
  WallTime written{};
  std::string text() const;  // the bytes the log signs: compact JSON
  bool operator==(const Retention&) const = default;
};

struct SignedRetention {
  Retention retention;
  transparency::Note note;
  std::string whole() const;  // {"policy":{...},"note":"..."}
};
Result<SignedRetention> parse_retention(std::string_view whole);  // at most 256 KiB
Result<SignedRetention> sign_retention(Retention retention, const transparency::LogSigner& signer);

// The log's retention; nothing when none is declared. Signed with the keys the log has at that size: those it gave up
// declare nothing any more.
Result<std::optional<Retention>> read_retention(const transparency::ReadResource& read, std::string_view origin,
                                                const KeyChain& chain, std::uint64_t size);
// The same declaration under new keys (rotate_keys).
Result<void> sign_retention_again(const LogReader& log, const KeyChain& chain, const transparency::LogSigner& signer);

// Writes what is to be kept from now on. The minimum stays as it is: only prune() moves it.
Result<Retention> declare_retention(const LogReader& log, const transparency::LogSigner& signer, Retention wanted,
                                    const Clock& clock);

struct PrunePlan {
  std::uint64_t from = 0;     // the minimum until now
  std::uint64_t minimum = 0;  // from now on
  std::optional<Hold> held;   // what kept it from being higher
  std::uint64_t files = 0;    // removed, or to be removed
  std::uint64_t bytes = 0;
};
// What the declared retention lets go now. Age is that of the bundles' files.
Result<PrunePlan> plan_pruning(const LogReader& log, const Retention& retention, WallTime now);
// Declares the new minimum first, then removes every file of the tree whose end index is not above it. Repeatable:
// what an interrupted run left is removed by the next.
Result<PrunePlan> prune(const LogReader& log, const transparency::LogSigner& signer, const Clock& clock);

// Removes what prune() would of a log of that size: for copies.
Result<PrunePlan> remove_below(const std::filesystem::path& folder, std::uint64_t minimum, std::uint64_t size);

}  // namespace cordon::archive
