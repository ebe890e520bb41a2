// Two owners of one child would reap it twice.
#include <utility>

#include "cordon/base/process.h"

cordon::Process second_owner(cordon::Process& process) {
#if MUST_FAIL
  return cordon::Process(process);
#else
  return cordon::Process(std::move(process));
#endif
}
