// The policy engine (NIST SP 800-207 PE): policies in the Cedar language, a decision for a request, and why.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/ast.h"
#include "cordon/policy/entities.h"
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
  std::string id;           // the @id annotation, or policy0, policy1... by position
  std::string template_id;  // of a link: its template; else empty
  bool forbid = false;
  Place place;
  std::string_view text;  // as written; lives as long as the set
  std::vector<std::pair<std::string, std::string>> annotations;
};

struct NearMiss {  // for a default deny: a permit whose scope matched, and the clause that failed
  std::string policy;
  std::string clause;   // "when { context.body.nfType == principal.nfType }"
  std::string because;  // "context.body.nfType is \"AMF\", principal.nfType is \"BSF\""
};

struct Limits {
  std::size_t text = std::size_t{64} << 20;  // bytes
  std::size_t policies = 100'000;            // with templates and links
  std::size_t expressions = 8'000'000;       // nodes of all trees, each a hundred bytes and more
};

// Where ids come from: the @id annotation, else the position; or, as the reference does, the position alone.
enum class Naming { annotation, position };

// How a set is read. `ids`, when not empty, names the policies and templates in the order they are written.
struct Reading {
  Limits limits = {};
  Naming naming = Naming::annotation;
  std::vector<std::string> ids = {};
  std::vector<Link> links = {};
};

// What an erring policy means. The reference skips it; fail-closed also refuses when an erring forbid's scope
// matches, because a rule that cannot be evaluated may be the one that would have refused.
enum class Profile { fail_closed, reference };

// How candidates are found: through the index of scopes, or by looking at every policy. The answers are the same.
enum class Search { indexed, every };

// An immutable set; sharing it between threads is safe.
class PolicySet {
 public:
  // Errors name file:line:column, show the line with a caret, and hint at the remedy.
  // Templates decide nothing until they are linked; their links follow the policies as written.
  static Result<PolicySet> parse(std::string_view text, std::string_view file, const Reading& reading = {});

  const std::vector<PolicyInfo>& policies() const;  // what decides: policies as written, then links
  const std::vector<PolicyInfo>& templates() const;
  const PolicyInfo* find(std::string_view id) const;  // a policy or a template
  std::span<const Policy> trees() const;              // in step with policies(); a link's slots are bound
  std::span<const Policy> template_trees() const;     // in step with templates()
  Place place(std::uint32_t offset) const;            // of a tree's begin or end
  std::string_view text() const;                      // offsets of the trees point into it
  const std::vector<Link>& links() const;
  std::string digest() const;  // SHA-256 over text, ids and links, hexadecimal: policy_set_hash

  Decision decide(const Request& request, const Entities& entities, Profile profile = Profile::fail_closed,
                  Search search = Search::indexed) const;
  std::vector<NearMiss> near_misses(const Request& request, const Entities& entities, std::size_t most = 3) const;

  struct Impl;

 private:
  friend class Decider;  // decider.h: many decisions without allocating
  std::shared_ptr<const Impl> impl_;
};

}  // namespace cordon::policy
