// What is wrong with one policy, gathered while it is looked at in many request environments.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/validation/validate.h"

namespace cordon::validation {

enum class Rule : std::uint8_t {
  unrecognised_entity_type,
  unrecognised_action,
  invalid_enum_entity,
  no_applicable_action,
  unexpected_type,
  incompatible_types,
  unknown_attribute,
  unguarded_attribute,
  unguarded_tag,
  no_tags,
  argument_count,
  invalid_literal,
  computed_constructor,
  empty_set,
  level_exceeded,
  literal_dereference,
  impossible_policy,  // this one and those after it are warnings
  bidirectional_text,
  mixed_scripts,
};

std::string_view name_of(Rule rule);  // "unrecognised-entity-type"
constexpr bool is_warning(Rule rule) { return rule >= Rule::impossible_policy; }

// Text from a policy or a request, cut to what a message should hold.
std::string shortened(std::string_view text);

// Names come from anywhere: what would control a terminal, or turn the direction of writing, is shown as \u{1b}.
std::string printable(std::string_view text);
Error printable(Error error);

struct Problem {
  std::uint32_t begin = 0;  // byte offset into the text of the set
  Rule rule = Rule::unexpected_type;
  std::string message;
  auto operator<=>(const Problem&) const = default;
};

// Each problem once, however many environments it arises in, and in the order of the text.
class Report {
 public:
  // `where` is added to the message, but does not make a problem another one: "in the context of ...".
  void add(Problem problem, std::string hint = {}, std::string_view where = {});
  void hand_over(const policy::PolicySet& policies, const std::string& policy, Findings& findings) const;

 private:
  std::map<Problem, std::pair<std::string, std::string>> problems_;  // with where and hint
};

}  // namespace cordon::validation
