// Notifications carry no token (TS 33.501 13.4.1.0): they are held against the subscriptions that passed through.
#pragma once

#include <optional>

#include "cordon/enforcement/case.h"
#include "cordon/enforcement/ledger.h"

namespace cordon::enforcement {

// Somebody subscribed at this sender to be called back on this path. ledger null: off.
std::optional<Verdict> check_notification(Case& c, Ledger* ledger);

}  // namespace cordon::enforcement
