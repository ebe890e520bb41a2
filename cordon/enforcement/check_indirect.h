// Indirect communication (TS 29.500 6.10): who is asked for through an SCP, and for whom an SCP asks.
#pragma once

#include <optional>

#include "cordon/enforcement/case.h"

namespace cordon::enforcement {

// A request that an SCP is to pass on is judged as one to its target: an NF of the inventory, by
// 3gpp-Sbi-Target-apiRoot or by 3gpp-Sbi-Discovery-*. The requester that discovery is told of is the caller. Once the
// operation is known.
std::optional<Verdict> check_target(Case& c);

// TS 33.501 13.3.8: what an SCP passes on is judged as its consumer's, whose assertion it brings; without one it is
// refused, also where assertions are not verified at all. Fills consumer when there is one. After check_token.
std::optional<Verdict> check_consumer(Case& c, std::optional<Sender>& consumer);

}  // namespace cordon::enforcement
