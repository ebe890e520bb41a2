// Socket pairs, and a loop run until something holds: for tests of connections.
#pragma once

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

#include "cordon/base/file.h"
#include "cordon/base/loop.h"

namespace cordon::wire::test {

inline std::pair<Fd, Fd> socket_pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) std::abort();
  return {Fd(fds[0]), Fd(fds[1])};
}

// Bounded by rounds, not by time: a slow machine only makes it slower.
inline bool run_until(Loop& loop, const std::function<bool()>& holds) {
  for (int round = 0; round < 20'000; ++round) {
    if (holds()) return true;
    loop.run_once(std::chrono::milliseconds(1));
  }
  return holds();
}

inline std::string read_all(int fd) {
  std::string out;
  std::array<char, 65536> buffer;
  while (true) {
    const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace cordon::wire::test
