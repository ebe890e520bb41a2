// HTTP/2 without input or output: bytes in, events out, bytes out. Both roles, over nghttp2.
//
// No user code ever runs inside nghttp2: what happens is queued as events, which the driver takes one by one and may
// answer with any call here.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/clock.h"
#include "cordon/base/result.h"
#include "cordon/wire/connection.h"
#include "cordon/wire/flood_guard.h"
#include "cordon/wire/message.h"
#include "cordon/wire/problem.h"

struct nghttp2_session;

namespace cordon::wire {

class Http2Session {
 public:
  using StreamId = std::int32_t;
  enum class Role : std::uint8_t { server, client };

  struct Stream {
    StreamId id = 0;
    Request request;              // server: arriving; client: leaving
    Response response;            // server: leaving; client: arriving
    Headers trailers;             // server: leaving after the body
    ClientConnection::Done done;  // client: kept here for the driver, never called by the session
    ClientConnection::Again again;
    SteadyTime time{};             // server: when it began; client: the driver's deadline
    std::string_view fault;        // client: why we reset it
    std::size_t header_bytes = 0;  // of the arriving message, counted as RFC 9113 10.5.1 does
    std::size_t sent = 0;          // bytes of the leaving body handed to output()
    std::size_t withheld = 0;      // arrived bytes for which the peer has not got its window back
    std::size_t place = 0;         // Invariant: streams_[place] is this stream
    std::uint32_t code = 0;        // why it closed
    std::array<char, 3> status{};  // digits of the leaving :status
    bool fields_done = false;      // the message's fields are all here: what follows are trailers
    bool complete = false;         // the peer's message is whole
    bool delivered = false;        // the driver has been given it
    bool answered = false;         // server: a response was submitted
    bool refused = false;          // given up by us: the rest of what arrives is dropped
    bool waiting = false;          // server: time is when its answer was first seen waiting to leave
    bool left = false;             // client: the request's fields were handed to output()
    bool closed = false;
    bool to_head = false;
  };

  struct Event {
    enum class Kind : std::uint8_t {
      message,    // the peer's message on stream is whole
      closed,     // stream is over; the pointer is valid until the next event is taken
      going_away  // client: the peer accepts no further requests; stream is null
    };
    Kind kind;
    Stream* stream;
  };

  Http2Session(Role role, const Http2Limits& limits);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Takes all bytes. An error ends the connection once output() is written; reason() says the same.
  Result<void> receive(BytesView bytes, SteadyTime now);

  std::optional<Event> next_event();
  bool has_events() const { return taken_ < events_.size(); }

  // What to write next: the same bytes until consumed() took them all, so that a TLS write can be repeated.
  BytesView output();
  void consumed(std::size_t count) { written_ += count; }

  // Ignored unless its request was delivered and awaits an answer.
  void respond(StreamId stream, Response response, Headers trailers = {});
  bool awaits(StreamId stream) const;  // a delivered request without an answer
  Result<Stream*> request(Request request);
  void cancel(Stream& stream);
  void announce_end();                        // RFC 9113 6.8: go_away() will follow
  void go_away();                             // orderly: open streams finish
  void terminate(std::uint32_t code);         // open streams end with the connection
  void answer_late(SteadyTime began_before);  // server: requests begun before then and still not whole get 408
  // Server: resets streams whose answers the peer has not taken whole in that time since they were first seen here.
  void drop_slow(SteadyTime now, std::chrono::nanoseconds limit);

  bool finished() const;                           // nothing more to read or to write
  bool peer_ready() const { return peer_ready_; }  // its SETTINGS arrived
  bool usable() const;                             // client: new requests may be made
  std::size_t unsent() const { return unsent_; }   // bytes of bodies submitted and not handed to output()
  std::uint64_t moved() const { return moved_; }   // bytes of bodies ever handed to output()
  std::span<const std::unique_ptr<Stream>> streams() const { return streams_; }
  const std::string& reason() const { return reason_; }  // empty for an orderly end

 private:
  struct Callbacks;  // nghttp2's view of this class: http2_callbacks.cpp

  void submit_settings();
  Stream* find(StreamId id) const;
  Stream& adopt(StreamId id);
  void retire(Stream& stream);
  void push(Event::Kind kind, Stream* stream) { events_.push_back({kind, stream}); }
  void fail_with(std::uint32_t code, std::string why);

  // What arrives.
  bool take_field(Stream& stream, std::string_view name, std::string_view value);  // false: the session has failed
  void end_fields(Stream& stream, bool last);
  void end_request_fields(Stream& stream, bool last);
  void end_response_fields(Stream& stream);
  void take_body(Stream& stream, BytesView bytes);
  void end_message(Stream& stream);
  void end_stream(Stream& stream, std::uint32_t code);
  void refuse(Stream& stream, int status, std::string_view title, std::string detail);
  void discard(Stream& stream);
  void reset(StreamId id, std::uint32_t code);
  bool is_closed(StreamId id) const;
  void check_floods();

  // Windows (RFC 9113 5.2): the connection's is always given back, a stream's only while little is buffered.
  void give_window(Stream& stream, std::size_t bytes);
  void release_windows();
  const Stream* oldest_buffering() const;

  // What leaves.
  void submit_response(Stream& stream);
  bool submit_trailers(const Stream& stream);
  void append(const std::uint8_t* bytes, std::size_t count) { out_.insert(out_.end(), bytes, bytes + count); }

  std::string& arriving_body(Stream& s) const { return role_ == Role::server ? s.request.body : s.response.body; }
  const std::string& leaving_body(const Stream& s) const {
    return role_ == Role::server ? s.response.body : s.request.body;
  }

  const Role role_;
  const Http2Limits limits_;
  nghttp2_session* session_ = nullptr;  // owned
  FloodGuard guard_;
  SteadyTime now_{};
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<std::unique_ptr<Stream>> spare_;  // closed streams, kept for the next ones
  // RFC 9113 5.1: what we have reset may still be spoken of by a peer that does not know yet; nothing else may.
  static constexpr std::size_t kRemembered = 128;
  std::array<StreamId, kRemembered> reset_by_us_{};  // the last ones, in a ring
  std::size_t resets_sent_ = 0;
  StreamId newest_ = 0;         // server: the highest stream of the peer
  Stream* current_ = nullptr;   // whose header block is arriving
  Stream* retiring_ = nullptr;  // given out with the last closed event
  std::vector<Event> events_;
  std::size_t taken_ = 0;  // events_ before it were taken
  Bytes out_;
  std::size_t written_ = 0;   // out_ before it was written
  std::size_t buffered_ = 0;  // bytes of arriving bodies not yet whole
  std::size_t withheld_ = 0;  // sum over the streams
  std::size_t unsent_ = 0;
  std::uint64_t moved_ = 0;
  std::string reason_;
  std::string detail_;  // nghttp2's sentence about the last violation
  bool peer_ready_ = false;
  bool going_away_ = false;
  bool failed_ = false;
};

}  // namespace cordon::wire
