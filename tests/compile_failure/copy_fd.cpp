// Two owners of one descriptor would close it twice.
#include <utility>

#include "cordon/base/file.h"

cordon::Fd second_owner(cordon::Fd& fd) {
#if MUST_FAIL
  return cordon::Fd(fd);
#else
  return cordon::Fd(std::move(fd));
#endif
}
