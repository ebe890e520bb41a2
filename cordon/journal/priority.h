// Under contention a thread that waits for the disk loses a scheduler's tick after every wait; one of real-time
// priority does not.
#pragma once

#include "cordon/base/result.h"

namespace cordon::journal {

// SCHED_FIFO for the calling thread: the one that appends. permission: needs CAP_SYS_NICE, and things go on as they
// were.
Result<void> raise_commit_priority();

}  // namespace cordon::journal
