#include "cordon/wire/http1_client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "cordon/wire/test_http1.h"

namespace cordon::wire {
namespace {

constexpr std::chrono::seconds kLong(30);

// Accepts one connection after the other and answers each with fixed bytes, then closes.
class Scripted {
 public:
  explicit Scripted(std::vector<std::string> answers) : listener_(listen_tcp({"127.0.0.1", 0}).value()) {
    thread_ = std::thread([this, answers = std::move(answers)] {
      for (const auto& answer : answers) serve(answer);
    });
  }
  ~Scripted() { thread_.join(); }
  Scripted(const Scripted&) = delete;
  Scripted& operator=(const Scripted&) = delete;
  std::string url() const { return "http://" + local_endpoint(listener_.get())->text() + "/prefix/"; }

 private:
  static void wait(int fd) {
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, -1);
  }
  void serve(const std::string& answer) const {
    wait(listener_.get());
    const auto peer = accept_one(listener_.get()).value().fd;
    std::string got;
    while (!got.contains("\r\n\r\n")) {
      wait(peer.get());
      char chunk[4096];
      const auto bytes = ::recv(peer.get(), chunk, sizeof chunk, 0);
      if (bytes <= 0) return;
      got.append(chunk, static_cast<std::size_t>(bytes));
    }
    ::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }
  Fd listener_;
  std::thread thread_;
};

Http1Client client(const std::string& url, Http1Limits limits = {}) {
  return Http1Client(HttpUrl::parse(url).value(), limits);
}

TEST(HttpUrl, ReadsPlacesAndRefusesEverythingElse) {
  const auto url = HttpUrl::parse("http://[::1]:8080/log/a/").value();
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 8080);
  EXPECT_EQ(url.path, "/log/a");
  EXPECT_EQ(url.text(), "http://[::1]:8080/log/a");
  EXPECT_EQ(HttpUrl::parse("http://witness.example").value().text(), "http://witness.example:80");
  for (const std::string_view wrong :
       {"https://a", "http://", "http://a:", "http://a:0", "http://a:99999", "http://a:1x", "http://a b",
        "http://::1", "http://[a]", "http://a/?q", "http://a/#f", "http://a/\r\nx", "http://u@a", "a", ""}) {
    const auto parsed = HttpUrl::parse(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().kind, ErrorKind::invalid_input);
  }
  EXPECT_TRUE(HttpUrl::parse("https://a").error().message.contains("TLS proxy"));
}

TEST(Http1Client, AsksAServerSeveralTimesOverOneConnection) {
  const test::RunningServer server([](const Request& request) {
    return Response{200, {}, request.method + " " + request.path + " " + request.body};
  });
  auto asks = client(server.url() + "/p");
  EXPECT_EQ(asks.get("/checkpoint", kLong).value().body, "GET /p/checkpoint ");
  EXPECT_EQ(asks.post("/add", "text/plain", "old 0", kLong).value().body, "POST /p/add old 0");
  EXPECT_EQ(asks.get("", kLong).value().body, "GET /p ");
  auto root = client(server.url());
  EXPECT_EQ(root.get("", kLong).value().body, "GET / ");
}

TEST(Http1Client, FindsAHostByItsName) {
  const test::RunningServer server([](const Request&) { return Response{200, {}, "here"}; });
  auto asks = client("http://localhost:" + std::to_string(server.endpoint().port));
  EXPECT_EQ(asks.get("/", kLong).value().body, "here");
  auto nowhere = client("http://nowhere.invalid");
  EXPECT_EQ(nowhere.get("/", kLong).error().kind, ErrorKind::unavailable);
}

TEST(Http1Client, AsksAnewWhenAKeptConnectionHasEnded) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  const Scripted server({answer + "a", answer + "b"});
  auto asks = client(server.url());
  EXPECT_EQ(asks.get("/", kLong).value().body, "a");
  EXPECT_EQ(asks.get("/", kLong).value().body, "b");
}

TEST(Http1Client, ReadsChunkedAnswersAndThoseThatEndWithTheConnection) {
  const Scripted server(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
       "3\r\nabc\r\n0\r\n\r\n",
       "HTTP/1.0 200 OK\r\n\r\nto the end"});
  auto asks = client(server.url());
  EXPECT_EQ(asks.get("/", kLong).value().body, "abc");
  EXPECT_EQ(asks.get("/", kLong).value().body, "to the end");
}

TEST(Http1Client, SaysWhatIsWrongWithAnAnswer) {
  const Scripted server({"", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "hello\r\n\r\n",
                         "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"});
  auto asks = client(server.url(), {.body_bytes = 10});
  for (const auto kind : {ErrorKind::io, ErrorKind::io, ErrorKind::corrupt, ErrorKind::corrupt}) {
    const auto answer = asks.get("/", kLong);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, kind) << answer.error().message;
    EXPECT_TRUE(answer.error().message.starts_with("http://127.0.0.1:"));
  }
}

TEST(Http1Client, GivesUpAtTheDeadline) {
  const auto silent = listen_tcp({"127.0.0.1", 0}).value();  // connects, and is never accepted
  auto asks = client("http://" + local_endpoint(silent.get())->text());
  EXPECT_EQ(asks.get("/", std::chrono::milliseconds(20)).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(asks.post("/", "text/plain", std::string(16U << 20, 'x'), std::chrono::milliseconds(20)).error().kind,
            ErrorKind::unavailable);
}

TEST(Http1Client, NobodyListeningIsUnavailable) {
  Endpoint gone;
  {
    const auto listener = listen_tcp({"127.0.0.1", 0}).value();
    gone = local_endpoint(listener.get()).value();
  }
  EXPECT_EQ(client("http://" + gone.text()).get("/", kLong).error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace cordon::wire
