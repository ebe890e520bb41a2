#include "cordon/wire/http2_fields.h"

#include <gtest/gtest.h>

namespace cordon::wire {
namespace {

Request sound() {
  return {.method = "GET", .scheme = "http", .authority = "nrf", .path = "/a", .headers = {}, .body = {}};
}

TEST(Http2Fields, LeaveInLowerCaseWithoutConnectionSpecificOnes) {
  const auto headers = outgoing(Headers{{"Content-Type", "a"},
                                        {"Connection", "close"},
                                        {"keep-alive", "1"},
                                        {"Upgrade", "x"},
                                        {"transfer-encoding", "chunked"},
                                        {"TE", "gzip"},
                                        {"te", "trailers"},
                                        {"Proxy-Connection", "x"}});
  ASSERT_TRUE(headers);
  EXPECT_EQ(*headers, (Headers{{"content-type", "a"}, {"te", "trailers"}}));
}

TEST(Http2Fields, RefuseToSendWhatWouldBeMalformed) {
  const std::string nul("a\0b", 3);
  for (const Header& bad :
       Headers{{"", "x"}, {"a b", "x"}, {":path", "/"}, {"a", "x\r\nb: c"}, {"a", nul}, {"a", " x"}}) {
    const auto headers = outgoing(Headers{{"ok", "1"}, bad});
    ASSERT_FALSE(headers) << bad.name;
    EXPECT_EQ(headers.error().kind, ErrorKind::invalid_input);
    EXPECT_TRUE(headers.error().message.contains("field 2"));
  }
}

TEST(Http2Fields, FoldHostIntoTheAuthority) {
  auto request = sound();
  request.authority.clear();
  request.headers = {{"Host", "AMF"}};
  const auto sent = outgoing(request);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->authority, "AMF");
  EXPECT_TRUE(sent->headers.empty());
  request.authority = "smf";
  EXPECT_FALSE(outgoing(request));
}

TEST(Http2Fields, RefuseRequestsWithBrokenControlData) {
  const auto refused = [](auto change) {
    auto request = sound();
    change(request);
    return !outgoing(std::move(request));
  };
  EXPECT_TRUE(refused([](Request& r) { r.method = "GE T"; }));
  EXPECT_TRUE(refused([](Request& r) { r.method.clear(); }));
  EXPECT_TRUE(refused([](Request& r) { r.path.clear(); }));
  EXPECT_TRUE(refused([](Request& r) { r.path = "/a b"; }));
  EXPECT_TRUE(refused([](Request& r) { r.path = "a"; }));
  EXPECT_TRUE(refused([](Request& r) { r.path = "/a#b"; }));
  EXPECT_TRUE(refused([](Request& r) { r.path = "*"; }));
  EXPECT_TRUE(refused([](Request& r) { r.authority.clear(); }));
  EXPECT_TRUE(refused([](Request& r) { r.authority = "me@nrf"; }));
  EXPECT_TRUE(refused([](Request& r) { r.authority = "n rf"; }));
  EXPECT_TRUE(refused([](Request& r) { r.scheme = "ftp"; }));
  EXPECT_TRUE(refused([](Request& r) { r.method = "CONNECT"; }));
  EXPECT_TRUE(refused([](Request& r) { r.headers = {{"a", "\n"}}; }));
  EXPECT_FALSE(refused([](Request& r) { r.method = "OPTIONS", r.path = "*"; }));
}

TEST(Http2Fields, ContentLengthIsTheBodysOwn) {
  auto request = sound();
  request.body = "abc";
  EXPECT_EQ(find_header(outgoing(request)->headers, "content-length"), "3");
  request.headers = {{"content-length", "7"}, {"x", "y"}, {"Content-Length", "8"}};
  EXPECT_EQ(outgoing(request)->headers, (Headers{{"content-length", "3"}, {"x", "y"}}));
  EXPECT_EQ(content_length({{"content-length", "99999999999999999999"}}), std::numeric_limits<std::uint64_t>::max());
}

TEST(Http2Fields, ResponsesThatMayNotHaveABodyHaveNone) {
  const auto no_content = outgoing(Response{204, {{"content-length", "3"}}, "abc"}, false);
  EXPECT_TRUE(no_content.body.empty());
  EXPECT_TRUE(no_content.headers.empty());
  const auto to_head = outgoing(Response{200, {{"content-length", "3"}}, "abc"}, true);
  EXPECT_TRUE(to_head.body.empty());
  EXPECT_EQ(find_header(to_head.headers, "content-length"), "3");
  EXPECT_TRUE(outgoing(Response{304, {}, "abc"}, false).body.empty());
  EXPECT_EQ(find_header(outgoing(Response{200, {}, "abc"}, false).headers, "content-length"), "3");
  EXPECT_EQ(find_header(outgoing(Response{200, {{"content-length", "9"}}, ""}, false).headers, "content-length"),
            "0");
}

TEST(Http2Fields, BrokenResponsesBecomeAProblem) {
  EXPECT_EQ(outgoing(Response{200, {{"a", "x\r\ny"}}, ""}, false).status, 500);
  EXPECT_EQ(outgoing(Response{0, {}, ""}, false).status, 500);
  EXPECT_EQ(outgoing(Response{100, {}, ""}, false).status, 500);
  EXPECT_EQ(outgoing(Response{1000, {}, ""}, false).status, 500);
}

}  // namespace
}  // namespace cordon::wire
