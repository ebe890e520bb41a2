// Whether policies, requests and entities agree with a schema: Cedar's strict validation as SDK 4.12.0 does it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"

namespace cordon::validation {

struct Finding {
  std::string policy;  // its id
  policy::Place place;
  std::string message;
  std::string hint;       // may be empty
  std::string rule = {};  // the rule broken, for tools: "unknown-attribute"; all of them are in report.h
};

struct Findings {
  std::vector<Finding> errors;    // the set is not valid
  std::vector<Finding> warnings;  // the set is valid, but probably not what was meant
  bool valid() const { return errors.empty(); }
};

// "sbi.cedar:3:14: policy `p`: message; hint"
std::string to_string(const Finding& finding);

// Policies, templates and links, each in every request environment the schema allows.
Findings validate(const policy::PolicySet& policies, const schema::Schema& schema);

// RFC 76: no policy looks further than `level` entity dereferences from the request's own entities. Level errors
// only.
Findings validate_level(const policy::PolicySet& policies, const schema::Schema& schema, std::size_t level);

// Principal, resource and context are what the schema lets this action be asked about.
Result<void> validate(const policy::Request& request, const schema::Schema& schema);

// The entity's attributes, tags and parents are what the schema declares for its type. Of an action it is enough to
// name its direct parents: what those are in is taken from the schema.
Result<void> validate(const policy::Entity& entity, const schema::Schema& schema);

// All of them, and as the reference does it: an action is in what its parents among these entities are in.
Result<void> validate(std::span<const policy::Entity> entities, const schema::Schema& schema);

}  // namespace cordon::validation
