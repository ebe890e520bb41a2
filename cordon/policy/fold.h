// What is the same for every request is computed once.
#pragma once

#include "cordon/policy/ast.h"

namespace cordon::policy {

// Marks the constant parts of a tree: sets, records, negative numbers and calls of functions whose operands are
// literals or constants themselves. The tree stays as written; a part that would fail stays unmarked and fails when
// it is evaluated.
void fold(Expression& expression);
void fold(Policy& policy);

}  // namespace cordon::policy
