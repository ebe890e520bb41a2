// One relay over each way to wait for sockets: a connection accepted on the listener gets one of its own to upstream,
// and what one read gives on either goes out on the other by one write. The same job, so that only the waiting
// differs.
#pragma once

#include <string_view>

#include "cordon/base/socket.h"

namespace cordon::bench {

inline constexpr std::size_t kRelayBuffer = 16 * 1024;

using Relay = void (*)(Fd listener, const Endpoint& upstream);  // until the process is ended

void relay_epoll(Fd listener, const Endpoint& upstream);     // bare
void relay_cordon(Fd listener, const Endpoint& upstream);    // base/loop.h
void relay_io_uring(Fd listener, const Endpoint& upstream);  // kRefused when the kernel forbids it
void relay_asio(Fd listener, const Endpoint& upstream);

// What they share. Connecting waits: it is not what is measured.
Fd to_upstream(const Endpoint& upstream);
void at_once(int fd);  // TCP_NODELAY
// Never short: what is under way fits into the socket's buffer by far. Otherwise the figures would lie, so it ends.
void send_whole(int fd, const void* from, std::size_t size);

inline constexpr int kRefused = 77;  // the exit status of a relay that may not run here
[[noreturn]] void give_up(std::string_view what, int error, int status = 1);

}  // namespace cordon::bench
