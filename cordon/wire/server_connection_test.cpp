// ServerConnection over socket pairs: spoken to with frames made by hand, or by a ClientConnection.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "cordon/wire/connection.h"
#include "cordon/wire/test_connections.h"
#include "cordon/wire/test_frames.h"

namespace cordon::wire {
namespace {

using namespace test;
using std::chrono::milliseconds;

struct Served {
  ServerConnection::Events events() {
    return {.on_ready = [this](ServerConnection&) { ++ready; },
            .on_request =
                [this](ServerConnection& connection, ServerConnection::StreamId id, Request&& request) {
                  requests.emplace_back(id, std::move(request));
                  if (on_request) on_request(connection, id);
                },
            .on_cancel = [this](ServerConnection&, ServerConnection::StreamId id) { cancelled.push_back(id); },
            .on_closed =
                [this](ServerConnection&, std::string reason) {
                  ++closed;
                  why = std::move(reason);
                }};
  }
  std::function<void(ServerConnection&, ServerConnection::StreamId)> on_request;
  std::vector<std::pair<ServerConnection::StreamId, Request>> requests;
  std::vector<ServerConnection::StreamId> cancelled;
  int ready = 0;
  int closed = 0;
  std::string why;
};

// A server connection on one end of a socket pair, a raw socket in the test's hands on the other.
class RawPeer : public testing::Test {
 protected:
  void start(Http2Limits limits = {}) {
    auto [ours, theirs] = socket_pair();
    peer = std::move(theirs);
    server = ServerConnection::start(loop, std::make_unique<PlainStream>(std::move(ours)), limits, served.events());
  }
  void send(std::string_view bytes) {
    ASSERT_EQ(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
  }
  void greet() { send(preface() + settings()); }
  void receive() { received += read_all(peer.get()); }
  const std::vector<Frame>& frames() { return got = frames_of(received); }
  bool has(std::uint8_t type) {
    receive();
    return std::ranges::contains(frames(), type, &Frame::type);
  }

  Loop loop;
  Served served;
  Fd peer;
  std::shared_ptr<ServerConnection> server;
  std::string received;
  std::vector<Frame> got;
};

TEST_F(RawPeer, IsAnsweredInOrderInOneWrite) {
  served.on_request = [](ServerConnection& connection, ServerConnection::StreamId id) {
    connection.respond(id, {200, {}, std::format("answer {}", id)});
  };
  start();
  greet();
  send(headers(1, request_fields()) + headers(3, request_fields()));
  ASSERT_TRUE(run_until(loop, [&] { return has(kData); }));
  EXPECT_EQ(served.ready, 1);
  std::string bodies;
  for (const auto& frame : frames()) bodies += frame.type == kData ? frame.payload : "";
  EXPECT_EQ(bodies, "answer 1answer 3");
}

// RFC 9113 8.1: "trailer fields ... terminated by a frame bearing an END_STREAM flag"; gRPC ends its answers so.
TEST_F(RawPeer, IsAnsweredWithFieldsAfterTheBody) {
  served.on_request = [](ServerConnection& connection, ServerConnection::StreamId id) {
    connection.respond_with_trailers(id, {200, {}, id == 1 ? "body" : ""}, {{"grpc-status", "0"}});
  };
  start();
  greet();
  send(headers(1, request_fields()) + headers(3, request_fields()));
  ASSERT_TRUE(
      run_until(loop, [&] { return has(kData) && std::ranges::count(frames(), kHeaders, &Frame::type) == 4; }));
  std::string order;
  for (const auto& frame : frames()) {
    if (frame.stream != 1) continue;
    const bool last = (frame.flags & kEndStream) != 0;
    order += frame.type == kData ? frame.payload : frame.type == kHeaders ? "fields" : "?";
    order += last ? "|" : " ";
  }
  EXPECT_EQ(order, "fields body fields|");
  EXPECT_EQ(served.closed, 0);
}

TEST_F(RawPeer, IsToldThatTrailersMayNotBeSent) {
  served.on_request = [](ServerConnection& connection, ServerConnection::StreamId id) {
    connection.respond_with_trailers(id, {200, {}, "body"}, {{"bad name", "0"}});
  };
  start();
  greet();
  send(headers(1, request_fields()));
  ASSERT_TRUE(run_until(loop, [&] { return has(kData); }));
  for (const auto& frame : frames()) {
    EXPECT_TRUE(frame.type != kData || frame.payload.contains("500")) << frame.payload;
  }
}

TEST_F(RawPeer, MayBeAnsweredLater) {
  start();
  greet();
  send(headers(1, request_fields()));
  ASSERT_TRUE(run_until(loop, [&] { return !served.requests.empty(); }));
  loop.after(milliseconds(1), [&] { server->respond(1, {204, {}, ""}); });
  EXPECT_TRUE(run_until(loop, [&] { return has(kHeaders); }));
  EXPECT_EQ(&server->stream(), &server->stream());
}

TEST_F(RawPeer, ThatSpeaksHttp1IsDisconnected) {
  start();
  send("GET / HTTP/1.1\r\nHost: nrf\r\n\r\n");
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
  EXPECT_TRUE(served.why.contains("does not speak HTTP/2"));
  EXPECT_TRUE(served.requests.empty());
}

TEST_F(RawPeer, ThatSaysNothingIsDisconnectedAfterTheHandshakeTime) {
  for (const std::string beginning : {"", "PRI * HTTP", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    served = {};
    start({.handshake_time = milliseconds(2)});
    send(beginning);
    EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; })) << beginning;
    EXPECT_TRUE(served.why.contains("handshake")) << served.why;
  }
}

TEST_F(RawPeer, ThatIsIdleIsSentAway) {
  start({.idle_time = milliseconds(2)});
  greet();
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
  EXPECT_EQ(served.why, "");
  EXPECT_TRUE(has(kGoAway));
}

TEST_F(RawPeer, WithAnOpenRequestIsNotIdle) {
  start({.idle_time = milliseconds(1)});
  greet();
  send(headers(1, request_fields()));
  ASSERT_TRUE(run_until(loop, [&] { return !served.requests.empty(); }));
  int rounds = 0;
  loop.after(milliseconds(10), [&] { ++rounds; });
  ASSERT_TRUE(run_until(loop, [&] { return rounds == 1; }));
  EXPECT_EQ(served.closed, 0);
  server->respond(1, {200, {}, ""});
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
}

TEST_F(RawPeer, ThatDoesNotFinishARequestGetsATimeout) {
  start({.request_time = milliseconds(2)});
  greet();
  send(headers(1, request_fields("POST"), false));
  ASSERT_TRUE(run_until(loop, [&] { return has(kData); }));
  EXPECT_TRUE(received.contains("408"));
  EXPECT_TRUE(served.requests.empty());
}

TEST_F(RawPeer, ThatDoesNotTakeItsAnswerIsDisconnected) {
  served.on_request = [](ServerConnection& connection, ServerConnection::StreamId id) {
    connection.respond(id, {200, {}, std::string(1000, 'x')});
  };
  start({.stall_time = milliseconds(3)});
  send(preface() + settings(setting(4, 0)) + headers(1, request_fields()));
  EXPECT_TRUE(run_until(loop, [&] {
    send(frame(kPing, 0, 0, "12345678"));  // being alive is not enough
    return served.closed == 1;
  }));
  EXPECT_TRUE(served.why.contains("took nothing"));
}

TEST_F(RawPeer, ThatResetsIsReportedOnce) {
  start();
  greet();
  send(headers(1, request_fields()));
  ASSERT_TRUE(run_until(loop, [&] { return !served.requests.empty(); }));
  send(frame(kReset, 0, 1, number(8)));
  ASSERT_TRUE(run_until(loop, [&] { return !served.cancelled.empty(); }));
  server->respond(1, {200, {}, "nobody waits"});
  send(frame(kPing, 0, 0, "12345678"));
  ASSERT_TRUE(run_until(loop, [&] { return has(kPing); }));
  EXPECT_EQ(served.cancelled, std::vector<ServerConnection::StreamId>{1});
  EXPECT_FALSE(has(kHeaders));
}

TEST_F(RawPeer, ThatFloodsWithResetsIsSentAway) {
  start({.max_resets = 5});
  greet();
  for (std::uint32_t id = 1; id < 100; id += 2) send(headers(id, request_fields()) + frame(kReset, 0, id, number(8)));
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
  EXPECT_TRUE(served.why.contains("stream resets")) << served.why;
  ASSERT_TRUE(has(kGoAway));
}

TEST_F(RawPeer, ThatClosesAmidARequestIsReported) {
  start();
  greet();
  send(headers(1, request_fields("POST"), false));
  peer.reset();
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
  EXPECT_TRUE(served.requests.empty());
  EXPECT_NE(served.why, "");
}

TEST_F(RawPeer, ThatClosesInOrderLeavesNoReason) {
  start();
  greet();
  ASSERT_TRUE(run_until(loop, [&] { return has(kSettings); }));
  ::shutdown(peer.get(), SHUT_WR);
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
  EXPECT_EQ(served.why, "");
}

TEST_F(RawPeer, MayBeSentAwayInOrder) {
  start();
  greet();
  send(headers(1, request_fields()));
  ASSERT_TRUE(run_until(loop, [&] { return !served.requests.empty(); }));
  server->go_away();
  server->go_away();
  ASSERT_TRUE(run_until(loop, [&] { return has(kGoAway); }));
  EXPECT_EQ(number_at(std::ranges::find(frames(), kGoAway, &Frame::type)->payload, 0), 1U);
  send(headers(3, request_fields()));  // too late
  server->respond(1, {200, {}, "the last"});
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
  EXPECT_EQ(served.requests.size(), 1U);
  EXPECT_TRUE(has(kData));
  server->go_away();
  server->respond(1, {});
  server->close();
}

// RFC 9113 6.8: "a server that is attempting to gracefully shut down a connection SHOULD send an initial GOAWAY frame
// with the last stream identifier set to 2^31-1": what was on its way is still answered.
TEST_F(RawPeer, IsStillServedBetweenTheAnnouncementAndTheEnd) {
  start();
  greet();
  send(headers(1, request_fields()));
  ASSERT_TRUE(run_until(loop, [&] { return served.requests.size() == 1; }));
  server->announce_end();
  ASSERT_TRUE(run_until(loop, [&] { return has(kGoAway); }));
  EXPECT_EQ(number_at(std::ranges::find(frames(), kGoAway, &Frame::type)->payload, 0), 0x7fffffffU);
  send(headers(3, request_fields()));
  ASSERT_TRUE(run_until(loop, [&] { return served.requests.size() == 2; }));
  server->go_away();
  server->respond(1, {});
  server->respond(3, {});
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
  EXPECT_EQ(served.why, "");
}

TEST_F(RawPeer, SendsItsReasonForLeaving) {
  start();
  greet();
  send(frame(kGoAway, 0, 0, number(0) + number(2)));
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
  EXPECT_TRUE(served.why.contains("INTERNAL_ERROR")) << served.why;
}

TEST_F(RawPeer, MayBeClosedFromInsideAnyCallback) {
  const auto closing = [](ServerConnection& connection) { connection.close(), connection.close(); };
  for (const std::string where : {"ready", "request", "cancel"}) {
    served = {};
    auto [ours, theirs] = socket_pair();
    peer = std::move(theirs);
    auto events = served.events();
    if (where == "ready") events.on_ready = closing;
    if (where == "request") events.on_request = [&](ServerConnection& c, auto, Request&&) { closing(c); };
    if (where == "cancel") events.on_cancel = [&](ServerConnection& c, auto) { closing(c); };
    server = ServerConnection::start(loop, std::make_unique<PlainStream>(std::move(ours)), {}, events);
    send(preface() + settings() + headers(1, request_fields()) + headers(3, request_fields()));
    // The second message keeps the reset from arriving in the same breath as the request.
    if (where == "cancel") {
      ASSERT_TRUE(run_until(loop, [&] { return served.requests.size() == 2; }));
      send(frame(kReset, 0, 1, number(8)));
    }
    EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; })) << where;
    EXPECT_EQ(served.why, "");
  }
}

