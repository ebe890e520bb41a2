#include "cordon/audit/timeline.h"

#include <algorithm>
#include <format>
#include <map>
#include <set>

#include "cordon/evidence/sealing.h"

namespace cordon::audit {

namespace {

constexpr vault::Groups kHeaderOnly{.header = true, .analyst = false, .personal = false};
constexpr vault::EntryKind kOfLog[] = {vault::EntryKind::start, vault::EntryKind::repair, vault::EntryKind::gap,
                                       vault::EntryKind::spool};

Result<evidence::Record> open_header(const Sources& sources, std::uint64_t index, BytesView entry) {
  auto record = evidence::unseal(entry, sources.vault, kHeaderOnly);
  if (record) record->sequence = index;
  return record;
}

Result<evidence::Record> record_at(const Sources& sources, std::uint64_t index) {
  const auto entry = sources.log.entry(index);
  if (!entry) return std::unexpected(entry.error());
  return open_header(sources, index, as_bytes(*entry));
}

using Moments = std::map<std::uint64_t, Moment>;  // by index

// What befell the log between the first moment and the last, as the index has it: kinds stand in clear.
Result<void> add_log_events(const Sources& sources, Moments& moments) {
  if (moments.empty()) return {};
  std::vector<IndexKey> keys;
  for (const auto kind : kOfLog) keys.push_back(key_of(kind));
  const auto answer = make_answer(sources.log, sources.index, std::move(keys));
  if (!answer) return std::unexpected(answer.error());
  const auto verdict = verify_answer(*answer, sources.log.checkpoint());
  if (!verdict) return std::unexpected(verdict.error());
  const auto first = moments.begin()->first;
  const auto last = moments.rbegin()->first;
  for (const auto& [key, indices] : verdict->found) {
    for (const auto index : indices) {
      if (index < first || index > last || moments.contains(index)) continue;
      auto record = record_at(sources, index);
      if (!record) return std::unexpected(record.error());
      if (record->kind != "spool-positions") moments[index] = {std::move(*record), true};
    }
  }
  return {};
}

std::vector<Episode> episodes_of(Moments moments, std::chrono::nanoseconds quiet) {
  std::vector<Episode> episodes;
  for (auto& [index, moment] : moments) {
    const bool silent = episodes.empty() || moment.record.time - episodes.back().end() > quiet;
    if (silent) episodes.emplace_back();
    episodes.back().moments.push_back(std::move(moment));
  }
  return episodes;
}

Result<Timeline> finished(const Sources& sources, Moments moments, std::chrono::nanoseconds quiet) {
  if (auto added = add_log_events(sources, moments); !added) return std::unexpected(added.error());
  Timeline timeline;
  timeline.checkpoint = sources.log.checkpoint();
  timeline.episodes = episodes_of(std::move(moments), quiet);
  return timeline;
}

void judge(const Finding& finding, Timeline& timeline) {
  if (finding.unreadable > 0) {
    timeline.completeness = Completeness::incomplete;
    timeline.how = std::format("{} records are of a version that this program cannot read", finding.unreadable);
    return;
  }
  std::size_t unopened = 0;
  for (const auto& each : finding.withheld) unopened += each.why.starts_with("cannot be opened") ? 1U : 0U;
  if (unopened > 0) {
    timeline.completeness = Completeness::incomplete;
    timeline.how = std::format("{} records that the index names cannot be opened", unopened);
    return;
  }
  timeline.completeness = Completeness::proved;
  timeline.how = finding.answer ? std::format("the index covers entries 0 to {}", timeline.checkpoint.size)
                                : std::format("entries 0 to {} were read", timeline.checkpoint.size);
}

// === incidents

class Incident {
 public:
  explicit Incident(const Sources& sources) : sources_(sources) {}

