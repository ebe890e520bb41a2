// Signals as events: SIGTERM and SIGINT arrive through a descriptor the loop can watch.
#pragma once

#include "cordon/base/file.h"

namespace cordon {

// Blocks SIGTERM and SIGINT for this thread and those it starts later; the descriptor becomes readable when one
// arrives.
Fd stop_signals();

}  // namespace cordon
