#include "cordon/wire/http2_session.h"

#include <gtest/gtest.h>

#include "cordon/wire/test_raw_server.h"

namespace cordon::wire {
namespace {

using namespace test;

struct Case {
  std::string name;
  std::string bytes;
  std::string verdict;
};

std::string post(const Fields& more, std::string_view body) {
  return headers(1, with(request_fields("POST"), more), false) + frame(kData, kEndStream, 1, body);
}
std::string get(const Fields& more) { return headers(1, with(request_fields(), more)); }

std::vector<Case> violations() {
  const std::string nul("a\0b", 3);
  return {
      // RFC 9113 4 to 6: connection errors.
      {"data on stream 0", frame(kData, 0, 0, "x"), "goaway 1"},
      {"headers on stream 0", headers(0, request_fields()), "goaway 1"},
      {"an even stream", headers(2, request_fields()), "goaway 1"},
      {"a frame beyond SETTINGS_MAX_FRAME_SIZE", frame(kData, 0, 1, std::string(16385, 'x')), "goaway 6"},
      {"priority on stream 0", frame(kPriority, 0, 0, number(0) + "x"), "goaway 1"},
      {"settings of odd length", frame(kSettings, 0, 0, "abc"), "goaway 6"},
      {"settings on a stream", frame(kSettings, 0, 1), "goaway 1"},
      {"a settings acknowledgement with content", frame(kSettings, kAck, 0, setting(1, 1)), "goaway 6"},
      {"a window beyond 2^31-1", settings(setting(4, 0x80000000U)), "goaway 3"},
      {"a frame size below 16384", settings(setting(5, 100)), "goaway 1"},
      {"a ping of seven bytes", frame(kPing, 0, 0, "1234567"), "goaway 6"},
      {"a ping on a stream", frame(kPing, 0, 1, "12345678"), "goaway 1"},
      {"a window update of nothing", frame(kWindowUpdate, 0, 0, number(0)), "goaway 1"},
      {"a connection window beyond 2^31-1", frame(kWindowUpdate, 0, 0, number(0x7fffffff)), "goaway 3"},
      {"a reset of an idle stream", frame(kReset, 0, 1, number(8)), "goaway 1"},
      {"a continuation of nothing", frame(kContinuation, kEndHeaders, 1, block(request_fields())), "goaway 1"},
      {"a frame inside a header block",
       frame(kHeaders, 0, 1, block(request_fields())) + frame(kPing, 0, 0, "12345678"), "goaway 1"},
      {"an undecodable header block", frame(kHeaders, kEndHeaders, 1, "\xff\xff\xff\xff\xff\xff"), "goaway 9"},
      {"a push by a client", frame(kPushPromise, kEndHeaders, 1, number(2) + block(request_fields())), "goaway 1"},
      {"data on an idle stream", frame(kData, 0, 1, "x"), "goaway 1"},
      {"padding longer than the frame", headers(1, request_fields("POST"), false) + frame(kData, 8, 1, "\xff"),
       "goaway 1"},
      // RFC 9113 8: malformed messages.
      {"a name in upper case", get({{"Accept", "x"}}), "reset 1"},
      {"a connection field", get({{"connection", "keep-alive"}}), "reset 1"},
      {"transfer-encoding", get({{"transfer-encoding", "chunked"}}), "reset 1"},
      {"upgrade", get({{"upgrade", "h2c"}}), "reset 1"},
      {"te other than trailers", get({{"te", "gzip"}}), "reset 1"},
      {"a line break in a value", get({{"a", "b\r\nc: d"}}), "reset 1"},
      {"a NUL in a value", get({{"a", nul}}), "reset 1"},
      {"a blank before a value", get({{"a", " b"}}), "reset 1"},
      {"a blank in a name", get({{"a b", "c"}}), "reset 1"},
      {"no path", headers(1, {{":method", "GET"}, {":scheme", "http"}, {":authority", "nrf"}}), "reset 1"},
      {"an empty path", headers(1, request_fields("GET", "")), "reset 1"},
      {"a relative path", headers(1, request_fields("GET", "a")), "reset 1"},
      {"a path with a blank", headers(1, request_fields("GET", "/a b")), "reset 1"},
      {"a path with a fragment", headers(1, request_fields("GET", "/a#b")), "reset 1"},
      {"no method", headers(1, {{":scheme", "http"}, {":authority", "nrf"}, {":path", "/"}}), "reset 1"},
      {"two methods", headers(1, with(request_fields(), {{":method", "PUT"}})), "reset 1"},
      {"a pseudo field after a field", headers(1, with({{"a", "b"}}, request_fields())), "reset 1"},
      {"an unknown pseudo field", headers(1, with(request_fields(), {{":proto", "x"}})), "reset 1"},
      {"a status in a request", headers(1, with(request_fields(), {{":status", "200"}})), "reset 1"},
      {"a host that contradicts", get({{"host", "other"}}), "reset 1"},
      {"a user part", headers(1, {{":method", "GET"}, {":scheme", "http"}, {":authority", "a@b"}, {":path", "/"}}),
       "reset 1"},
      {"a foreign scheme", headers(1, {{":method", "GET"}, {":scheme", "ftp"}, {":authority", "b"}, {":path", "/"}}),
       "reset 1"},
      {"content-length above the body", post({{"content-length", "5"}}, "abc"), "reset 1"},
      {"content-length below the body", post({{"content-length", "2"}}, "abc"), "reset 1"},
      {"content-length without a body", get({{"content-length", "2"}}), "reset 1"},
      {"two content-lengths", post({{"content-length", "3"}, {"content-length", "4"}}, "abc"), "reset 1"},
      {"a content-length that is no number", post({{"content-length", "-3"}}, "abc"), "reset 1"},
      {"trailers with a pseudo field", headers(1, request_fields("POST"), false) + headers(1, {{":path", "/"}}),
       "reset 1"},
      {"trailers that do not end the stream",
       headers(1, request_fields("POST"), false) + headers(1, {{"a", "b"}}, false), "reset 1"},
      // And what is allowed.
      {"a plain request", get({{"te", "trailers"}, {"host", "NRF"}}), "accepted"},
      {"a whole body", post({{"content-length", "3"}}, "abc"), "accepted"},
      {"trailers", headers(1, request_fields("POST"), false) + headers(1, {{"a", "b"}}), "accepted"},
      {"an unknown frame type", frame(0x77, 0, 0, "x") + get({}), "accepted"},
      {"a priority frame", frame(kPriority, 0, 1, number(0) + "x") + get({}), "accepted"},
  };
}

TEST(Http2Session, TreatsEveryViolationAsRfc9113Demands) {
  for (const auto& [name, bytes, verdict] : violations()) {
    RawServer server;
    server.send(preface() + settings() + bytes);
    EXPECT_EQ(server.verdict(), verdict) << name;
    EXPECT_EQ(server.requests.size(), verdict == "accepted" ? 1U : 0U) << name;
  }
}

TEST(Http2Session, TakesTheSameBytesOneByOne) {
  for (const auto& [name, bytes, verdict] : violations()) {
    RawServer server;
    for (const char c : preface() + settings() + bytes) server.send({&c, 1});
    EXPECT_EQ(server.verdict(), verdict) << name;
  }
}

TEST(Http2Session, EndsAConnectionThatIsNotHttp2) {
  for (const std::string bytes :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 client hello"}) {
    RawServer server;
    server.send(bytes);
    EXPECT_FALSE(server.last);
    EXPECT_TRUE(server.session.finished());
    EXPECT_TRUE(server.session.reason().contains("does not speak HTTP/2"));
    server.send("more");
    EXPECT_FALSE(server.last);
  }
}

// RFC 9113 5.1 and 5.1.1.
TEST(Http2Session, EndsTheConnectionForAMessageOnAClosedStream) {
  RawServer server;
  server.begin();
  server.send(headers(3, request_fields()) + headers(1, request_fields()));
  EXPECT_EQ(server.requests.size(), 1U);
  EXPECT_EQ(server.verdict(), "goaway 5");
}

TEST(Http2Session, PassesOverWhatWasUnderWayToAStreamItReset) {
  RawServer server;
  server.begin();
  server.send(headers(1, with(request_fields("POST"), {{"te", "gzip"}}), false));
  server.send(frame(kData, 0, 1, "abc") + headers(1, {{"a", "b"}}) + headers(3, request_fields()));
  EXPECT_EQ(server.verdict(), "reset 1");
  EXPECT_EQ(server.requests.size(), 1U);
}

TEST(Http2Session, WantsSettingsFirst) {
  RawServer server;
  server.send(preface() + frame(kPing, 0, 0, "12345678"));
  EXPECT_EQ(server.verdict(), "goaway 1");
  EXPECT_FALSE(server.session.peer_ready());
}

// === messages ===

TEST(Http2Session, DeliversARequestAsItCame) {
  RawServer server;
  server.begin();
  server.send(headers(1,
                      {{":method", "PATCH"},
                       {":scheme", "https"},
                       {":path", "/a?b=c"},
                       {"host", "udm:7777"},
                       {"x", "1"},
                       {"y", "2"},
                       {"x", "3"}},
                      false) +
              frame(kData, 0, 1, "one ") + frame(kData, kEndStream, 1, "two"));
  ASSERT_EQ(server.requests.size(), 1U);
  const auto& request = server.requests[0].second;
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.scheme, "https");
  EXPECT_EQ(request.authority, "udm:7777");
  EXPECT_EQ(request.path, "/a?b=c");
  EXPECT_EQ(request.headers, (Headers{{"x", "1"}, {"y", "2"}, {"x", "3"}}));
  EXPECT_EQ(request.body, "one two");
}

TEST(Http2Session, AnswersOnlyOnceAndOnlyWhatWasAsked) {
  RawServer server;
  server.begin();
  server.session.respond(1, {200, {}, "early"});
  server.send(get({}));
  server.session.respond(1, {200, {}, "first"});
  server.session.respond(1, {500, {}, "second"});
  server.session.respond(7, {200, {}, "nobody"});
  server.send("");
  ASSERT_EQ(server.count(kData, 1), 1U);
  EXPECT_EQ(server.first(kData)->payload, "first");
  EXPECT_EQ(server.count(kHeaders, 1), 1U);
  EXPECT_EQ(server.count(kHeaders, 7), 0U);
  EXPECT_EQ(server.session.streams().size(), 0U);
}

TEST(Http2Session, SendsContinueToThoseWhoExpectIt) {
  RawServer server;
  server.begin();
  server.send(headers(1, with(request_fields("POST"), {{"expect", "100-continue"}}), false));
  ASSERT_EQ(server.count(kHeaders, 1), 1U);
  EXPECT_EQ(server.first(kHeaders)->flags, kEndHeaders);
  server.send(frame(kData, kEndStream, 1, "body"));
  ASSERT_EQ(server.requests.size(), 1U);
  EXPECT_EQ(server.requests[0].second.headers, Headers{});
}

TEST(Http2Session, AnswersCutShortRequestsWithoutBotheringTheApplication) {
  Http2Limits limits;
  limits.max_body = 10;
  limits.max_header_bytes = 1000;
  const std::vector<std::pair<std::string, int>> cases = {
      {headers(1, with(request_fields("POST"), {{"content-length", "11"}}), false), 413},
      {headers(1, request_fields("POST"), false) + frame(kData, 0, 1, "1234567890") + frame(kData, 0, 1, "1"), 413},
      {headers(1, with(request_fields("POST"), {{"a", std::string(1000, 'x')}}), false), 431},
      {headers(1, {{":method", "CONNECT"}, {":authority", "a:1"}}, false), 501},
  };
  for (const auto& [bytes, status] : cases) {
    RawServer server(limits);
    server.begin();
    server.send(bytes + frame(kData, 0, 1, "x"));  // dropped
    EXPECT_TRUE(server.requests.empty());
    ASSERT_NE(server.first(kData), nullptr) << status;
    EXPECT_TRUE(server.first(kData)->payload.contains(std::format("\"status\":{}", status)));
    EXPECT_EQ(server.verdict(), "reset 0");  // RFC 9113 8.1: NO_ERROR after an early answer
    server.send(headers(3, request_fields()));
    EXPECT_EQ(server.requests.size(), 1U) << "the connection goes on";
  }
}

TEST(Http2Session, ResetsAStreamWhoseTrailersAreTooLarge) {
  Http2Limits limits;
  limits.max_header_bytes = 500;
  RawServer server(limits);
  server.begin();
  server.send(headers(1, request_fields("POST"), false) + frame(kData, 0, 1, "abc") +
              headers(1, {{"a", std::string(500, 'x')}}));
  EXPECT_EQ(server.verdict(), "reset 11");
  EXPECT_TRUE(server.requests.empty());
}

TEST(Http2Session, AnswersLateRequestsAndEndsOnAStuckHeaderBlock) {
  RawServer server;
  server.begin();
  server.send(headers(1, request_fields("POST"), false) + headers(3, request_fields()));
  server.session.answer_late(server.now);
  server.send("");
  EXPECT_EQ(server.first(kData), nullptr);
  server.session.answer_late(server.now + std::chrono::seconds(1));
  server.send("");
  ASSERT_EQ(server.count(kData, 1), 1U);
  EXPECT_TRUE(server.first(kData)->payload.contains("408"));
  EXPECT_EQ(server.count(kData, 3), 0U);
  server.send(frame(kHeaders, 0, 5, block(request_fields())));
  server.session.answer_late(server.now + std::chrono::seconds(1));
  server.send("");
  EXPECT_EQ(server.verdict().substr(0, 5), "goawa");
  EXPECT_TRUE(server.session.finished());
}

// === floods ===

std::string repeated(std::string_view bytes, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += bytes;
  return out;
}

TEST(Http2Session, EndsFloodsOfFramesThatCarryNothing) {
  const std::vector<std::pair<std::string, std::string>> floods = {
      {"ping", frame(kPing, 0, 0, "12345678")},
      {"settings", settings(setting(3, 100))},
      {"empty data", frame(kData, 0, 1)},
      {"padding", frame(kData, 8, 1, std::string(1, '\x0a') + std::string(10, '\0'))},
      {"priority", frame(kPriority, 0, 1, number(0) + "x")},
      {"window update", frame(kWindowUpdate, 0, 0, number(1))},
  };
  for (const auto& [name, bytes] : floods) {
    RawServer server;
    server.begin();
    server.send(headers(1, request_fields("POST"), false));
    for (int i = 0; i < 400 && server.last; ++i) server.send(repeated(bytes, 10));
    EXPECT_EQ(server.verdict(), "goaway 11") << name;
    EXPECT_TRUE(server.session.finished()) << name;
  }
}

TEST(Http2Session, EndsFloodsOfAcknowledgementsThePeerDoesNotTake) {
  RawServer server;
  server.begin();
  EXPECT_FALSE(server.session.receive(as_bytes(repeated(frame(kPing, 0, 0, "12345678"), 1000)), server.now));
  server.send("");
  EXPECT_EQ(server.verdict(), "goaway 11");
}

TEST(Http2Session, EndsAFloodOfContinuations) {
  RawServer server;
  server.begin();
  server.send(frame(kHeaders, 0, 1, block(request_fields())) + repeated(frame(kContinuation, 0, 1), 20));
  EXPECT_EQ(server.verdict(), "goaway 11");
  EXPECT_TRUE(server.requests.empty());
}

// Four resets of the peer's own, then one too many.
TEST(Http2Session, EndsRapidResets) {
  Http2Limits limits;
  limits.max_resets = 4;
  RawServer server(limits);
  server.begin();
  for (std::uint32_t id = 1; id <= 7; id += 2)
    server.send(headers(id, request_fields()) + frame(kReset, 0, id, number(8)));
  EXPECT_EQ(server.verdict(), "accepted");
  server.send(headers(9, request_fields()) + frame(kReset, 0, 9, number(8)));
  EXPECT_EQ(server.verdict(), "goaway 11");
  EXPECT_TRUE(server.requests.empty()) << "a request reset in the same breath costs the application nothing";
  EXPECT_EQ(server.closed.size(), 5U);
}

TEST(Http2Session, AllowsResetsThatTakeTheirTime) {
  Http2Limits limits;
  limits.max_resets = 4;
  RawServer server(limits);
  server.begin();
  for (std::uint32_t id = 1; id <= 21; id += 2) {
    server.send(headers(id, request_fields()) + frame(kReset, 0, id, number(8)));
    server.now += std::chrono::seconds(3);
  }
  EXPECT_EQ(server.verdict(), "accepted");
}

// CVE-2025-8671: the peer never resets, it makes us do it.
TEST(Http2Session, EndsResetsItIsProvokedInto) {
  Http2Limits limits;
  limits.max_resets = 10;
  RawServer server(limits);
  server.begin();
  for (std::uint32_t id = 1; id < 60 && server.last; id += 2) {
    server.send(headers(id, request_fields()) + frame(kWindowUpdate, 0, id, number(0x7fffffff)));
  }
  ASSERT_NE(server.first(kGoAway), nullptr);
  EXPECT_EQ(number_at(server.first(kGoAway)->payload, 4), 11U);
  EXPECT_LE(server.requests.size(), 12U);
}

TEST(Http2Session, HoldsThePeerToTheNumberOfStreams) {
  Http2Limits limits;
  limits.max_streams = 2;
  RawServer server(limits);
  server.begin();
  server.send(headers(1, request_fields()) + headers(3, request_fields()));
  server.send(headers(5, request_fields()));
  EXPECT_EQ(server.requests.size(), 2U);
  EXPECT_NE(server.verdict(), "accepted");
}

// === windows ===

TEST(Http2Session, WithholdsWindowsFromAllButTheOldestBodyBeyondTheBufferLimit) {
  Http2Limits limits;
  limits.max_buffered = 100'000;
  RawServer server(limits);
  server.begin();
  const auto chunk = std::string(16'000, 'x');
  server.send(headers(1, request_fields("POST"), false) + frame(kData, 0, 1, chunk));
  server.send(headers(3, request_fields("POST"), false));
  for (int i = 0; i < 15; ++i) server.send(frame(kData, 0, 3, chunk));  // 240,000 bytes: within the first window
  for (int i = 0; i < 14; ++i) server.send(frame(kData, 0, 1, chunk));
  EXPECT_EQ(server.count(kWindowUpdate, 1), 1U) << "the oldest goes on";
  EXPECT_EQ(server.count(kWindowUpdate, 3), 0U) << "the younger one waits";
  server.send(frame(kData, kEndStream, 1, chunk));
  server.send(frame(kData, kEndStream, 3, ""));
  ASSERT_EQ(server.requests.size(), 2U);
  EXPECT_EQ(server.requests[1].second.body.size(), 240'000U);
}

TEST(Http2Session, ReleasesWithheldWindowsWhenTheOldestIsDoneOrGone) {
  for (const bool reset : {false, true}) {
    Http2Limits limits;
    limits.max_buffered = 100'000;
    RawServer server(limits);
    server.begin();
    const auto chunk = std::string(16'000, 'x');
    for (const std::uint32_t id : {1U, 3U}) {
      server.send(headers(id, request_fields("POST"), false) + frame(kData, 0, id, chunk));
    }
    for (int i = 0; i < 14; ++i) server.send(frame(kData, 0, 3, chunk));
    EXPECT_EQ(server.count(kWindowUpdate, 3), 0U);
    server.send(reset ? frame(kReset, 0, 1, number(8)) : frame(kData, kEndStream, 1));
    EXPECT_EQ(server.count(kWindowUpdate, 3), 1U);
    server.send(frame(kData, kEndStream, 3, ""));
    EXPECT_EQ(server.requests.size(), reset ? 1U : 2U);
  }
}

TEST(Http2Session, RefusesNewRequestsWhileThePeerLeavesItsAnswersUntaken) {
  Http2Limits limits;
  limits.max_buffered = 1000;
  limits.max_resets = 1;
  RawServer server(limits);
  server.send(preface() + settings(setting(4, 0)));  // a window of nothing: CVE-2019-9517
  server.send(get({}));
  server.session.respond(1, {200, {}, std::string(2000, 'x')});
  server.send(headers(3, request_fields()));
  server.send(headers(5, request_fields()));
  EXPECT_EQ(server.verdict(), "reset 7");
  EXPECT_EQ(server.requests.size(), 1U);
  EXPECT_EQ(server.session.unsent(), 2000U);
  server.send(frame(kReset, 0, 1, number(8)));
  EXPECT_EQ(server.session.unsent(), 0U);
  server.send(headers(7, request_fields()));
  EXPECT_EQ(server.requests.size(), 2U);
}

// === the client's side, spoken to by hand ===

struct RawClient {
  explicit RawClient(Http2Limits with = {}) : session(Http2Session::Role::client, with) {}
  void ask(Request request) {
    EXPECT_TRUE(session.request(std::move(request)));
    send("");
  }
  void send(std::string_view bytes) {
    last = session.receive(as_bytes(bytes), SteadyTime{std::chrono::hours(1)});
    while (const auto event = session.next_event()) {
      if (event->kind == Kind::message) answers.push_back(event->stream->response);
      if (event->kind == Kind::closed) codes.push_back(event->stream->code), faults += event->stream->fault;
      if (event->kind == Kind::going_away) ++goaways;
    }
    out += take_output(session);
  }
  Http2Session session;
  Result<void> last;
  std::vector<Response> answers;
  std::vector<std::uint32_t> codes;
  std::string faults;
  int goaways = 0;
  std::string out;
};

Request get_request() {
  return {.method = "GET", .scheme = "http", .authority = "nrf", .path = "/", .headers = {}, .body = {}};
}

TEST(Http2Session, ClientPassesOverInterimAnswersAndTrailers) {
  RawClient client;
  client.ask(get_request());
  client.send(settings());
  client.send(headers(1, {{":status", "103"}, {"link", "x"}}, false) +
              headers(1, {{":status", "200"}, {"a", "b"}}, false) + frame(kData, 0, 1, "body") +
              headers(1, {{"trailer", "x"}}));
  ASSERT_EQ(client.answers.size(), 1U);
  EXPECT_EQ(client.answers[0].status, 200);
  EXPECT_EQ(client.answers[0].headers, (Headers{{"a", "b"}}));
  EXPECT_EQ(client.answers[0].body, "body");
  EXPECT_EQ(client.codes, std::vector<std::uint32_t>{0});
}

TEST(Http2Session, ClientGivesUpAnswersBeyondItsLimits) {
  Http2Limits limits;
  limits.max_body = 10;
  limits.max_header_bytes = 200;
  RawClient client(limits);
  client.ask(get_request());
  client.ask(get_request());
  client.send(settings() + headers(1, {{":status", "200"}}, false) + frame(kData, 0, 1, "12345678901") +
              frame(kData, kEndStream, 1, "more"));
  client.send(headers(3, {{":status", "200"}, {"a", std::string(200, 'x')}}, false));
  client.send("");
  EXPECT_TRUE(client.answers.empty());
  EXPECT_TRUE(client.faults.contains("body is too large"));
  EXPECT_TRUE(client.faults.contains("header fields are too large"));
}

TEST(Http2Session, ClientTreatsMalformedAnswersAsStreamErrors) {
  for (const Fields& fields : {Fields{{"a", "b"}}, Fields{{":status", "20"}}, Fields{{":status", "000"}},
                               Fields{{":status", "600"}}, Fields{{":status", "200"}, {"A", "b"}},
                               Fields{{":status", "200"}, {":path", "/"}}, Fields{{":status", "101"}}}) {
    RawClient client;
    client.ask(get_request());
    client.send(settings() + headers(1, fields));
    client.send("");
    EXPECT_TRUE(client.answers.empty());
    ASSERT_EQ(client.codes.size(), 1U);
    EXPECT_TRUE(client.codes[0] == 1 || client.faults.contains("status"));
  }
}

TEST(Http2Session, ClientRefusesPushesAndFloods) {
  RawClient client;
  client.ask(get_request());
  client.send(settings() + frame(kSettings, kAck, 0));
  client.send(frame(kPushPromise, kEndHeaders, 1, number(2) + block(request_fields())));
  EXPECT_TRUE(client.session.finished());
  RawClient flooded;
  flooded.ask(get_request());
  flooded.send(settings());
  for (int i = 0; i < 300 && flooded.last; ++i) flooded.send(repeated(headers(1, {{":status", "103"}}, false), 10));
  EXPECT_FALSE(flooded.last);
}

TEST(Http2Session, ClientStopsSendingABodyThatWasAlreadyAnswered) {
  RawClient client;
  auto request = get_request();
  request.method = "POST";
  request.body = std::string(200'000, 'x');
  client.ask(std::move(request));
  client.send("");
  client.send(settings() + headers(1, {{":status", "413"}}));
  client.send("");
  ASSERT_EQ(client.answers.size(), 1U);
  EXPECT_EQ(client.session.streams().size(), 0U);
  EXPECT_EQ(client.session.unsent(), 0U);
  EXPECT_EQ(frames_of(client.out.substr(preface().size())).back().type, kReset);
}

TEST(Http2Session, ClientLearnsOfGoaway) {
  RawClient client;
  client.ask(get_request());
  client.ask(get_request());
  client.send(settings());
  client.send(frame(kGoAway, 0, 0, number(1) + number(0)));
  EXPECT_EQ(client.goaways, 1);
  EXPECT_FALSE(client.session.usable());
  EXPECT_EQ(client.codes, std::vector<std::uint32_t>{7}) << "the second stream was certainly not processed";
  client.send(headers(1, {{":status", "204"}}));
  EXPECT_EQ(client.answers.size(), 1U);
  EXPECT_TRUE(client.session.finished());
  EXPECT_EQ(client.session.reason(), "");
}

TEST(Http2Session, ClientNeverIndexesClientCredentials) {
  RawClient client;
  for (int i = 0; i < 2; ++i) {
    auto request = get_request();
    request.headers = {{"3gpp-sbi-client-credentials", "secret-token-secret-token"}};
    client.ask(std::move(request));
  }
  client.send("");
  const auto frames = frames_of(client.out.substr(preface().size()));
  std::vector<std::size_t> sizes;
  for (const auto& frame : frames) {
    if (frame.type == kHeaders) sizes.push_back(frame.payload.size());
  }
  ASSERT_EQ(sizes.size(), 2U);
  EXPECT_GT(sizes[1], 15U) << "an indexed field would take one byte";
}

}  // namespace
}  // namespace cordon::wire
