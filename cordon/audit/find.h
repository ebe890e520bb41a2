// The records a filter names, with what is known about whether they are all of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cordon/archive/log_reader.h"
#include "cordon/audit/answer.h"
#include "cordon/audit/question.h"

namespace cordon::audit {

inline constexpr std::size_t kMostFound = 65'536;  // as many as one release may hold (vault/release.h)

struct Found {
  std::uint64_t index = 0;
  Bytes entry;
  evidence::Record record;  // header opened only
};

// Found by the index, but not handed out.
struct Withheld {
  std::uint64_t index = 0;
  std::string why;
  bool operator==(const Withheld&) const = default;
};

struct Finding {
  std::vector<Found> records;  // ascending
  std::vector<Withheld> withheld;
  std::vector<Clause> clauses;   // what the index was asked
  std::optional<Answer> answer;  // with proof; nothing: the index was of no use, every record was read
  std::uint64_t unreadable = 0;  // entries of a version this program does not know
};

struct Sources {
  const archive::LogReader& log;
  const Index& index;
  const vault::Vault& vault;
  // Records read so far, where every one must be.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = {};
};

// Pseudonyms of the subject: of the current epoch, and those of earlier ones that custodians have unlocked.
Result<Finding> find(const Sources& sources, const Filter& filter, const std::vector<vault::Pseudonym>& pseudonyms);

// The entries that fulfil every clause: found under any key of each. Ascending.
std::vector<std::uint64_t> candidates(const std::vector<Clause>& clauses, const Verdict& verdict);
// The keys of all clauses, and the one of unreadable entries.
std::vector<IndexKey> keys_of(const std::vector<Clause>& clauses);

}  // namespace cordon::audit
