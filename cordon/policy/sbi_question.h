// Requests of the service-based interface written as one line of words, for tests of policies/sbi.cedar.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/policy/policy.h"

namespace cordon::policy {

struct SbiQuestion {
  Request request;
  Entities entities;
};

std::vector<std::string> split(std::string_view text, char by);

// CALLER[@PLMN] PRODUCER ACTION facts..., as the enforcement point would put it; vectors/sbi_permitted.txt describes
// the facts. What an action belongs to comes from policies/sbi.cedarschema.
SbiQuestion sbi_question(const std::vector<std::string>& words);

// Every operation of policies/sbi.cedarschema, with its path parameters.
struct SbiOperation {
  std::string action;
  std::vector<std::string> groups;
  std::vector<std::string> path;
};
const std::vector<SbiOperation>& sbi_operations();
std::vector<std::string> sbi_nf_types();  // of policies/vocabulary.cedarschema

PolicySet sbi_rules();  // policies/sbi.cedar

}  // namespace cordon::policy
