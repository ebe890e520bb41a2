// The policy engine (NIST SP 800-207 PE): policies in the Cedar language, a decision for a request, and why.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/value.h"

namespace cordon::policy {

struct Request {
  EntityUid principal;
  EntityUid action;
  EntityUid resource;
  Record context;
};

struct EvaluationError {
  std::string policy;   // its id
  std::string message;  // with file, line and column
};

// What the reference authorizer answers: deny by default, forbid wins, erring policies are skipped and reported.
struct Decision {
  bool allow = false;
  std::vector<std::string> determining;  // satisfied forbids when refused by them, satisfied permits when allowed
  std::vector<EvaluationError> errors;
  bool forbidden = false;      // refused by a forbid, as opposed to: no permit holds
  bool erring_forbid = false;  // the fail-closed profile turned an erring forbid into a refusal
};

struct Place {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
};

struct PolicyInfo {
  std::string id;  // the @id annotation, or policy0, policy1... by position
  bool forbid = false;
  Place place;
  std::string text;  // as written
  std::vector<std::pair<std::string, std::string>> annotations;
};

struct NearMiss {  // for a default deny: a permit whose scope matched, and the clause that failed
  std::string policy;
  std::string clause;   // "when { context.body.nfType == principal.nfType }"
  std::string because;  // "context.body.nfType is \"AMF\", principal.nfType is \"BSF\""
};

struct Limits {
  std::size_t text = std::size_t{1} << 20;  // bytes
  std::size_t policies = 100'000;
};

// What an erring policy means. The reference skips it; fail-closed also refuses when an erring forbid's scope
// matches, because a rule that cannot be evaluated may be the one that would have refused.
enum class Profile { fail_closed, reference };

// How candidates are found: through the index of actions, or by looking at every policy. The answers are the same.
enum class Search { indexed, every };

// An immutable set; sharing it between threads is safe.
class PolicySet {
 public:
  // Errors name file:line:column, show the line with a caret, and hint at the remedy.
  static Result<PolicySet> parse(std::string_view text, std::string_view file, const Limits& limits = {});

  const std::vector<PolicyInfo>& policies() const;
  const PolicyInfo* find(std::string_view id) const;
  std::string digest() const;  // SHA-256 of the text, hexadecimal: policy_set_hash

  Decision decide(const Request& request, const Entities& entities, Profile profile = Profile::fail_closed,
                  Search search = Search::indexed) const;
  std::vector<NearMiss> near_misses(const Request& request, const Entities& entities, std::size_t most = 3) const;

  struct Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace cordon::policy
