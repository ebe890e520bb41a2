#include "cordon/base/result.h"

#include <cerrno>
#include <system_error>

namespace cordon {

namespace {
ErrorKind kind_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorKind::no_space;
    case ENOENT:
      return ErrorKind::not_found;
    case EACCES:
    case EPERM:
      return ErrorKind::permission;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EAGAIN:
      return ErrorKind::unavailable;
    default:
      return ErrorKind::io;
  }
}
}  // namespace

std::unexpected<Error> fail_errno(std::string what, int error_number) {
  return fail(kind_of(error_number), std::move(what) + ": " + std::generic_category().message(error_number));
}

}  // namespace cordon
