// What a candidate set would have answered to requests that were really asked.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"

namespace cordon::analysis {

struct Recorded {
  std::string origin;  // "record 12", "line 3": where to look it up
  std::string caller;  // groups the changes: "AMF"; the principal's type when nothing better is known
  policy::Request request;
  std::vector<policy::Entity> entities;  // its own, beside the shared ones
  bool allowed = false;                  // what was answered
  std::vector<std::string> reasons;      // by which policies
};

// JSON lines: a request's members with "decision" ("allow" or "deny") and, where known, "reason", "caller",
// "entities". Errors name the line.
Result<std::vector<Recorded>> read_recorded(std::string_view text, std::string_view file,
                                            const schema::Schema* schema = nullptr);

// Requests whose answer changed alike: same caller, operation, and policies before and after.
struct ChangedAnswers {
  bool allowed_now = false;
  std::string caller;
  std::string action;
  std::vector<std::string> before;  // determining policies; empty: no policy permitted it
  std::vector<std::string> after;
  std::size_t count = 0;
  std::vector<std::string> examples;  // the first few origins
};

struct Replay {
  std::size_t requests = 0;
  std::size_t newly_allowed = 0;
  std::size_t newly_refused = 0;
  std::size_t erring = 0;                     // requests for which a policy of the candidate could not be evaluated
  std::vector<ChangedAnswers> changes;        // newly allowed first, then by count
  std::map<std::string, std::size_t> unused;  // policies of the candidate that determined no answer: id -> line
};

class Replayer {
 public:
  Replayer(const policy::PolicySet& candidate, const policy::Entities& base, policy::Profile profile)
      : candidate_(candidate), base_(base), profile_(profile) {}

  Result<void> play(const Recorded& recorded);                            // with its own entities over `base`
  void play(const Recorded& recorded, const policy::Entities& entities);  // with these
  Replay report() const;

 private:
  const policy::PolicySet& candidate_;
  const policy::Entities& base_;
  policy::Profile profile_;
  Replay counted_;
  std::map<std::string, ChangedAnswers> groups_;
  std::map<std::string, std::size_t> used_;
};

}  // namespace cordon::analysis
