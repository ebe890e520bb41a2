// Procedures: what has been made is changed and ended by the NF that made it.
#pragma once

#include <optional>

#include "cordon/enforcement/case.h"
#include "cordon/enforcement/ledger.h"

namespace cordon::enforcement {

// After recall(). ledger null: off.
std::optional<Verdict> check_state(Case& c, Ledger* ledger);

// Notes what observing only lets pass, or refuses.
std::optional<Verdict> contradict(Case& c, Ledger& ledger, Strictness how, const char* rule, wire::Problem problem);

}  // namespace cordon::enforcement
