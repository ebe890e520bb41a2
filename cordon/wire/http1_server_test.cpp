#include "cordon/wire/http1_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "cordon/wire/test_connections.h"

namespace cordon::wire {
namespace {

using test::run_until;

Response echo(const Request& request) { return {200, {}, request.method + " " + request.path + " " + request.body}; }

// A server and peers that write bytes of their own, in one thread.
class Http1ServerTest : public testing::Test {
 protected:
  void start(Http1Server::Settings settings = {}) {
    if (!settings.answer) settings.answer = echo;
    server_ = Http1Server::listen(loop_, {"127.0.0.1", 0}, std::move(settings)).value();
  }
  Fd connect() {
    auto fd = connect_tcp_blocking(server_->endpoint().value(), std::chrono::seconds(10)).value();
    return fd;
  }
  static void send(const Fd& fd, std::string_view bytes) {
    ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // What arrives until `end` is in it, or the connection ended.
  std::string receive(const Fd& fd, std::string_view end = {}) {
    std::string out;
    run_until(loop_, [&] {
      char chunk[65536];
      const auto got = ::recv(fd.get(), chunk, sizeof chunk, 0);
      if (got > 0) out.append(chunk, static_cast<std::size_t>(got));
      return got == 0 || (got < 0 && errno != EAGAIN) || (!end.empty() && out.contains(end));
    });
    return out;
  }
  bool run_until_open(std::size_t connections) {
    return run_until(loop_, [&] { return server_->connections() == connections; });
  }

  // Lets the server read what was sent.
  void settle() {
    for (int round = 0; round < 10; ++round) loop_.run_once(std::chrono::milliseconds(1));
  }

  Loop loop_;
  std::unique_ptr<Http1Server> server_;
};

TEST_F(Http1ServerTest, AnAnswerMayComeLater) {
  std::vector<Http1Server::Reply> waiting;
  Http1Server::Settings settings;
  settings.answer_later = [&](const Request&, Http1Server::Reply reply) { waiting.push_back(std::move(reply)); };
  start(std::move(settings));
  const auto peer = connect();
  send(peer, "GET /one HTTP/1.1\r\nHost: a\r\n\r\nHEAD /two HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(run_until(loop_, [&] { return waiting.size() == 1; }));
  settle();
  ASSERT_EQ(waiting.size(), 1U) << "the second is not looked at before the first is answered";
  waiting[0]({204, {{"x-first", "1"}}, "dropped"});
  ASSERT_TRUE(run_until(loop_, [&] { return waiting.size() == 2; }));
  waiting[1]({200, {}, "body"});
  const auto answers = receive(peer);
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 204 No Content\r\nx-first: 1\r\n\r\nHTTP/1.1 200 OK\r\n")) << answers;
  EXPECT_TRUE(answers.ends_with("content-length: 4\r\nconnection: close\r\n\r\n")) << answers;
  waiting[0]({200, {}, "twice"});  // of a connection that has gone: nothing happens
}

TEST_F(Http1ServerTest, WhoLeavesBeforeTheAnswerIsForgotten) {
  std::vector<Http1Server::Reply> waiting;
  Http1Server::Settings settings;
  settings.answer_later = [&](const Request&, Http1Server::Reply reply) { waiting.push_back(std::move(reply)); };
  start(std::move(settings));
  auto peer = connect();
  send(peer, "GET /one HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(run_until(loop_, [&] { return waiting.size() == 1; }));
  const linger now{.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
  peer.reset();
  EXPECT_TRUE(run_until_open(0));
  waiting[0]({200, {}, "too late"});
}

TEST_F(Http1ServerTest, AnswersOneRequestAfterTheOtherOnOneConnection) {
  start();
  const auto peer = connect();
  send(peer, "GET /one HTTP/1.1\r\nHost: a\r\n\r\nPOST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  const auto answers = receive(peer, "POST /two hi");
  EXPECT_TRUE(answers.contains("\r\n\r\nGET /one HTTP/1.1 200 OK\r\n")) << answers;
  send(peer, "GET /three HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(receive(peer).contains("connection: close\r\n\r\nGET /three "));
}

TEST_F(Http1ServerTest, AnswersHeadLikeGetWithoutTheBody) {
  start();
  const auto peer = connect();
  send(peer, "HEAD /one HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto answer = receive(peer);
  EXPECT_TRUE(answer.contains("content-length: 9\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(Http1ServerTest, TellsAPeerThatAsksToSendItsBody) {
  start();
  const auto peer = connect();
  send(peer, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(receive(peer, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  send(peer, "hi");
  EXPECT_TRUE(receive(peer, "POST / hi").contains("200 OK"));
}

TEST_F(Http1ServerTest, AnswersGarbageOnceAndCloses) {
  start();
  for (const std::string_view garbage : {"\x16\x03\x01\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\r\n \r\n\r\n"}) {
    const auto peer = connect();
    send(peer, garbage);
    EXPECT_TRUE(receive(peer).starts_with("HTTP/1.1 400 Bad Request\r\n")) << garbage;
  }
  EXPECT_TRUE(run_until_open(0));
}

TEST_F(Http1ServerTest, TellsThatABodyIsTooLongBeforeItArrivesAndDropsWhatComes) {
  start({.limits = {.body_bytes = 10}});
  const auto peer = connect();
  send(peer, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(1000, 'x'));
  const auto answer = receive(peer);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 Content Too Large\r\n")) << answer;
}

TEST_F(Http1ServerTest, LingersOnlySoLongAndOnlyForSoMuch) {
  start({.limits = {.body_bytes = 10}, .linger_time = std::chrono::milliseconds(1)});
  const auto peer = connect();
  send(peer, "nonsense\r\n\r\n");
  EXPECT_TRUE(receive(peer).contains("400"));
  EXPECT_TRUE(run_until_open(0));

  start({.limits = {.body_bytes = 10}, .linger_time = std::chrono::hours(1)});
  const auto flood = connect();
  send(flood, "nonsense\r\n\r\n");
  const std::string more(65536, 'x');
  EXPECT_TRUE(run_until(loop_, [&] {
    return ::send(flood.get(), more.data(), more.size(), MSG_NOSIGNAL) < 0 && server_->connections() == 0;
  }));
}

TEST_F(Http1ServerTest, SlowRequestsAreAnsweredWith408AndIdleConnectionsClosed) {
  start({.request_time = std::chrono::milliseconds(1)});
  const auto slow = connect();
  send(slow, "GET / HT");
  EXPECT_TRUE(receive(slow).starts_with("HTTP/1.1 408 "));

  start({.idle_time = std::chrono::milliseconds(1)});
  const auto idle = connect();
  EXPECT_EQ(receive(idle), "");
}

TEST_F(Http1ServerTest, APeerThatDoesNotReadLosesTheConnection) {
  Http1Server::Settings settings{.stall_time = std::chrono::milliseconds(1)};
  settings.answer = [](const Request&) { return Response{200, {}, std::string(16U << 20, 'x')}; };
  start(std::move(settings));
  const auto peer = connect();
  send(peer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(run_until_open(1));
  EXPECT_TRUE(run_until_open(0));
}

TEST_F(Http1ServerTest, SendsALongAnswerToAPeerThatReadsSlowly) {
  Http1Server::Settings settings;
  settings.answer = [](const Request&) { return Response{200, {}, std::string(8U << 20, 'x')}; };
  start(std::move(settings));
  const auto peer = connect();
  send(peer, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_GT(receive(peer).size(), 8U << 20);
}

TEST_F(Http1ServerTest, AnIdleConnectionMakesRoomAndABusyOneDoesNot) {
  start({.max_connections = 2});
  const auto idle = connect();
  const auto busy = connect();
  send(busy, "GET / HTTP/1.1\r\n");
  settle();
  const auto third = connect();
  send(third, "GET /third HTTP/1.1\r\nHost: a\r\n");
  EXPECT_EQ(receive(idle), "");  // closed
  settle();
  const auto fourth = connect();
  EXPECT_EQ(receive(fourth), "");  // refused: both others are in the middle of a request
  send(third, "\r\n");
  EXPECT_TRUE(receive(third, "/third").contains("200 OK"));
}

TEST_F(Http1ServerTest, OneAddressGetsOnlyItsShare) {
  start({.max_connections = 10, .max_per_address = 1});
  const auto first = connect();
  send(first, "GET / HTTP/1.1\r\n");
  settle();
  const auto second = connect();
  EXPECT_EQ(receive(second), "");
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(Http1ServerTest, APeerThatGoesAwayInTheMiddleIsForgotten) {
  start();
  {
    const auto peer = connect();
    send(peer, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh");
    EXPECT_TRUE(run_until_open(1));
  }
  EXPECT_TRUE(run_until_open(0));
}

TEST_F(Http1ServerTest, AnAddressInUseIsAnError) {
  start();
  EXPECT_FALSE(Http1Server::listen(loop_, server_->endpoint().value(), {.answer = echo}));
}

}  // namespace
}  // namespace cordon::wire
