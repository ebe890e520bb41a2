// Decides many requests, reusing its memory: once that has grown to what the set needs, a decision allocates nothing.
// One thread uses a decider; any number of deciders may share a set.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cordon/policy/condition.h"
#include "cordon/policy/evaluate.h"
#include "cordon/policy/index.h"
#include "cordon/policy/policy.h"

namespace cordon::policy {

struct Erring {
  std::uint32_t position = 0;  // of the policy
  std::uint32_t offset = 0;    // of the expression that failed: PolicySet::place says where that is
};

// A decision in positions of PolicySet::policies(). It lives until the decider decides again.
struct Ruling {
  bool allow = false;
  bool forbidden = false;                      // as in Decision
  bool erring_forbid = false;                  // as in Decision
  std::span<const std::uint32_t> determining;  // ascending
  std::span<const Erring> errors;              // ascending
};

class Decider {
 public:
  explicit Decider(const PolicySet& set);  // shares it

  const Ruling& decide(const Request& request, const Entities& entities, Profile profile = Profile::fail_closed,
                       Search search = Search::indexed);
  // The last ruling with names and messages. The messages are made by evaluating what failed once more, so request
  // and entities must be those of the ruling.
  Decision in_words(const Request& request, const Entities& entities) const;

 private:
  enum class Outcome : std::uint8_t { holds, fails, errs };
  struct Known {  // what became of a shared clause in this decision
    std::uint64_t decision = 0;
    std::uint32_t clause = 0;
    std::uint32_t distance = 0;  // of the fault, from the start of the clause
    Outcome outcome = Outcome::fails;
  };

  void look_at_every(const Request& request, const Entities& entities);
  void settle(const Request& request, const Entities& entities, std::span<const Candidate> candidates);
  void settle(std::uint32_t position, Rule rule, Evaluation& evaluation);
  const Known& outcome_of(std::uint32_t clause, Evaluation& evaluation);
  Known evaluated(std::uint32_t clause, Evaluation& evaluation);
  void hold(std::uint32_t position, bool forbid) { (forbid ? forbids_ : permits_).push_back(position); }
  void err(std::uint32_t position, bool forbid, std::uint32_t offset);
  void rule_by(Profile profile);

  PolicySet set_;
  ScopeIndex::Probe probe_;
  Workspace workspace_;
  std::array<Known, 64> known_{};  // by clause, the later ones over the earlier ones
  Known last_;                     // of a clause that no other policy has
  std::uint64_t decision_ = 0;     // counts, so that known_ need not be wiped
  std::vector<std::uint32_t> permits_, forbids_, erring_forbids_;
  std::vector<Erring> errors_;
  Ruling ruling_;
};

}  // namespace cordon::policy