  Result<Moments> gather(std::uint64_t start) {
    if (auto found = follow_back(start); !found) return std::unexpected(found.error());
    // Links lead to earlier records only, so one pass finds whatever leads here, however far.
    const auto first = moments_.begin()->first;
    std::vector<std::uint64_t> joined;
    const auto read = sources_.log.each(first, sources_.log.size(), [&](std::uint64_t index, BytesView entry) {
      if (sources_.progress && index % 1024 == 0) sources_.progress(index - first, sources_.log.size() - first);
      auto record = open_header(sources_, index, entry);
      if (!record) {
        ++unopened_;
      } else if (!moments_.contains(index) && belongs(*record)) {
        joined.push_back(index);
        add(std::move(*record));
      }
      return moments_.size() <= kMostFound;
    });
    if (!read) return std::unexpected(read.error());
    for (const auto index : joined) {
      if (auto found = follow_back(index); !found) return std::unexpected(found.error());
    }
    return std::move(moments_);
  }
  std::uint64_t unopened() const { return unopened_; }

 private:
  Result<void> follow_back(std::uint64_t start) {
    std::vector<std::uint64_t> open{start};
    while (!open.empty()) {
      const auto index = open.back();
      open.pop_back();
      if (auto known = moments_.find(index); known == moments_.end()) {
        auto record = record_at(sources_, index);
        if (!record && moments_.empty())
          return std::unexpected(within(std::format("record {}", index), record.error()));
        if (!record) {  // pruned, or its keys are gone
          ++unopened_;
          continue;
        }
        add(std::move(*record));
      } else if (index != start) {
        continue;
      }
      for (const auto link : moments_.at(index).record.links) {
        if (link < index && !moments_.contains(link)) open.push_back(link);
      }
    }
    return {};
  }

  bool belongs(const evidence::Record& record) const {
    const auto known = [&](std::uint64_t link) { return moments_.contains(link); };
    return std::ranges::any_of(record.links, known) || traces_.contains(record.trace);
  }

  void add(evidence::Record record) {
    if (!record.trace.empty()) traces_.insert(record.trace);
    const auto index = record.sequence;
    moments_[index] = {std::move(record), false};
  }

  const Sources& sources_;
  Moments moments_;
  std::set<std::string, std::less<>> traces_;
  std::uint64_t unopened_ = 0;
};

}  // namespace

std::size_t Episode::refusals() const {
  return static_cast<std::size_t>(std::ranges::count_if(moments, &Moment::refused));
}

Result<Timeline> timeline_of(const Sources& sources, const Filter& filter, std::chrono::nanoseconds quiet) {
  if (!filter.subject.empty()) {
    return fail(ErrorKind::permission, "what happened to a subscriber is told for a purpose only: see --purpose");
  }
  auto finding = find(sources, filter, {});
  if (!finding) return std::unexpected(finding.error());
  return timeline_of(sources, std::move(*finding), quiet);
}

Result<Timeline> timeline_of(const Sources& sources, Finding finding, std::chrono::nanoseconds quiet) {
  Moments moments;
  for (auto& found : finding.records) moments[found.index] = {std::move(found.record), false};
  auto timeline = finished(sources, std::move(moments), quiet);
  if (timeline) judge(finding, *timeline);
  return timeline;
}

Result<Timeline> timeline_of_incident(const Sources& sources, std::uint64_t record, std::chrono::nanoseconds quiet) {
  Incident incident(sources);
  auto moments = incident.gather(record);
  if (!moments) return std::unexpected(moments.error());
  const auto first = moments->begin()->first;
  auto timeline = finished(sources, std::move(*moments), quiet);
  if (!timeline) return timeline;
  timeline->how = std::format("entries {} to {} were read", first, sources.log.size());
  timeline->completeness = incident.unopened() == 0 ? Completeness::proved : Completeness::incomplete;
  if (incident.unopened() > 0) timeline->how += std::format(", {} could not be opened", incident.unopened());
  return timeline;
}

}  // namespace cordon::audit
