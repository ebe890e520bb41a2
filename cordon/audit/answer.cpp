#include "cordon/audit/answer.h"

#include <algorithm>
#include <format>

namespace cordon::audit {

using transparency::Hash;

// === making one

namespace {

// The roots of the full subtrees of the tree's first `size` leaves, largest first.
Result<std::vector<Hash>> peaks_of(const transparency::HashSource& tree, std::uint64_t size) {
  std::vector<Hash> peaks;
  std::uint64_t begin = 0;
  for (unsigned level = 64; level-- > 0;) {
    const auto width = std::uint64_t{1} << level;
    if ((size & width) == 0) continue;
    const auto peak = tree.node(level, begin >> level);
    if (!peak) return std::unexpected(peak.error());
    peaks.push_back(*peak);
    begin += width;
  }
  return peaks;
}

// Where the log states that block, when its checkpoint covers that already.
std::optional<StatementPlace> published_place(const archive::LogReader& log, const Index& index, Range range) {
  auto place = index.statement_place(range);
  if (!place || place->header_key.empty() || place->record >= log.size()) return std::nullopt;
  return *place;
}

struct UsableBlock {
  Range range;
  StatementPlace place;
};

// The widest block that begins there.
std::optional<UsableBlock> block_from(const archive::LogReader& log, const Index& index,
                                      const std::vector<Range>& ranges, std::uint64_t from) {
  for (auto at = std::ranges::upper_bound(ranges, Range{from, ~std::uint64_t{0}}); at != ranges.begin();) {
    --at;
    if (at->from != from) return std::nullopt;
    if (at->to > log.size()) continue;
    if (auto place = published_place(log, index, *at)) return UsableBlock{*at, std::move(*place)};
  }
  return std::nullopt;
}

Result<Answer::Part> part_of(const archive::LogReader& log, const Index& index, const UsableBlock& usable,
                             const std::vector<IndexKey>& keys) {
  const auto block = index.block(usable.range);
  if (!block) return std::unexpected(block.error());
  const auto statement = block->statement();
  if (!statement) return std::unexpected(statement.error());
  auto proven = log.prove(usable.place.record);
  if (!proven) return std::unexpected(proven.error());
  const auto stated = read_statement(as_bytes(proven->entry), usable.place.header_key);
  if (!stated || *stated != *statement) {
    return fail(ErrorKind::corrupt, std::format("the index block of entries {} is not what record {} states: see "
                                                "'cordon log index verify'",
                                                usable.range.text(), usable.place.record));
  }
  Answer::Part part{
      *statement, usable.place.record, to_bytes(proven->entry), usable.place.header_key, std::move(proven->inclusion),
      {}};
  for (const auto& key : keys) {
    auto proof = block->prove(key);
    if (!proof) return std::unexpected(proof.error());
    part.proofs.push_back(std::move(*proof));
  }
  return part;
}

Result<void> add_tail(const archive::LogReader& log, std::uint64_t from, Answer& answer) {
  if (log.size() - from > kMostTail) {
    return fail(ErrorKind::invalid_input, std::format("entries {} to {} have no index yet, more than an answer may "
                                                      "hold: run 'cordon log index build' first",
                                                      from, log.size()));
  }
  auto peaks = peaks_of(log.tree(), from);
  if (!peaks) return std::unexpected(peaks.error());
  answer.tail = from;
  answer.peaks = std::move(*peaks);
  return log.each(from, log.size(), [&](std::uint64_t, BytesView entry) {
    answer.tail_entries.emplace_back(entry.begin(), entry.end());
    return true;
  });
}

}  // namespace

Result<Answer> make_answer(const archive::LogReader& log, const Index& index, std::vector<IndexKey> keys) {
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  if (keys.size() > kMostKeys) {
    return fail(ErrorKind::invalid_input, std::format("at most {} keys may be searched at once", kMostKeys));
  }
  Answer answer;
  answer.keys = std::move(keys);
  const auto ranges = index.ranges();
  std::uint64_t covered = 0;
  while (const auto usable = block_from(log, index, ranges, covered)) {
    auto part = part_of(log, index, *usable, answer.keys);
    if (!part) return std::unexpected(part.error());
    covered = part->statement.range.to;
    answer.parts.push_back(std::move(*part));
  }
  if (auto added = add_tail(log, covered, answer); !added) return std::unexpected(added.error());
  return answer;
}

// === verifying one

namespace {

class Verification {
 public:
  Verification(const Answer& answer, const transparency::Checkpoint& checkpoint, const RebuiltRoot& rebuilt)
      : answer_(answer), checkpoint_(checkpoint), rebuilt_(rebuilt) {}

