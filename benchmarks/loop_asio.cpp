// The same relay with Asio (standalone, over its epoll reactor), as its own examples write one.
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include <array>
#include <cerrno>
#include <memory>

#include "benchmarks/loop_relay.h"

namespace cordon::bench {

namespace {

using asio::ip::tcp;

class Pair : public std::enable_shared_from_this<Pair> {
 public:
  Pair(tcp::socket one, tcp::socket other) : sides_{Side{std::move(one)}, Side{std::move(other)}} {}
  void start() {
    carry(0);
    carry(1);
  }

 private:
  struct Side {
    tcp::socket socket;
    std::array<char, kRelayBuffer> buffer{};
  };

  void carry(std::size_t from) {
    auto& side = sides_[from];
    side.socket.async_read_some(asio::buffer(side.buffer),
                                [this, from, self = shared_from_this()](std::error_code error, std::size_t got) {
                                  if (error) return end();
                                  pass(from, got);
                                });
  }

  void pass(std::size_t from, std::size_t size) {
    asio::async_write(sides_[1 - from].socket, asio::buffer(sides_[from].buffer, size),
                      [this, from, self = shared_from_this()](std::error_code error, std::size_t) {
                        if (error) return end();
                        carry(from);
                      });
  }

  void end() {
    std::error_code ignored;  // closed already by the other direction
    for (auto& side : sides_) side.socket.close(ignored);
  }

  std::array<Side, 2> sides_;
};

void accept_next(tcp::acceptor& acceptor, const Endpoint& upstream) {
  acceptor.async_accept([&](std::error_code error, tcp::socket accepted) {
    if (error) give_up("accept", error.value());
    at_once(accepted.native_handle());
    tcp::socket other(acceptor.get_executor());
    other.assign(tcp::v4(), to_upstream(upstream).release());
    std::make_shared<Pair>(std::move(accepted), std::move(other))->start();
    accept_next(acceptor, upstream);
  });
}

}  // namespace

void relay_asio(Fd listener, const Endpoint& upstream) {
  asio::io_context context(ASIO_CONCURRENCY_HINT_UNSAFE);  // one thread: no locks
  tcp::acceptor acceptor(context, tcp::v4(), listener.release());
  accept_next(acceptor, upstream);
  context.run();
}

}  // namespace cordon::bench
