// What holds of a policy set for every request and every entity its schema allows, proved by a solver.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/analysis/counterexample.h"
#include "cordon/base/result.h"

namespace cordon::analysis {

enum class Claim {
  never_errors,        // no policy of the candidate fails to evaluate
  always_denies,       // the candidate permits nothing
  equivalent,          // the candidate answers as the other set does
  no_more_permissive,  // the candidate permits nothing that the other set refuses
};

std::string_view name_of(Claim claim);  // "never-errors"
std::optional<Claim> claim_named(std::string_view name);

struct ProofOptions {
  policy::Profile profile = policy::Profile::fail_closed;
  std::chrono::milliseconds total{120'000};            // for all questions; what is left then is unknown
  std::chrono::milliseconds limit{10'000};             // for each question to the solver
  std::function<bool(const Environment&)> about = {};  // which environments; absent: all
  std::function<void(std::size_t done, std::size_t all)> progress = {};
};

enum class ProofOutcome { proved, refuted, unknown };

// What was found out about environments that are alike.
struct ProofStep {
  ProofOutcome outcome = ProofOutcome::proved;
  std::vector<Environment> environments;
  std::optional<Counterexample> counterexample;  // refuted: confirmed by the engine
  policy::Decision answer;                       // refuted: the candidate's
  policy::Decision other;                        // refuted: the other set's
  std::string reason;                            // unknown: why
};

struct Proof {
  ProofOutcome outcome = ProofOutcome::proved;  // unknown when nothing is refuted and something unknown
  std::size_t environments = 0;
  std::size_t trivial = 0;       // of them: settled without the solver
  std::size_t questions = 0;     // to the solver
  std::vector<ProofStep> steps;  // refuted and unknown ones only
};

// Both sets must be strictly valid for the schema; templates count by their links. `other` is needed by equivalent
// and no_more_permissive. Taken for granted: requests and entities conform to the schema, and every entity that is
// mentioned exists.
Result<Proof> prove(Claim claim, const policy::PolicySet& candidate, const policy::PolicySet* other,
                    const schema::Schema& schema, const std::filesystem::path& solver,
                    const ProofOptions& options = {});

}  // namespace cordon::analysis