  Result<Verdict> run() {
    if (std::ranges::adjacent_find(answer_.keys, std::greater_equal{}) != answer_.keys.end()) {
      return fail(ErrorKind::corrupt, "answer: the keys asked for are not in order");
    }
    for (const auto& key : answer_.keys) verdict_.found[key];
    for (const auto& part : answer_.parts) {
      if (auto good = check_part(part); !good) {
        return std::unexpected(within("answer, entries " + part.statement.range.text(), good.error()));
      }
    }
    if (auto good = check_tail(); !good) return std::unexpected(within("answer, newest entries", good.error()));
    return std::move(verdict_);
  }

 private:
  Result<void> cover(Range range) {
    if (range.from < covered_) return fail(ErrorKind::corrupt, "stands twice");
    if (range.from > covered_) verdict_.missing.push_back({covered_, range.from});
    covered_ = range.to;
    return {};
  }

  Result<void> check_root(const Answer::Part& part) const {
    const auto& statement = part.statement;
    if (const auto root = rebuilt_ ? rebuilt_(statement.range) : std::nullopt) {
      if (*root == statement.root) return {};
      return fail(ErrorKind::corrupt, "the block is not the one that the log's entries give");
    }
    if (part.record < statement.range.to) return fail(ErrorKind::corrupt, "stated before its entries were there");
    const auto included = transparency::verify_inclusion(transparency::leaf_hash(part.entry), part.record,
                                                         checkpoint_.size, part.inclusion, checkpoint_.root);
    if (!included) return std::unexpected(within("the statement is not in the log", included.error()));
    const auto stated = read_statement(part.entry, part.header_key);
    if (!stated) return std::unexpected(within("the statement cannot be read", stated.error()));
    if (*stated == statement) return {};
    return fail(ErrorKind::corrupt,
                std::format("the log states '{}', not what the answer is made of", stated->text()));
  }

  Result<void> check_part(const Answer::Part& part) {
    if (auto added = cover(part.statement.range); !added) return added;
    if (part.statement.range.to > checkpoint_.size) return fail(ErrorKind::corrupt, "lie beyond the checkpoint");
    if (auto good = check_root(part); !good) return good;
    if (part.proofs.size() != answer_.keys.size()) return fail(ErrorKind::corrupt, "a key without a proof");
    for (std::size_t i = 0; i < answer_.keys.size(); ++i) {
      const auto found = verify_proof(part.proofs[i], answer_.keys[i], part.statement);
      if (!found) return std::unexpected(found.error());
      auto& all = verdict_.found[answer_.keys[i]];
      all.insert(all.end(), found->begin(), found->end());
    }
    return {};
  }

  // The entries themselves must lead from the tree before them to the checkpoint's root.
  Result<void> check_tail() {
    if (auto added = cover({answer_.tail, answer_.tail + answer_.tail_entries.size()}); !added) return added;
    auto tree = transparency::Frontier::of(answer_.tail, answer_.peaks);
    if (!tree) return std::unexpected(tree.error());
    std::vector<IndexKey> keys;
    for (const auto& entry : answer_.tail_entries) {
      keys.clear();
      append_keys(entry, keys);
      for (const auto& key : keys) {
        if (const auto asked = verdict_.found.find(key); asked != verdict_.found.end()) {
          asked->second.push_back(tree->size());
        }
      }
      tree->add(transparency::leaf_hash(entry));
    }
    if (tree->size() == checkpoint_.size && tree->root() == checkpoint_.root) return {};
    return fail(ErrorKind::corrupt, "they are not those under the checkpoint");
  }

  const Answer& answer_;
  const transparency::Checkpoint& checkpoint_;
  const RebuiltRoot& rebuilt_;
  Verdict verdict_;
  std::uint64_t covered_ = 0;
};

}  // namespace

Result<Verdict> verify_answer(const Answer& answer, const transparency::Checkpoint& checkpoint,
                              const RebuiltRoot& rebuilt) {
  return Verification(answer, checkpoint, rebuilt).run();
}

}  // namespace cordon::audit
