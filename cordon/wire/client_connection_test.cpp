// ClientConnection over socket pairs: against a ServerConnection, or a server made by hand.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <set>

#include "cordon/base/socket.h"
#include "cordon/wire/connection.h"
#include "cordon/wire/test_connections.h"
#include "cordon/wire/test_frames.h"

namespace cordon::wire {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using StreamId = ServerConnection::StreamId;

Request request_for(const std::string& path, std::string body = {}) {
  return {.method = body.empty() ? "GET" : "POST",
          .scheme = "http",
          .authority = "nrf",
          .path = path,
          .headers = {},
          .body = std::move(body)};
}

struct Answers {
  ClientConnection::Done take() {
    return [this](Result<Response> response) {
      if (response) {
        good.push_back(std::move(*response));
      } else {
        bad.push_back(std::move(response.error()));
      }
    };
  }
  std::size_t count() const { return good.size() + bad.size(); }
  std::vector<Response> good;
  std::vector<Error> bad;
};

class Pair : public testing::Test {
 protected:
  using OnRequest = std::function<void(ServerConnection&, StreamId, Request&&)>;
  void start(OnRequest on_request, Http2Limits limits = {}) {
    auto [a, b] = socket_pair();
    server = ServerConnection::start(
        loop, std::make_unique<PlainStream>(std::move(a)), limits,
        {.on_ready = {},
         .on_request = std::move(on_request),
         .on_cancel = [this](ServerConnection&, StreamId id) { cancelled.push_back(id); },
         .on_closed = [this](ServerConnection&, const std::string& why) { server_closed = "closed " + why; }});
    client = ClientConnection::start(loop, std::make_unique<PlainStream>(std::move(b)), limits,
                                     [this](const std::string& why) { client_closed = "closed " + why; });
  }
  // The client against bytes written by the test.
  void start_raw(Http2Limits limits = {}) {
    auto [a, b] = socket_pair();
    raw = std::move(a);
    client = ClientConnection::start(loop, std::make_unique<PlainStream>(std::move(b)), limits,
                                     [this](const std::string& why) { client_closed = "closed " + why; });
  }
  void send(std::string_view bytes) {
    ASSERT_EQ(::send(raw.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
  }
  bool sent(std::uint8_t type) {
    written += read_all(raw.get());
    return written.size() > preface().size() &&
           std::ranges::contains(frames_of(std::string_view(written).substr(preface().size())), type, &Frame::type);
  }
  bool all_answered(std::size_t count) {
    return run_until(loop, [&] { return answers.count() >= count; });
  }

  Loop loop;
  Answers answers;
  std::shared_ptr<ServerConnection> server;
  std::shared_ptr<ClientConnection> client;
  std::string server_closed, client_closed;
  std::vector<StreamId> cancelled;
  Fd raw;
  std::string written;
};

void echo(ServerConnection& connection, StreamId id, Request&& request) {
  connection.respond(id, {200, {{"X-Path", request.path}}, std::move(request.body)});
}

TEST_F(Pair, AnswersARequestMadeBeforeTheHandshake) {
  start(echo);
  client->request(request_for("/a", "hello"), seconds(60), answers.take());
  EXPECT_EQ(client->open_requests(), 1U);
  ASSERT_TRUE(all_answered(1));
  ASSERT_EQ(answers.good.size(), 1U);
  EXPECT_EQ(answers.good[0].body, "hello");
  EXPECT_EQ(find_header(answers.good[0].headers, "x-path"), "/a");
  EXPECT_EQ(find_header(answers.good[0].headers, "content-length"), "5");
  EXPECT_EQ(client->open_requests(), 0U);
  EXPECT_TRUE(client->usable());
  EXPECT_GE(client->stream().fd(), 0);
}

TEST_F(Pair, CarriesManyConcurrentStreams) {
  start([this](ServerConnection& connection, StreamId id, Request&& request) {
    loop.defer([&connection, id, path = request.path] { connection.respond(id, {200, {}, path}); });
  });
  for (int i = 0; i < 2000; ++i) client->request(request_for(std::format("/{}", i)), seconds(60), answers.take());
  ASSERT_TRUE(all_answered(2000));
  EXPECT_TRUE(answers.bad.empty());
  std::set<std::string> bodies;
  for (const auto& response : answers.good) bodies.insert(response.body);
  EXPECT_EQ(bodies.size(), 2000U);
}

TEST_F(Pair, CarriesLargeBodiesBothWaysWithinABufferLimit) {
  start(echo, {.max_buffered = 300'000});
  std::vector<std::string> bodies;
  for (int i = 0; i < 12; ++i) bodies.push_back(std::string(1'900'000, static_cast<char>('a' + i)));
  for (const auto& body : bodies) client->request(request_for("/", body), seconds(600), answers.take());
  ASSERT_TRUE(all_answered(12));
  // A server with untaken answers refuses new streams: a client may send those again, none is lost or mixed up.
  for (const auto& error : answers.bad) EXPECT_EQ(error.kind, ErrorKind::unavailable) << error.message;
  EXPECT_FALSE(answers.good.empty());
  for (const auto& response : answers.good) EXPECT_TRUE(std::ranges::contains(bodies, response.body));
}

TEST_F(Pair, CarriesLargeBodiesBothWaysAtOnce) {
  start(echo);
  for (int i = 0; i < 20; ++i)
    client->request(request_for("/", std::string(1'500'000, 'x')), seconds(600), answers.take());
  ASSERT_TRUE(all_answered(20));
  ASSERT_EQ(answers.good.size(), 20U);
  for (const auto& response : answers.good) EXPECT_EQ(response.body.size(), 1'500'000U);
}

TEST_F(Pair, TellsHeadAndNoContentApartFromBodies) {
  start([](ServerConnection& connection, StreamId id, Request&& request) {
    connection.respond(id, {request.method == "HEAD" ? 200 : 204, {{"content-length", "3"}}, "abc"});
  });
  auto head = request_for("/");
  head.method = "HEAD";
  client->request(std::move(head), seconds(60), answers.take());
  client->request(request_for("/"), seconds(60), answers.take());
  ASSERT_TRUE(all_answered(2));
  ASSERT_EQ(answers.good.size(), 2U);
  EXPECT_EQ(answers.good[0].body, "");
  EXPECT_EQ(find_header(answers.good[0].headers, "content-length"), "3");
  EXPECT_EQ(answers.good[1].status, 204);
  EXPECT_TRUE(answers.good[1].headers.empty());
}

TEST_F(Pair, GetsAProblemForWhatIsTooLarge) {
  start(echo);
  auto wide = request_for("/");
  wide.headers = {{"a", std::string(40'000, 'x')}, {"b", std::string(40'000, 'y')}};
  client->request(std::move(wide), seconds(60), answers.take());
  client->request(request_for("/", std::string(kMaxBody + 1, 'x')), seconds(60), answers.take());
  ASSERT_TRUE(all_answered(2));
  ASSERT_EQ(answers.good.size(), 2U);
  EXPECT_EQ(answers.good[0].status + answers.good[1].status, 431 + 413);
  client->request(request_for("/still here"  // a blank: refused before it leaves
                              ),
                  seconds(60), answers.take());
  client->request(request_for("/still-here"), seconds(60), answers.take());
  ASSERT_TRUE(all_answered(4));
  EXPECT_EQ(answers.bad.at(0).kind, ErrorKind::invalid_input);
  EXPECT_EQ(answers.good[2].status, 200);
}

TEST_F(Pair, FailsRequestsWhoseTimeIsUp) {
  start([](ServerConnection&, StreamId, Request&&) {});
  client->request(request_for("/slow"), seconds(600), answers.take());
  client->request(request_for("/a"), milliseconds(20), answers.take());
  client->request(request_for("/b"), milliseconds(5), answers.take());
  ASSERT_TRUE(all_answered(2));
  ASSERT_EQ(answers.bad.size(), 2U);
  EXPECT_EQ(answers.bad[0].kind, ErrorKind::io) << answers.bad[0].message;
  EXPECT_TRUE(answers.bad[0].message.contains("time is up"));
  EXPECT_EQ(client->open_requests(), 1U);
  EXPECT_TRUE(run_until(loop, [&] { return cancelled.size() == 2; })) << "the server is told";
}

TEST_F(Pair, CallsARequestThatNeverLeftUnavailable) {
  start_raw();
  client->request(request_for("/one"), seconds(600), answers.take());
  ASSERT_TRUE(run_until(loop, [&] { return sent(kHeaders); }));
  send(settings(setting(3, 1)));
  ASSERT_TRUE(run_until(loop, [&] { return sent(kSettings) && written.contains(frame(kSettings, kAck, 0)); }));
  client->request(request_for("/two"), milliseconds(3), answers.take());
  ASSERT_TRUE(all_answered(1));
  EXPECT_EQ(answers.bad.at(0).kind, ErrorKind::unavailable);
  // It must not leave afterwards either.
  send(headers(1, {{":status", "204"}}));
  ASSERT_TRUE(all_answered(2));
  client->request(request_for("/three"), seconds(600), answers.take());
  ASSERT_TRUE(run_until(loop, [&] {
    written += read_all(raw.get());
    return written.contains("/three") ||
           std::ranges::count(frames_of(written.substr(24)), kHeaders, &Frame::type) == 2;
  }));
  EXPECT_EQ(std::ranges::count(frames_of(written.substr(24)), kHeaders, &Frame::type), 2);
}

TEST_F(Pair, TellsRefusedFromUnknownFates) {
  start_raw();
  for (const auto* path : {"/1", "/3", "/5", "/7"}) client->request(request_for(path), seconds(600), answers.take());
  ASSERT_TRUE(run_until(loop, [&] { return sent(kHeaders); }));
  send(settings() + frame(kReset, 0, 1, number(7)) + frame(kReset, 0, 3, number(2)) +
       frame(kGoAway, 0, 0, number(5) + number(0)));
  ASSERT_TRUE(all_answered(3));
  EXPECT_EQ(answers.bad.at(0).kind, ErrorKind::unavailable);  // REFUSED_STREAM
  EXPECT_EQ(answers.bad.at(1).kind, ErrorKind::io);           // INTERNAL_ERROR
  EXPECT_EQ(answers.bad.at(2).kind, ErrorKind::unavailable);  // above the GOAWAY
  EXPECT_FALSE(client->usable());
  client->request(request_for("/9"), seconds(600), answers.take());
  EXPECT_EQ(answers.count(), 3U) << "never from inside request()";
  ASSERT_TRUE(all_answered(4));
  EXPECT_EQ(answers.bad.at(3).kind, ErrorKind::unavailable);
  send(headers(5, {{":status", "200"}}));
  ASSERT_TRUE(all_answered(5));
  EXPECT_EQ(answers.good.size(), 1U);
  EXPECT_TRUE(run_until(loop, [&] { return client_closed == "closed "; }));
}

TEST_F(Pair, FailsWhatWaitsForAStreamWhenThePeerGoesAway) {
  start_raw();
  client->request(request_for("/1"), seconds(600), answers.take());
  ASSERT_TRUE(run_until(loop, [&] { return sent(kHeaders); }));
  send(settings(setting(3, 1)));
  ASSERT_TRUE(run_until(loop, [&] { return sent(kSettings) && written.contains(frame(kSettings, kAck, 0)); }));
  client->request(request_for("/3"), seconds(600), answers.take());
  loop.run_once(milliseconds(0));
  send(frame(kGoAway, 0, 0, number(1) + number(0)));
  ASSERT_TRUE(all_answered(1));
  EXPECT_EQ(answers.bad.at(0).kind, ErrorKind::unavailable);
  EXPECT_EQ(client->open_requests(), 1U);
}

TEST_F(Pair, ReportsAPeerThatClosesAmidAnAnswer) {
  start_raw();
  client->request(request_for("/"), seconds(600), answers.take());
  ASSERT_TRUE(run_until(loop, [&] { return sent(kHeaders); }));
  send(settings() + headers(1, {{":status", "200"}}, false) + frame(kData, 0, 1, "half"));
  raw.reset();
  ASSERT_TRUE(all_answered(1));
  EXPECT_EQ(answers.bad.at(0).kind, ErrorKind::io);
  EXPECT_TRUE(
      run_until(loop, [&] { return client_closed.contains("open streams") || client_closed.contains("reset"); }));
}

TEST_F(Pair, ReportsGarbageForAnAnswer) {
  start_raw();
  client->request(request_for("/"), seconds(600), answers.take());
  ASSERT_TRUE(run_until(loop, [&] { return sent(kHeaders); }));
  send("HTTP/1.1 400 Bad Request\r\n\r\n");
  ASSERT_TRUE(all_answered(1));
  EXPECT_EQ(answers.bad.at(0).kind, ErrorKind::io);
  EXPECT_TRUE(run_until(loop, [&] { return client_closed.size() > 7; }));
}

TEST_F(Pair, GivesUpOnAServerThatDoesNotGreet) {
  start_raw({.handshake_time = milliseconds(2)});
  client->request(request_for("/"), seconds(600), answers.take());
  ASSERT_TRUE(all_answered(1));
  EXPECT_TRUE(answers.bad.at(0).message.contains("handshake"));
}

TEST_F(Pair, ReportsARefusedConnection) {
  auto listener = listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(listener);
  const auto at = local_endpoint(listener->get());
  listener->reset();
  auto fd = connect_tcp(*at);
  if (!fd) return;  // refused at once: the caller knows already
  client = ClientConnection::start(loop, std::make_unique<PlainStream>(std::move(*fd)), {},
                                   [this](const std::string& why) { client_closed = why; });
  client->request(request_for("/"), seconds(600), answers.take());
  ASSERT_TRUE(all_answered(1));
  EXPECT_EQ(answers.bad.at(0).kind, ErrorKind::unavailable);
  EXPECT_TRUE(client_closed.contains("Connection refused")) << client_closed;
}

TEST_F(Pair, ClosesFromInsideAnAnswer) {
  start(echo);
  client->request(request_for("/a"), seconds(600), [&](Result<Response> response) {
    EXPECT_TRUE(response);
    client->close();
    client->close();
    EXPECT_FALSE(client->usable());
  });
  client->request(request_for("/b"), seconds(600), answers.take());
  ASSERT_TRUE(all_answered(1));
  EXPECT_EQ(answers.bad.at(0).kind, ErrorKind::io);
  EXPECT_TRUE(run_until(loop, [&] { return !client_closed.empty() && !server_closed.empty(); }));
}

TEST_F(Pair, MayBeForgottenInsideAnAnswer) {
  start([](ServerConnection& connection, StreamId id, Request&& request) {
    if (request.path == "/a") connection.respond(id, {200, {}, ""});
  });
  client->request(request_for("/a"), seconds(600), [&](const Result<Response>&) { client.reset(); });
  client->request(request_for("/b"), seconds(600), answers.take());
  ASSERT_TRUE(all_answered(1));
  EXPECT_EQ(client, nullptr);
  EXPECT_TRUE(answers.bad.at(0).message.contains("dropped"));
  EXPECT_TRUE(run_until(loop, [&] { return !server_closed.empty(); }));
  EXPECT_EQ(client_closed, "") << "a forgotten connection reports nothing";
}

TEST_F(Pair, MayBeForgottenWhenItsTimeIsUpAndWhenItCloses) {
  for (const bool by_time : {true, false}) {
    start([](ServerConnection& connection, StreamId, Request&& request) {
      if (request.path == "/close") connection.close();
    });
    bool called = false;
    client->request(request_for(by_time ? "/" : "/close"), by_time ? milliseconds(2) : milliseconds(60'000),
                    [&](const Result<Response>& response) {
                      EXPECT_FALSE(response);
                      called = true;
                      client.reset();
                    });
    ASSERT_TRUE(run_until(loop, [&] { return called; }));
    loop.run_once(milliseconds(0));
  }
}

TEST_F(Pair, MakesANewRequestFromInsideAnAnswer) {
  start(echo);
  int left = 500;
  ClientConnection::Done again = [&](const Result<Response>& response) {
    ASSERT_TRUE(response);
    if (--left > 0) client->request(request_for("/again"), seconds(600), again);
  };
  client->request(request_for("/"), seconds(600), again);
  EXPECT_TRUE(run_until(loop, [&] { return left == 0; }));
}

TEST_F(Pair, EndsInOrderWhenTheServerGoesAway) {
  start([this](ServerConnection& connection, StreamId id, Request&& request) {
    connection.go_away();
    loop.defer([&connection, id, path = request.path] { connection.respond(id, {200, {}, path}); });
  });
  client->request(request_for("/last"), seconds(600), answers.take());
  ASSERT_TRUE(all_answered(1));
  EXPECT_EQ(answers.good.at(0).body, "/last");
  EXPECT_TRUE(run_until(loop, [&] { return client_closed == "closed " && server_closed == "closed "; }));
}

TEST_F(Pair, DropsBothEndsWithRequestsOpen) {
  start([](ServerConnection&, StreamId, Request&&) {});
  client->request(request_for("/"), seconds(600), answers.take());
  loop.run_once(milliseconds(0));
  server.reset();
  ASSERT_TRUE(all_answered(1));
  EXPECT_EQ(answers.bad.size(), 1U);
}

}  // namespace
}  // namespace cordon::wire
