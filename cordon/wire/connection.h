// One HTTP/2 connection (RFC 9113) on a Loop: whole requests in, whole responses out, or the reverse.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "cordon/base/loop.h"
#include "cordon/base/stream.h"
#include "cordon/wire/message.h"

namespace cordon::wire {

struct Http2Limits {
  std::size_t max_body = kMaxBody;
  std::size_t max_header_bytes = 64 * 1024;
  std::uint32_t max_streams = 256;       // SETTINGS_MAX_CONCURRENT_STREAMS we announce
  std::uint32_t max_resets = 200;        // resets within reset_window, then GOAWAY (CVE-2023-44487, CVE-2025-8671)
  std::size_t max_buffered = 16U << 20;  // of unfinished bodies, and of answers not yet sent, per connection
  std::chrono::milliseconds reset_window{10'000};
  std::chrono::milliseconds handshake_time{10'000};  // from the start to the peer's first SETTINGS
  std::chrono::milliseconds request_time{60'000};    // for a begun request to arrive whole; 0: no limit
  std::chrono::milliseconds stall_time{60'000};      // for a waiting answer to move at all; 0: no limit
  std::chrono::milliseconds delivery_time{120'000};  // for an answer to leave whole; 0: no limit
  std::chrono::milliseconds idle_time{0};            // 0: never closed for idleness
};

// Server side. Every request the peer completes reaches on_request once; answer with respond(), at once or later.
// Malformed messages and floods are answered by the connection itself and never reach on_request.
class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  using StreamId = std::int32_t;
  struct Events {
    std::function<void(ServerConnection&)> on_ready;  // handshake done: the peer's certificate can be read
    std::function<void(ServerConnection&, StreamId, Request&&)> on_request;
    std::function<void(ServerConnection&, StreamId)> on_cancel;         // the peer reset a stream not yet answered
    std::function<void(ServerConnection&, std::string why)> on_closed;  // last event; why is empty for an orderly end
  };

  static std::shared_ptr<ServerConnection> start(Loop& loop, std::unique_ptr<ByteStream> stream, Http2Limits limits,
                                                 Events events);
  virtual ~ServerConnection() = default;

  virtual ByteStream& stream() = 0;
  virtual void respond(StreamId stream, Response response) = 0;  // streams that are gone are ignored
  // RFC 9113 8.1: fields after the body, as gRPC ends its answers.
  virtual void respond_with_trailers(StreamId stream, Response response, Headers trailers) = 0;
  virtual bool awaits(StreamId stream) const = 0;  // an answer can still reach the peer
  virtual void announce_end() = 0;  // RFC 9113 6.8: go_away() will follow; new streams are still taken until then
  virtual void go_away() = 0;       // finish open streams, accept no new ones, then close
  virtual void close() = 0;         // now; on_closed follows from the loop
};

// Client side.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  using Done = std::function<void(Result<Response>)>;  // called exactly once, never from inside request()

  // stream may still be connecting or handshaking: requests wait. source of errors: kind unavailable when the request
  // certainly did not reach the peer's application, io when that is not known.
  static std::shared_ptr<ClientConnection> start(Loop& loop, std::unique_ptr<ByteStream> stream, Http2Limits limits,
                                                 std::function<void(std::string why)> on_closed);
  virtual ~ClientConnection() = default;

  // again, where given, is called instead of done when the request was certainly not processed, but not when its time
  // was up: with the request as it would be sent, and done.
  using Again = std::move_only_function<void(Request&& request, Done done)>;
  virtual void request(Request request, std::chrono::milliseconds limit, Done done, Again again = {}) = 0;
  virtual bool usable() const = 0;  // false after GOAWAY, failure or close
  virtual std::size_t open_requests() const = 0;
  virtual ByteStream& stream() = 0;
  virtual void close() = 0;
};

}  // namespace cordon::wire
