// Signals as events: SIGTERM, SIGINT and others arrive through a descriptor the loop can watch.
#pragma once

#include <initializer_list>

#include "cordon/base/file.h"

namespace cordon {

// Blocks SIGTERM and SIGINT for this thread and those it starts later; the descriptor becomes readable when one
// arrives.
Fd stop_signals();

// The same for those signals; take_signal says which one it was, 0 when there is none.
Fd signals_as_events(std::initializer_list<int> numbers);
int take_signal(const Fd& signals);

}  // namespace cordon
