// Bare epoll, and the same over Cordon's Loop.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <print>
#include <vector>

#include "benchmarks/loop_relay.h"
#include "cordon/base/loop.h"

namespace cordon::bench {

void give_up(std::string_view what, int error, int status) {
  std::println(stderr, "bench loop: {}: {}", what, std::strerror(error));
  std::_Exit(status);
}

Fd to_upstream(const Endpoint& upstream) {
  auto fd = connect_tcp_blocking(upstream, std::chrono::seconds(5));
  if (!fd) give_up(fd.error().message, 0);
  at_once(fd->get());
  return std::move(*fd);
}

void at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void send_whole(int fd, const void* from, std::size_t size) {
  const auto put = ::send(fd, from, size, MSG_NOSIGNAL);
  if (put != static_cast<ssize_t>(size)) give_up("send came out short", put < 0 ? errno : 0);
}

namespace {

// The descriptor at the other end of the relay, by descriptor; -1: none.
class Pairs {
 public:
  void add(int one, int other) {
    const auto size = static_cast<std::size_t>(std::max(one, other)) + 1;
    if (others_.size() < size) others_.resize(size, -1);
    at(one) = other;
    at(other) = one;
  }
  int& at(int fd) { return others_[static_cast<std::size_t>(fd)]; }

 private:
  std::vector<int> others_;
};

// What one read gives goes out by one write; false at the end.
bool move_once(int from, int to) {
  static std::array<char, kRelayBuffer> buffer;  // one thread
  const auto got = ::recv(from, buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) return true;
  if (got <= 0) return false;
  send_whole(to, buffer.data(), static_cast<std::size_t>(got));
  return true;
}

void watch(int epoll, int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) give_up("epoll_ctl", errno);
}

}  // namespace

void relay_epoll(Fd listener, const Endpoint& upstream) {
  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  Pairs pairs;
  watch(epoll.get(), listener.get());
  const auto welcome = [&] {
    auto accepted = accept_one(listener.get());
    if (!accepted) return;
    at_once(accepted->fd.get());
    const int one = accepted->fd.release();
    const int other = to_upstream(upstream).release();
    pairs.add(one, other);
    watch(epoll.get(), one);
    watch(epoll.get(), other);
  };
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = ::epoll_wait(epoll.get(), events.data(), events.size(), -1);
    if (count < 0 && errno != EINTR) give_up("epoll_wait", errno);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener.get()) {
        welcome();
      } else if (const int other = pairs.at(fd); other >= 0 && !move_once(fd, other)) {
        pairs.at(fd) = pairs.at(other) = -1;
        ::close(fd);
        ::close(other);
      }
    }
  }
}

void relay_cordon(Fd listener, const Endpoint& upstream) {
  Loop loop;
  const auto carry = [&](int from, int to) {
    loop.watch(from, EPOLLIN, [&loop, from, to](std::uint32_t) {
      if (move_once(from, to)) return;
      for (const int fd : {from, to}) {
        loop.forget(fd);
        ::close(fd);
      }
    });
  };
  loop.watch(listener.get(), EPOLLIN, [&](std::uint32_t) {
    auto accepted = accept_one(listener.get());
    if (!accepted) return;
    at_once(accepted->fd.get());
    const int one = accepted->fd.release();
    const int other = to_upstream(upstream).release();
    carry(one, other);
    carry(other, one);
  });
  loop.run();
}

}  // namespace cordon::bench
