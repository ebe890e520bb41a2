// A server in a thread of its own, for tests of whatever asks over HTTP/1.1.
#pragma once

#include <cstdlib>
#include <future>
#include <string>
#include <thread>

#include "cordon/wire/http1_server.h"

namespace cordon::wire::test {

class RunningServer {
 public:
  explicit RunningServer(Http1Server::Settings settings) {
    std::promise<Endpoint> started;
    auto where = started.get_future();
    thread_ = std::thread([this, &started, settings = std::move(settings)]() mutable {
      const auto server = Http1Server::listen(loop_, {"127.0.0.1", 0}, std::move(settings));
      if (!server) std::abort();
      started.set_value((*server)->endpoint().value());
      loop_.run();
    });
    endpoint_ = where.get();
  }
  explicit RunningServer(Http1Server::Answer answer) : RunningServer(with(std::move(answer))) {}
  ~RunningServer() {
    loop_.stop();
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  const Endpoint& endpoint() const { return endpoint_; }
  std::string url() const { return "http://" + endpoint_.text(); }

 private:
  static Http1Server::Settings with(Http1Server::Answer answer) {
    Http1Server::Settings settings;
    settings.answer = std::move(answer);
    return settings;
  }
  Loop loop_;
  Endpoint endpoint_;
  std::thread thread_;
};

}  // namespace cordon::wire::test
