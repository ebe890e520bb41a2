// A listening HTTP/2 server: accepts, has each descriptor wrapped into a stream, and serves it as a ServerConnection.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "cordon/base/loop.h"
#include "cordon/base/socket.h"
#include "cordon/base/stream.h"
#include "cordon/wire/connection.h"

namespace cordon::wire {

class HttpServer {
 public:
  // Makes the stream of an accepted connection, plain or TLS; null refuses it. peer is empty for Unix sockets.
  using Wrap = std::function<std::unique_ptr<ByteStream>(Fd accepted, const Endpoint& peer)>;

  struct Settings {
    Http2Limits limits;
    std::size_t max_connections = 4096;  // further ones wait in the listener's backlog
    Wrap wrap;                           // absent: plain streams
    ServerConnection::Events events;     // on_closed comes after the connection left connections()
  };

  static Result<std::unique_ptr<HttpServer>> listen(Loop& loop, const Endpoint& at, Settings settings);
  HttpServer(Loop& loop, Fd listener, Settings settings);  // listener: listening and non-blocking
  ~HttpServer();                                           // drops all connections without further events
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  Result<Endpoint> endpoint() const;  // where it listens: the port when 0 was asked for
  std::size_t connections() const;
  int listener() const;  // its descriptor; -1 once accepting stopped
  void stop_accepting();
  void announce_end();  // stops accepting; every connection is told that go_away() will follow
  void go_away();       // stops accepting; every connection finishes its open streams and closes
  void close();         // stops accepting; every connection closes now, on_closed follows from the loop

 private:
  struct State;
  std::shared_ptr<State> state_;  // connections outliving the server find it gone
};

}  // namespace cordon::wire
