// Containment: who and what an operator has cut off.
#pragma once

#include <optional>

#include "cordon/enforcement/case.h"

namespace cordon::enforcement {

// The first step once the caller is known: neither it nor the producer is cut off. A contained NF may still leave the
// network: it may ask the NRF to deregister it.
std::optional<Verdict> check_quarantine(Case& c);

// Once the request is read: not its operation or service, and not the slice or network it is about. Emergency
// services go on in a contained slice, unless it is contained including them (TS 23.501 5.16.4).
std::optional<Verdict> check_contained_request(Case& c);

}  // namespace cordon::enforcement
