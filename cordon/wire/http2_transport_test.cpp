// The driver against streams that behave as TLS may: slow handshakes, crossed directions, crumbs, failures.
#include "cordon/wire/http2_transport.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <deque>

#include "cordon/wire/test_connections.h"
#include "cordon/wire/test_frames.h"

namespace cordon::wire {
namespace {

using namespace test;
using std::chrono::seconds;
using StreamId = ServerConnection::StreamId;

// Moves crumbs, and now and then asks for the other direction first.
class CrossedStream final : public ByteStream {
 public:
  CrossedStream(Fd fd, std::deque<StreamState> handshakes)
      : plain_(std::move(fd)), handshakes_(std::move(handshakes)) {}
  int fd() const override { return plain_.fd(); }
  StreamResult handshake() override {
    if (handshakes_.empty()) return {};
    const auto state = handshakes_.front();
    handshakes_.pop_front();
    return {state, 0};
  }
  StreamResult read(std::span<std::uint8_t> into) override {
    if (++reads_ % 50 == 0) return {StreamState::want_write, 0};
    return plain_.read(into.first(3));
  }
  StreamResult write(BytesView from) override {
    char peeked = 0;
    if (++writes_ % 3 == 0 && ::recv(fd(), &peeked, 1, MSG_PEEK) == 1) return {StreamState::want_read, 0};
    return plain_.write(from.first(std::min<std::size_t>(from.size(), 5)));
  }
  bool holds_more() const override { return true; }  // after a crumb there is always more
  void shutdown() override { plain_.shutdown(); }
  std::string error_text() const override { return "scripted failure"; }

 private:
  PlainStream plain_;
  std::deque<StreamState> handshakes_;
  int reads_ = 0;
  int writes_ = 0;
};

class Crossed : public testing::Test {
 protected:
  std::unique_ptr<ByteStream> crossed(Fd fd, std::deque<StreamState> handshakes) {
    return std::make_unique<CrossedStream>(std::move(fd), std::move(handshakes));
  }
  void start(std::deque<StreamState> handshakes) {
    auto [a, b] = socket_pair();
    server = ServerConnection::start(
        loop, crossed(std::move(a), handshakes), {},
        {.on_ready = {},
         .on_request = [](ServerConnection& connection, StreamId id,
                          Request&& request) { connection.respond(id, {200, {}, std::move(request.body)}); },
         .on_cancel = {},
         .on_closed = [this](ServerConnection&, const std::string& why) { ended = why; }});
    client = ClientConnection::start(loop, crossed(std::move(b), handshakes), {}, nullptr);
  }

  Loop loop;
  std::shared_ptr<ServerConnection> server;
  std::shared_ptr<ClientConnection> client;
  std::string ended = "no";
};

TEST_F(Crossed, DirectionsAndCrumbsChangeNothing) {
  start({StreamState::want_write, StreamState::want_write});
  std::vector<std::string> bodies;
  for (int i = 0; i < 4; ++i) {
    client->request({.method = "POST",
                     .scheme = "http",
                     .authority = "a",
                     .path = "/",
                     .headers = {},
                     .body = std::string(20'000, 'x')},
                    seconds(600), [&](Result<Response> response) { bodies.push_back(response->body); });
  }
  EXPECT_TRUE(run_until(loop, [&] { return bodies.size() == 4; }));
  for (const auto& body : bodies) EXPECT_EQ(body.size(), 20'000U);
}

TEST_F(Crossed, HandshakesMayFailOrEnd) {
  for (const auto& [state, why] : {std::pair{StreamState::failed, "handshake: scripted failure"},
                                   std::pair{StreamState::closed, "the peer closed during the handshake"}}) {
    ended = "no";
    start({StreamState::want_write, state});
    Result<Response> got = Response{};
    client->request({.method = "GET", .scheme = "http", .authority = "a", .path = "/", .headers = {}, .body = {}},
                    seconds(600), [&](Result<Response> response) { got = std::move(response); });
    EXPECT_TRUE(run_until(loop, [&] { return ended != "no" && !got; }));
    EXPECT_EQ(ended, why);
    EXPECT_EQ(got.error().kind, ErrorKind::unavailable) << "nothing left before the handshake was done";
  }
}

TEST_F(Crossed, AHandshakeMayWaitForThePeer) {
  auto [a, b] = socket_pair();
  int ready = 0;
  server = ServerConnection::start(
      loop, crossed(std::move(a), {StreamState::want_read}), {},
      {.on_ready = [&](ServerConnection&) { ++ready; }, .on_request = {}, .on_cancel = {}, .on_closed = {}});
  for (int i = 0; i < 5; ++i) loop.run_once(std::chrono::milliseconds(0));
  EXPECT_EQ(ready, 0);
  ASSERT_EQ(::send(b.get(), "PRI", 3, 0), 3);
  EXPECT_TRUE(run_until(loop, [&] { return ready == 1; }));
}

// Reads nothing and fails to write: what the peer said before it went is still heard.
class BrokenWriter final : public ByteStream {
 public:
  explicit BrokenWriter(Fd fd) : plain_(std::move(fd)) {}
  int fd() const override { return plain_.fd(); }
  StreamResult handshake() override { return {}; }
  StreamResult read(std::span<std::uint8_t> into) override {
    return broken_ ? plain_.read(into) : StreamResult{StreamState::want_read, 0};
  }
  StreamResult write(BytesView from) override {
    broken_ = ++writes_ > 1;
    return broken_ ? StreamResult{StreamState::failed, 0} : plain_.write(from);
  }
  void shutdown() override {}
  std::string error_text() const override { return "broken pipe"; }

 private:
  PlainStream plain_;
  int writes_ = 0;
  bool broken_ = false;
};

TEST_F(Crossed, AFailedWriteStillLetsTheLastAnswerThrough) {
  auto [a, b] = socket_pair();
  std::string why;
  client = ClientConnection::start(loop, std::make_unique<BrokenWriter>(std::move(b)), {},
                                   [&](std::string reason) { why = std::move(reason); });
  const Request request{.method = "GET", .scheme = "http", .authority = "a", .path = "/", .headers = {}, .body = {}};
  int answered = 0;
  std::vector<Error> errors;
  const auto count = [&](const Result<Response>& response) {
    if (response) ++answered;
    if (!response) errors.push_back(response.error());
  };
  client->request(request, seconds(600), count);
  ASSERT_TRUE(run_until(loop, [&] { return read_all(a.get()).size() > 24; }));
  const auto bytes = settings() + headers(1, {{":status", "200"}});
  ASSERT_EQ(::send(a.get(), bytes.data(), bytes.size(), 0), std::ssize(bytes));
  client->request(request, seconds(600), count);
  EXPECT_TRUE(run_until(loop, [&] { return !why.empty(); }));
  EXPECT_EQ(answered, 1);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].kind, ErrorKind::io);
  EXPECT_EQ(why, "broken pipe");
}

}  // namespace
}  // namespace cordon::wire
