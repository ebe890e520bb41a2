// The small world of this room's tests: vectors/documents.cedarschema and vectors/claims.txt.
#pragma once

#include <string>
#include <vector>

#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"

namespace cordon::analysis {

schema::Schema documents();
policy::PolicySet parsed(std::string_view text);  // throws, and so fails the test, when the text does not parse

struct ClaimLine {
  std::string text;  // the whole line
  std::string claim, outcome, policies, other;
};
std::vector<ClaimLine> claim_lines();

}  // namespace cordon::analysis
