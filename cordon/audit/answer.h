// What the log says about some keys, with the proof that nothing is missing: for each block of the index the postings
// of every key or the proof of its absence, and the newest entries, which no block covers yet, themselves. Verified
// against one checkpoint, by somebody who has neither the log nor the vault.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cordon/archive/log_reader.h"
#include "cordon/audit/index.h"

namespace cordon::audit {

inline constexpr std::size_t kMostKeys = 1024;                      // asked for at once
inline constexpr std::uint64_t kMostTail = 1U << 17;                // entries that stand in an answer themselves
inline constexpr std::size_t kMostAnswer = std::size_t{512} << 20;  // bytes

struct Answer {
  struct Part {
    BlockStatement statement;
    std::uint64_t record = 0;  // which states it
    Bytes entry;               // that record, sealed, and what opens it
    Bytes header_key;
    std::vector<transparency::Hash> inclusion;  // of that record
    std::vector<BlockProof> proofs;             // in step with the keys
    bool operator==(const Part&) const = default;
  };
  std::vector<IndexKey> keys;  // ascending, each once
  std::vector<Part> parts;
  std::uint64_t tail = 0;                 // its first entry
  std::vector<transparency::Hash> peaks;  // of the tree before it (RFC 6962: its full subtrees, largest first)
  std::vector<Bytes> tail_entries;
  bool operator==(const Answer&) const = default;
};

// For the whole log as its reader's checkpoint has it. Blocks whose statement is not under that checkpoint yet are
// not used. invalid_input, with the remedy: more than kMostTail entries have no block.
Result<Answer> make_answer(const archive::LogReader& log, const Index& index, std::vector<IndexKey> keys);

struct Verdict {
  std::map<IndexKey, std::vector<std::uint64_t>> found;  // every key asked for, ascending
  std::vector<Range> missing;                            // entries about which the answer says nothing
  bool complete() const { return missing.empty(); }
};

// The root of a block that the verifier made itself; nothing: the log's statement is believed instead, which anybody
// with the log's files can check ('cordon log index verify').
using RebuiltRoot = std::function<std::optional<transparency::Hash>(Range range)>;

// corrupt: something in the answer is false. An answer that is true but leaves entries out says which.
Result<Verdict> verify_answer(const Answer& answer, const transparency::Checkpoint& checkpoint,
                              const RebuiltRoot& rebuilt = {});

std::string encode(const Answer& answer);  // CBOR
Result<Answer> parse_answer(BytesView bytes);

}  // namespace cordon::audit
