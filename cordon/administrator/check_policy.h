// The fail-closed profile at activation: a set that does not validate strictly against its schema is not activated.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/schema/schema.h"

namespace cordon::administrator {

// A text and the name it has in errors: "sbi.bundle:policies/amf.cedar".
struct NamedText {
  std::string name;
  std::string text;
};

struct PolicyTexts {
  std::vector<NamedText> policies;  // one set, in this order
  std::optional<NamedText> schema;  // a name ending in .json: its JSON form. None: the built-in one
  std::optional<NamedText> entities;
};

// The policies as one text: each begins a line, so that no comment of one swallows the next; a single one stays as it
// is.
std::string joined(const std::vector<NamedText>& policies);

struct CheckedPolicy {
  std::string text;             // all policies as one
  std::string policy_set_hash;  // of it
  std::string entities;         // checked against the schema, in explicit forms; empty: none
  schema::Schema schema;
  std::vector<std::string> warnings;
};

// The first fault with its place, and how many more there are.
Result<CheckedPolicy> check_policy(const PolicyTexts& texts);

// What policies were validated for is what they will meet: the inventory's NFs are what the schema declares, and the
// enforcement point has every action in the groups the schema puts it in.
Result<void> check_fit(const enforcement::Protection& protection, const schema::Schema& schema);

}  // namespace cordon::administrator
