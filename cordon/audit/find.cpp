#include "cordon/audit/find.h"

#include <algorithm>
#include <format>
#include <iterator>

#include "cordon/evidence/sealing.h"

namespace cordon::audit {

namespace {

constexpr vault::Groups kHeaderOnly{.header = true, .analyst = false, .personal = false};

using Indices = std::vector<std::uint64_t>;

Indices found_under(const std::vector<IndexKey>& keys, const Verdict& verdict) {
  Indices all;
  for (const auto& key : keys) {
    if (const auto found = verdict.found.find(key); found != verdict.found.end()) {
      all.insert(all.end(), found->second.begin(), found->second.end());
    }
  }
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

std::unexpected<Error> too_many() {
  return fail(ErrorKind::invalid_input,
              std::format("more than {} records are asked for: narrow it with --since and --until", kMostFound));
}

class Narrowing {
 public:
  Narrowing(const Sources& sources, const Filter& filter, const std::vector<vault::Pseudonym>& pseudonyms)
      : sources_(sources), filter_(filter), pseudonyms_(pseudonyms) {}

  // Why the entry is not one that is asked for; nothing: it was taken.
  std::optional<std::string> take(std::uint64_t index, BytesView entry, Finding& finding) {
    if (!filter_.subject.empty() && !carries(entry, pseudonyms_)) return "is about another subscriber";
    auto record = evidence::unseal(entry, sources_.vault, kHeaderOnly);
    if (!record) return std::format("cannot be opened: {}", record.error().message);
    record->sequence = index;
    if (!matches(filter_, *record)) return "does not meet the conditions that the index does not know";
    finding.records.push_back({index, {entry.begin(), entry.end()}, std::move(*record)});
    return std::nullopt;
  }

 private:
  const Sources& sources_;
  const Filter& filter_;
  const std::vector<vault::Pseudonym>& pseudonyms_;
};

Result<Finding> find_one(const Sources& sources, std::uint64_t index, Narrowing& narrowing) {
  Finding finding;
  const auto entry = sources.log.entry(index);
  if (!entry) return std::unexpected(entry.error());
  if (auto why = narrowing.take(index, as_bytes(*entry), finding))
    finding.withheld.push_back({index, std::move(*why)});
  return finding;
}

Result<Finding> find_by_index(const Sources& sources, std::vector<Clause> clauses, Narrowing& narrowing) {
  Finding finding;
  finding.clauses = std::move(clauses);
  auto answer = make_answer(sources.log, sources.index, keys_of(finding.clauses));
  if (!answer) return std::unexpected(answer.error());
  const auto verdict = verify_answer(*answer, sources.log.checkpoint());
  if (!verdict) return std::unexpected(verdict.error());
  const auto found = candidates(finding.clauses, *verdict);
  if (found.size() > kMostFound) return too_many();
  for (const auto index : found) {
    const auto entry = sources.log.entry(index);
    if (!entry) return std::unexpected(entry.error());
    if (auto why = narrowing.take(index, as_bytes(*entry), finding)) {
      finding.withheld.push_back({index, std::move(*why)});
    }
  }
  finding.unreadable = verdict->found.at(unreadable_key()).size();
  finding.answer = std::move(*answer);
  return finding;
}

Result<Finding> find_by_reading(const Sources& sources, Narrowing& narrowing) {
  Finding finding;
  const auto read = sources.log.each(0, sources.log.size(), [&](std::uint64_t index, BytesView entry) {
    finding.unreadable += vault::parse_entry(entry) ? 0U : 1U;
    narrowing.take(index, entry, finding);
    if (sources.progress && index % 1024 == 0) sources.progress(index, sources.log.size());
    return finding.records.size() <= kMostFound;
  });
  if (!read) return std::unexpected(read.error());
  if (finding.records.size() > kMostFound) return too_many();
  return finding;
}

}  // namespace

std::vector<std::uint64_t> candidates(const std::vector<Clause>& clauses, const Verdict& verdict) {
  Indices result;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    auto found = found_under(clauses[i].any, verdict);
    if (i == 0) {
      result = std::move(found);
      continue;
    }
    Indices both;
    std::ranges::set_intersection(result, found, std::back_inserter(both));
    result = std::move(both);
  }
  return result;
}

std::vector<IndexKey> keys_of(const std::vector<Clause>& clauses) {
  std::vector<IndexKey> keys{unreadable_key()};
  for (const auto& clause : clauses) keys.insert(keys.end(), clause.any.begin(), clause.any.end());
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  return keys;
}

Result<Finding> find(const Sources& sources, const Filter& filter, const std::vector<vault::Pseudonym>& pseudonyms) {
  if (auto good = check_form(filter); !good) return std::unexpected(good.error());
  Narrowing narrowing(sources, filter, pseudonyms);
  if (filter.record) return find_one(sources, *filter.record, narrowing);
  auto clauses = clauses_of(filter, sources.vault, pseudonyms);
  if (clauses.empty()) return find_by_reading(sources, narrowing);
  return find_by_index(sources, std::move(clauses), narrowing);
}

}  // namespace cordon::audit
