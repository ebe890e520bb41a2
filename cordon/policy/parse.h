// Text becomes syntax trees.
#pragma once

#include <string_view>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/policy.h"
#include "cordon/policy/token.h"

namespace cordon::policy {

// Nesting of brackets, conditionals and member accesses: bounds the stack that parsing and evaluating may take.
inline constexpr std::size_t kMaxDepth = 128;

Read<std::vector<Policy>> parse_policies(std::string_view text, const Limits& limits = {});
Read<Expression> parse_expression(std::string_view text);  // one expression and nothing after it

}  // namespace cordon::policy
