// Arbitrary bytes to both roles of an HTTP/2 session. The first byte chooses the role, whether the client's preface
// is put before, and how the rest is cut into pieces.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/wire/http2_session.h"

namespace {

using cordon::BytesView;
using cordon::wire::Http2Limits;
using cordon::wire::Http2Session;

constexpr std::string_view kPreface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);

Http2Limits small_limits() {
  Http2Limits limits;
  limits.max_body = 4096;
  limits.max_header_bytes = 2048;
  limits.max_streams = 8;
  limits.max_resets = 20;
  limits.max_buffered = 2000;
  return limits;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void ask(Http2Session& session) {
  for (int i = 0; i < 3; ++i) {
    const bool post = i == 1;
    require(session
                .request({.method = post ? "POST" : "GET",
                          .scheme = "http",
                          .authority = "a",
                          .path = "/",
                          .headers = {},
                          .body = std::string(post ? 3000 : 0, 'x')})
                .has_value());
  }
}

// What the drivers rely on, whatever the peer sends.
void check(const Http2Session::Event& event, Http2Session& session, bool server) {
  using Kind = Http2Session::Event::Kind;
  if (event.kind != Kind::message) return;
  auto& stream = *event.stream;
  require(stream.complete && stream.delivered);
  if (!server) return require(stream.response.status >= 200 && stream.response.body.size() <= 4096);
  require(!stream.request.method.empty() && !stream.request.path.empty() && stream.request.body.size() <= 4096);
  require(session.awaits(stream.id));
  if (stream.id % 4 == 1) {
    session.respond(stream.id, {200, {{"a", "b"}}, std::string(1500, 'y')});
    require(!session.awaits(stream.id));
  }
}

void drain(Http2Session& session, bool server) {
  do {
    while (const auto event = session.next_event()) check(*event, session, server);
    // A stubborn peer cannot make one round of output endless: bodies are finite and input is over.
    while (true) {
      const auto bytes = session.output();
      if (bytes.empty()) break;
      session.consumed(bytes.size());
    }
  } while (session.has_events());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool server = (data[0] & 1) != 0;
  const bool greeted = (data[0] & 2) != 0;
  const std::size_t piece = (data[0] >> 2) == 0 ? size : data[0] >> 2;
  auto rest = BytesView(data, size).subspan(1);
  Http2Session session(server ? Http2Session::Role::server : Http2Session::Role::client, small_limits());
  const cordon::SteadyTime now{std::chrono::hours(1)};
  if (!server) ask(session);
  drain(session, server);
  if (server && greeted) require(session.receive(cordon::as_bytes(kPreface), now).has_value());
  while (!rest.empty() && !session.finished()) {
    const auto count = std::min(piece, rest.size());
    if (!session.receive(rest.first(count), now)) break;
    drain(session, server);
    rest = rest.subspan(count);
  }
  if (server) {
    session.answer_late(now + std::chrono::seconds(1));
    drain(session, server);
    session.drop_slow(now, std::chrono::seconds(9));
    session.drop_slow(now + std::chrono::seconds(9), std::chrono::seconds(9));
    drain(session, server);
    // Nobody holds an answer back for ever; where the whole session is over, its end takes them along.
    for (const auto& stream : session.streams()) require(!stream->answered || stream->closed || session.finished());
  }
  drain(session, server);
  require(session.streams().size() <= 64);
  return 0;
}
