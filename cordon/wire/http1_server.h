// A small HTTP/1.1 server on a Loop for local services that foreign tools speak to (curl, witnesses' clients, readers
// of logs). It speaks no TLS: where it must be reached from another machine, a TLS-terminating proxy belongs before
// it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "cordon/base/loop.h"
#include "cordon/base/socket.h"
#include "cordon/wire/http1.h"

namespace cordon::wire {

class Http1Server {
 public:
  // Answers at once, in the loop's thread. HEAD arrives as GET; its body is left out on the way back.
  using Answer = std::function<Response(const Request& request)>;
  // Or later, with one call of reply in the loop's thread; a connection that has gone by then hears nothing.
  using Reply = std::function<void(Response)>;
  using AnswerLater = std::function<void(const Request& request, Reply reply)>;

  struct Settings {
    Http1Limits limits;
    std::size_t max_connections = 256;  // when full, the connection that is idle longest makes room
    std::size_t max_per_address = 64;
    std::chrono::milliseconds request_time{10'000};  // from its first byte to the whole request
    std::chrono::milliseconds idle_time{60'000};     // between requests
    std::chrono::milliseconds stall_time{10'000};    // for a waiting answer to move at all
    std::chrono::milliseconds linger_time{2'000};    // after the last answer, for the peer to read it and close
    std::chrono::milliseconds answer_time{60'000};   // for an answer that comes later
    Answer answer;
    AnswerLater answer_later;  // in its place
  };

  static Result<std::unique_ptr<Http1Server>> listen(Loop& loop, const Endpoint& at, Settings settings);
  Http1Server(Loop& loop, Fd listener, Settings settings);  // listener: TCP or Unix, listening and non-blocking
  ~Http1Server();
  Http1Server(const Http1Server&) = delete;
  Http1Server& operator=(const Http1Server&) = delete;

  Result<Endpoint> endpoint() const;  // where it listens: the port when 0 was asked for
  std::size_t connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

Response text_response(int status, std::string text);  // text/plain, with a line end

}  // namespace cordon::wire
