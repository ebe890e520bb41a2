// Certificates of a connection that stays open: they may end while it does not.
#pragma once

#include <optional>

#include "cordon/enforcement/case.h"

namespace cordon::enforcement {

// The caller's certificate and its chain hold at this moment, and the producer is not withdrawn.
std::optional<Verdict> check_certificate(Case& c);

}  // namespace cordon::enforcement
