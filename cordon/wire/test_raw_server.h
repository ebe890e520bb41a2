// A server session spoken to with frames made by hand, without input or output.
#pragma once

#include <algorithm>
#include <format>
#include <string>
#include <utility>
#include <vector>

#include "cordon/wire/http2_session.h"
#include "cordon/wire/test_frames.h"

namespace cordon::wire::test {

using Kind = Http2Session::Event::Kind;

inline std::string take_output(Http2Session& session) {
  std::string out;
  while (true) {
    const auto bytes = session.output();
    if (bytes.empty()) return out;
    out += as_text(bytes);
    session.consumed(bytes.size());
  }
}

// A server session spoken to with frames made by hand.
struct RawServer {
  explicit RawServer(Http2Limits with = {}) : limits(with), session(Http2Session::Role::server, limits) {}

  // Messages are delivered as they come; answers leave when asked for.
  void send(std::string_view bytes) {
    last = session.receive(as_bytes(bytes), now);
    while (const auto event = session.next_event()) {
      if (event->kind == Kind::message) requests.push_back({event->stream->id, event->stream->request});
      if (event->kind == Kind::closed) closed.push_back(event->stream->id);
    }
    for (auto& frame : frames_of(take_output(session))) got.push_back(std::move(frame));
    while (session.next_event()) {
    }
  }
  void begin() { send(preface() + settings() + frame(kSettings, kAck, 0)); }

  const Frame* first(std::uint8_t type) const {
    const auto found = std::ranges::find(got, type, &Frame::type);
    return found == got.end() ? nullptr : &*found;
  }
  std::string verdict() const {
    if (const auto* frame = first(kGoAway)) return std::format("goaway {}", number_at(frame->payload, 4));
    if (const auto* frame = first(kReset)) return std::format("reset {}", number_at(frame->payload, 0));
    return "accepted";
  }
  std::size_t count(std::uint8_t type, std::uint32_t stream) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(got, [&](const Frame& f) { return f.type == type && f.stream == stream; }));
  }

  Http2Limits limits;
  Http2Session session;
  SteadyTime now{std::chrono::hours(1)};
  Result<void> last;
  std::vector<std::pair<Http2Session::StreamId, Request>> requests;
  std::vector<Http2Session::StreamId> closed;
  std::vector<Frame> got;
};

}  // namespace cordon::wire::test
