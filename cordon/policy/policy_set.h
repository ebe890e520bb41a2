// What a PolicySet holds once parsed.
#pragma once

#include <string>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/condition.h"
#include "cordon/policy/index.h"
#include "cordon/policy/place.h"
#include "cordon/policy/policy.h"

namespace cordon::policy {

struct PolicySet::Impl {
  std::string text;
  std::string file;
  Lines lines{"", ""};  // of text
  std::string digest;
  std::vector<Policy> policies;
  std::vector<PolicyInfo> infos;  // in step with policies
  std::vector<Policy> templates;
  std::vector<PolicyInfo> template_infos;  // in step with templates
  std::vector<Link> links;
  std::vector<const PolicyInfo*> by_id;  // of infos and template_infos, which must not move, in the order of ids
  Conditions conditions;                 // of policies
  ScopeIndex index;                      // of policies
};

}  // namespace cordon::policy
