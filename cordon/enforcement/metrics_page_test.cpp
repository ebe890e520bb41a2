#include "cordon/enforcement/metrics_page.h"

#include <gtest/gtest.h>

#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement {
namespace {

using test::free_endpoint;
using test::run_until;

class Page : public testing::Test {
 protected:
  Page() {
    metrics.counter("cordon_test_total", "A counter for this test").add(3);
    page = MetricsPage::open(loop, at, metrics).value();
  }
  Fd visit() { return connect_tcp_blocking(at, std::chrono::seconds(10)).value(); }
  void say(const Fd& visitor, std::string_view text) {
    EXPECT_EQ(::send(visitor.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // Everything until the page closes the connection.
  std::string rest(const Fd& visitor) {
    std::string text;
    EXPECT_TRUE(run_until(loop, [&] {
      char chunk[4096];
      const auto got = ::recv(visitor.get(), chunk, sizeof chunk, 0);
      if (got > 0) text.append(chunk, static_cast<std::size_t>(got));
      return got == 0 || (got < 0 && errno != EAGAIN);
    }));
    return text;
  }
  std::string fetch(std::string_view request) {
    const auto visitor = visit();
    say(visitor, request);
    return rest(visitor);
  }

  Loop loop;
  Metrics metrics;
  Endpoint at = free_endpoint();
  std::unique_ptr<MetricsPage> page;
};

TEST_F(Page, IsAWholeAnswerInThePrometheusFormat) {
  const auto text = fetch("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n")) << text;
  const auto body = text.substr(text.find("\r\n\r\n") + 4);
  EXPECT_TRUE(text.contains(std::format("Content-Length: {}\r\n", body.size())));
  EXPECT_EQ(body, metrics.text());
  EXPECT_TRUE(body.contains("cordon_test_total 3\n"));
}

TEST_F(Page, IgnoresAQuery) { EXPECT_TRUE(fetch("GET /metrics?x=1 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 ")); }

TEST_F(Page, IsTheOnlyOne) {
  for (const auto* request :
       {"GET / HTTP/1.1\r\n\r\n", "GET /metrics2 HTTP/1.1\r\n\r\n", "POST /metrics HTTP/1.1\r\n\r\n", "\r\n\r\n"}) {
    const auto text = fetch(request);
    EXPECT_TRUE(text.starts_with("HTTP/1.1 404 Not Found\r\n")) << request;
    EXPECT_FALSE(text.contains("cordon_test_total")) << request;
  }
}

TEST_F(Page, AnswersASlowVisitorAndOthersMeanwhile) {
  const auto slow = visit();
  const auto silent = visit();
  for (const char letter : std::string_view("GET /metrics HTTP/1.1\r\n\r")) {
    say(slow, std::string_view(&letter, 1));
    loop.run_once(std::chrono::milliseconds(0));
  }
  EXPECT_TRUE(fetch("GET /metrics HTTP/1.1\r\n\r\n").contains("200 OK"));
  say(slow, "\n");
  EXPECT_TRUE(rest(slow).contains("cordon_test_total 3"));
}

TEST_F(Page, DropsARequestThatGrowsTooLong) {
  const auto visitor = visit();
  say(visitor, "GET /metrics HTTP/1.1\r\n" + std::string(9000, 'x'));
  EXPECT_EQ(rest(visitor), "");
}

TEST_F(Page, ForgetsAVisitorWhoLeaves) {
  for (int i = 0; i < 40; ++i) {
    auto visitor = visit();
    say(visitor, "GET /met");
    loop.run_once(std::chrono::milliseconds(0));
    visitor.reset();
    loop.run_once(std::chrono::milliseconds(0));
  }
  EXPECT_TRUE(fetch("GET /metrics HTTP/1.1\r\n\r\n").contains("200 OK"));
}

TEST_F(Page, TurnsAwayVisitorsBeyondSixteen) {
  std::vector<Fd> visitors;
  for (int i = 0; i < 16; ++i) visitors.push_back(visit());
  EXPECT_EQ(rest(visit()), "");
  visitors.clear();
  EXPECT_TRUE(run_until(loop, [&] { return fetch("GET /metrics HTTP/1.1\r\n\r\n").contains("200 OK"); }));
}

TEST_F(Page, SendsALongAnswerInPieces) {
  metrics.counter("cordon_wordy_total", std::string(3U << 20, 'x'));  // more than a socket takes at once
  EXPECT_TRUE(fetch("GET /metrics HTTP/1.1\r\n\r\n").ends_with(metrics.text()));
}

TEST_F(Page, GoesAwayWithItsVisitors) {
  const auto visitor = visit();
  loop.run_once(std::chrono::milliseconds(0));
  page.reset();
  EXPECT_EQ(rest(visitor), "");
}

TEST_F(Page, SaysWhenItsAddressIsTaken) {
  const auto second = MetricsPage::open(loop, at, metrics);
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().message.starts_with("metrics: bind " + at.text())) << second.error().message;
}

}  // namespace
}  // namespace cordon::enforcement
