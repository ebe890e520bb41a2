// What happened around an NF, a rule, a subscriber or an incident, in the order of the log: grouped into episodes,
// with what befell the log itself shown between, and with a word on whether it is all.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cordon/audit/find.h"
#include "cordon/audit/release_file.h"

namespace cordon::audit {

struct Moment {
  evidence::Record record;
  bool of_log = false;  // start, repair, gap: something may be missing around it
  bool refused() const { return record.decision == "refuse"; }
};

// Moments with no longer silence between them than asked for.
struct Episode {
  std::vector<Moment> moments;
  WallTime begin() const { return moments.front().record.time; }
  WallTime end() const { return moments.back().record.time; }
  std::size_t refusals() const;
};

struct Timeline {
  std::vector<Episode> episodes;
  Completeness completeness = Completeness::unknown;
  std::string how;  // what completeness rests on, or what is missing
  transparency::Checkpoint checkpoint;
};

inline constexpr std::chrono::seconds kQuiet{60};

// Around what a filter finds. Its records are the operator's to see; about a subscriber only what an access granted.
Result<Timeline> timeline_of(const Sources& sources, const Filter& filter, std::chrono::nanoseconds quiet = kQuiet);
Result<Timeline> timeline_of(const Sources& sources, Finding finding, std::chrono::nanoseconds quiet = kQuiet);

// Everything linked with a record: what it links to, what links to it, however far, and what shares a trace with
// them.
Result<Timeline> timeline_of_incident(const Sources& sources, std::uint64_t record,
                                      std::chrono::nanoseconds quiet = kQuiet);

}  // namespace cordon::audit