TEST_F(RawPeer, MayBeForgottenInsideACallback) {
  for (const std::string where : {"ready", "request", "closed"}) {
    served = {};
    auto [ours, theirs] = socket_pair();
    peer = std::move(theirs);
    auto events = served.events();
    bool dropped = false;
    const auto drop = [&] { server.reset(), dropped = true; };
    if (where == "ready") events.on_ready = [&](ServerConnection&) { drop(); };
    if (where == "request") {
      events.on_request = [&](ServerConnection& c, auto id, Request&&) { drop(), c.respond(id, {200, {}, "x"}); };
    }
    if (where == "closed") events.on_closed = [&](ServerConnection&, const std::string&) { drop(); };
    server = ServerConnection::start(loop, std::make_unique<PlainStream>(std::move(ours)), {}, events);
    const std::weak_ptr<ServerConnection> weak = server;
    send(preface() + settings() + headers(1, request_fields()) + (where == "closed" ? frame(kPing, 0, 0, "x") : ""));
    EXPECT_TRUE(run_until(loop, [&] { return dropped; })) << where;
    EXPECT_TRUE(weak.expired());
    loop.run_once(milliseconds(0));
  }
}

TEST_F(RawPeer, IsNotReadWhileItLeavesTooMuchUnread) {
  served.on_request = [](ServerConnection& connection, ServerConnection::StreamId id) {
    connection.respond(id, {200, {}, std::string(1'000'000, 'x')});
  };
  start({.max_buffered = 100'000});
  send(preface() + settings(setting(4, 0x7fffffff)) + frame(kWindowUpdate, 0, 0, number(0x70000000)));
  send(headers(1, request_fields()));
  ASSERT_TRUE(run_until(loop, [&] { return !served.requests.empty(); }));
  send(headers(3, request_fields()));
  for (int i = 0; i < 20; ++i) loop.run_once(milliseconds(0));
  EXPECT_EQ(served.requests.size(), 1U);
  std::size_t resets = 0;
  ASSERT_TRUE(run_until(loop, [&] {
    receive();
    return received.size() > 2'000'000 || has(kReset);
  }));
  for (const auto& frame : frames()) resets += frame.type == kReset ? 1 : 0;
  EXPECT_EQ(served.requests.size() + resets, 2U) << "served or refused once the first answer moves";
}

TEST_F(RawPeer, SendsGarbageAndIsDisconnected) {
  start();
  greet();
  send(std::string(5000, '\xff'));
  EXPECT_TRUE(run_until(loop, [&] { return served.closed == 1; }));
  EXPECT_NE(served.why, "");
}

}  // namespace
}  // namespace cordon::wire
