// Policy tests: requests with the answers their author expects.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"

namespace cordon::analysis {

struct Case {
  std::string name;
  policy::Request request;
  std::vector<policy::Entity> entities;             // its own, beside the shared ones
  bool allow = false;                               // the answer expected
  std::optional<std::vector<std::string>> reasons;  // the determining policies expected, in any order
  std::optional<std::size_t> errors;                // how many policies are expected to fail
};

// A file of cases: a list in the form of `cedar run-tests`, or {"entities": [...], "tests": [...]} with entities that
// all cases share. Errors name the case and the member.
struct CaseFile {
  std::vector<policy::Entity> shared;
  std::vector<Case> cases;
};
Result<CaseFile> read_cases(std::string_view text, std::string_view file, const schema::Schema* schema = nullptr);

struct CaseResult {
  std::string name;
  bool passed = false;
  std::string difference;  // "expected deny, got allow by `own-profile-only`"
  policy::Decision decision;
};

// `base`: entities beneath those of the file, for instance a schema's actions.
Result<std::vector<CaseResult>> run_cases(const policy::PolicySet& policies, const CaseFile& file,
                                          const policy::Entities& base, policy::Profile profile);

}  // namespace cordon::analysis
