// A port read as a number of the configuration does not fit an endpoint unless somebody says so.
#include <cstdint>

#include "cordon/base/socket.h"

cordon::Endpoint local(std::int64_t port) {
#if MUST_FAIL
  return cordon::Endpoint{"127.0.0.1", port};
#else
  return cordon::Endpoint{"127.0.0.1", static_cast<std::uint16_t>(port)};
#endif
}
