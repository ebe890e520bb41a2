#include "cordon/wire/http1.h"

#include <gtest/gtest.h>

namespace cordon::wire {
namespace {

constexpr Http1Limits kSmall{.head_bytes = 200, .header_lines = 4, .body_bytes = 20};

// The outcome of one request in one line: "GET /path 'body'", or the refusal's status.
std::string read(std::string_view bytes) {
  Http1RequestReader reader(kSmall);
  reader.add(bytes);
  const auto got = reader.next();
  if (!got) return std::to_string(got.error().status);
  if (!*got) return "more";
  const auto& request = (*got)->request;
  return request.method + " " + request.path + " '" + request.body + "'" + ((*got)->keep_alive ? "" : " close");
}

struct Case {
  std::string_view bytes;
  std::string_view outcome;
};

TEST(Http1, ReadsRequestsAndRefusesTheRest) {
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ''"},
      {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ''"},
      {"GET /x?y=1 HTTP/1.1\r\nHost:a\r\nConnection: Keep-Alive, CLOSE\r\n\r\n", "GET /x?y=1 '' close"},
      {"GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x ''"},
      {"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ''"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "POST /p 'abc'"},
      {"POST /p HTTP/1.1\r\nHost: a\r\n\r\n", "POST /p ''"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", "more"},
      {"GET / HTTP/1.1\r\nHost: a\r\n", "more"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n\r\n", "413"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", "400"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", "400"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "400"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", "400"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "400"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "411"},
      {"POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na", "400"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", "505"},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"},
      {"GET / FTP\r\nHost: a\r\n\r\n", "400"},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET x HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\na:\r\nb:\r\nc:\r\nd:\r\n\r\n", "431"},
      {"\x16\x03\x01\x02\x01\r\n\r\n", "400"},
      {"\r\n\r\n\r\n", "more"},
      {"", "more"},
  };
  for (const auto& each : cases) EXPECT_EQ(read(each.bytes), each.outcome) << each.bytes;
  EXPECT_EQ(read("GET /" + std::string(200, 'x')), "431");
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(200, 'x') + "\r\n\r\n"), "431");
}

TEST(Http1, ReadsTheSameRequestByteByByteAndTheNextOneAfterIt) {
  const std::string_view bytes =
      "POST /p HTTP/1.1\r\nHost: a\r\nX-Y:  z \t\r\nContent-Length: 3\r\n\r\nabcGET /q HTTP/1.1\r\nHost: b\r\n\r\n";
  Http1RequestReader reader(kSmall);
  std::vector<Http1Request> found;
  EXPECT_FALSE(reader.begun());
  for (const char c : bytes) {
    reader.add({&c, 1});
    auto got = reader.next();
    ASSERT_TRUE(got);
    if (*got) found.push_back(std::move(**got));
  }
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].request.body, "abc");
  EXPECT_EQ(found[0].request.authority, "a");
  EXPECT_EQ(found[0].request.headers, (Headers{{"host", "a"}, {"x-y", "z"}}));
  EXPECT_EQ(found[1].request.path, "/q");
  EXPECT_FALSE(reader.begun());
}

TEST(Http1, SaysOnceThatAPeerWaitsForContinue) {
  Http1RequestReader reader(kSmall);
  EXPECT_FALSE(reader.wants_continue());
  reader.add("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  ASSERT_TRUE(reader.next());
  EXPECT_TRUE(reader.wants_continue());
  EXPECT_FALSE(reader.wants_continue());
  reader.add("abc");
  EXPECT_EQ(reader.next().value()->request.body, "abc");
}

// The outcome of one answer: "status 'body'", or "error".
std::string read_answer(std::string_view bytes, bool at_end = false) {
  Http1ResponseReader reader(kSmall);
  reader.add(bytes);
  const auto got = reader.next();
  if (!got) return "error";
  if (*got) return std::to_string((*got)->response.status) + " '" + (*got)->response.body + "'";
  if (!at_end) return "more";
  const auto last = reader.at_end();
  if (!last) return "cut off";
  return std::to_string(last->response.status) + " '" + last->response.body + "'" +
         (last->keep_alive ? " keep" : " close");
}

TEST(Http1, ReadsAnswersOfEveryFraming) {
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "200 'ab'"},
      {"HTTP/1.1 409\r\nContent-Length: 2\r\n\r\n7\n", "409 '7\n'"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 ''"},
      {"HTTP/1.1 204 No Content\r\n\r\n", "204 ''"},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "304 ''"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", "200 'abc'"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nTrailer: x\r\n\r\n", "200 'a'"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab", "more"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", "more"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "error"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "error"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n", "error"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "error"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "error"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "error"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n", "error"},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "error"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "error"},
      {"HTTP/1.1 2x0 OK\r\n\r\n", "error"},
      {"HTTP/1.1 600 OK\r\n\r\n", "error"},
      {"SSH-2.0-x\r\n\r\n", "error"},
      {"HTTP/1.1 200 OK\r\nbad\r\n\r\n", "error"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end and much more", "error"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil", "more"},
  };
  for (const auto& each : cases) EXPECT_EQ(read_answer(each.bytes), each.outcome) << each.bytes;
  EXPECT_EQ(read_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(300, '0')), "error");
  EXPECT_EQ(read_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: " + std::string(300, 'x')),
            "error");
  EXPECT_EQ(read_answer(std::string(300, 'x')), "error");
  EXPECT_EQ(read_answer("HTTP/1.0 200 OK\r\n\r\nuntil", true), "200 'until' close");
  EXPECT_EQ(read_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", true), "cut off");
}

TEST(Http1, WritesWhatItReads) {
  const Request request{.method = "POST", .authority = "a:1", .path = "/p", .headers = {{"x", "y"}}, .body = "abc"};
  EXPECT_EQ(http1_text(request), "POST /p HTTP/1.1\r\nhost: a:1\r\nx: y\r\ncontent-length: 3\r\n\r\nabc");
  EXPECT_EQ(read(http1_text(request)), "POST /p 'abc'");
  EXPECT_EQ(http1_text(Request{.method = "GET", .authority = "a", .path = "/"}), "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  const Response response{409, {{"content-type", "text/x.tlog.size"}}, "7\n"};
  EXPECT_EQ(http1_text(response, false),
            "HTTP/1.1 409 Conflict\r\ncontent-type: text/x.tlog.size\r\ncontent-length: 2\r\nconnection: "
            "close\r\n\r\n7\n");
  EXPECT_EQ(http1_text(response, true, false),
            "HTTP/1.1 409 Conflict\r\ncontent-type: text/x.tlog.size\r\ncontent-length: 2\r\n\r\n");
  EXPECT_EQ(http1_reason(599), "Status");
}

}  // namespace
}  // namespace cordon::wire
