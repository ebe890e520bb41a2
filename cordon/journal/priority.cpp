#include "cordon/journal/priority.h"

#include <pthread.h>
#include <sched.h>

namespace cordon::journal {

Result<void> raise_commit_priority() {
  sched_param parameters{};
  parameters.sched_priority =
      ::sched_get_priority_min(SCHED_FIFO);  // above all ordinary threads; below everything else
  const int error = ::pthread_setschedparam(::pthread_self(), SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
  if (error != 0) return fail_errno("real-time priority for the log's commits", error);
  return {};
}

}  // namespace cordon::journal
