// What a peer sends to make us work for nothing, beyond what http2_session_test.cpp has.
#include <gtest/gtest.h>

#include "cordon/wire/test_raw_server.h"

namespace cordon::wire {
namespace {

using namespace test;

constexpr std::string_view kCalm = "goaway 11";  // ENHANCE_YOUR_CALM

// RFC 7541 6.2.1: a literal with incremental indexing; then 6.1: the entry again, one byte each.
std::string indexed(std::string_view name, std::string_view value) {
  return std::string(1, '\x40') + hpack_text(name) + hpack_text(value);
}

// A block whose fields are kilobytes each for a byte on the wire: 62 is the newest entry (RFC 7541 2.3.3).
std::string bomb(std::size_t times) {
  return block(request_fields()) + indexed("a", std::string(4000, 'x')) + std::string(times, '\xbe');
}

TEST(Http2Attack, AHeaderListTooLargeIsAnsweredAndABombEndsTheConnection) {
  RawServer server;
  server.begin();
  server.send(frame(kHeaders, kEndHeaders | kEndStream, 1, bomb(20)));
  EXPECT_EQ(server.verdict(), "accepted") << "431, and the table still holds";
  EXPECT_EQ(server.count(kHeaders, 1), 1U);
  server.send(frame(kHeaders, kEndHeaders | kEndStream, 3, bomb(2000)));
  EXPECT_EQ(server.verdict(), kCalm);
  EXPECT_TRUE(server.requests.empty());
}

TEST(Http2Attack, TheDynamicTableCannotBeMadeLargerThanAnnounced) {
  RawServer server;
  server.begin();
  // RFC 7541 6.3 and 4.2: a size update above SETTINGS_HEADER_TABLE_SIZE is a decoding error.
  server.send(frame(kHeaders, kEndHeaders | kEndStream, 1, "\x3f\xe2\x1f" + block(request_fields())));
  EXPECT_EQ(server.verdict(), "goaway 9");
}

// CVE-2019-9511: a large answer taken by the byte.
TEST(Http2Attack, AnAnswerTakenByTheByteIsNoise) {
  RawServer server;
  server.send(preface() + settings(setting(4, 1)) + frame(kSettings, kAck, 0));
  server.send(headers(1, request_fields()));
  server.session.respond(1, {200, {}, std::string(100'000, 'x')});
  for (int i = 0; i < 4000 && server.last; ++i) server.send(frame(kWindowUpdate, 0, 1, number(1)));
  EXPECT_EQ(server.verdict(), kCalm);
  EXPECT_LT(server.count(kData, 1), 2200U);
}

TEST(Http2Attack, AnHonestPeerMayTakeItInPieces) {
  RawServer server;
  server.send(preface() + settings(setting(4, 16'384)) + frame(kSettings, kAck, 0));
  for (std::uint32_t id = 1; id < 200; id += 2) {
    server.send(headers(id, request_fields()));
    server.session.respond(static_cast<Http2Session::StreamId>(id), {200, {}, std::string(600'000, 'x')});
    server.send("");
    for (int i = 0; i < 40; ++i) {
      server.send(frame(kWindowUpdate, 0, id, number(16'384)) + frame(kWindowUpdate, 0, 0, number(16'384)));
    }
  }
  EXPECT_EQ(server.verdict(), "accepted");
}

// A peer with a closed window (RFC 9113 10.5): each answer has its time, whatever the others do.
TEST(Http2Attack, AnAnswerNobodyTakesIsDropped) {
  RawServer server;
  server.send(preface() + settings(setting(4, 0)) + frame(kSettings, kAck, 0));
  server.send(headers(1, request_fields()) + headers(3, request_fields()));
  server.session.respond(1, {200, {}, "unwanted"});
  server.session.respond(3, {200, {}, "taken"});
  const auto limit = std::chrono::seconds(120);
  server.session.drop_slow(server.now, limit);
  server.send(frame(kWindowUpdate, 0, 3, number(100)));
  EXPECT_EQ(server.count(kData, 3), 1U);
  server.session.drop_slow(server.now + std::chrono::seconds(119), limit);
  server.send("");
  EXPECT_EQ(server.count(kReset, 1), 0U);
  server.session.drop_slow(server.now + limit, limit);
  server.send("");
  EXPECT_EQ(server.count(kReset, 1), 1U);
  EXPECT_EQ(server.session.unsent(), 0U);
}

struct Flood {
  const char* name;
  std::string frame;
};

// RFC 9113 10.5: features whose use is "not an attack by itself".
TEST(Http2Attack, EveryFrameThatCarriesNothingHasALimit) {
  const std::vector<Flood> floods = {
      {"settings (CVE-2019-9515)", settings()},
      {"settings with values", settings(setting(3, 100))},
      {"ping (CVE-2019-9512)", frame(kPing, 0, 0, "12345678")},
      {"ping acknowledgements", frame(kPing, kAck, 0, "12345678")},
      {"priority", frame(kPriority, 0, 1, number(0) + "x")},
      {"window updates", frame(kWindowUpdate, 0, 0, number(1))},
      {"empty data (CVE-2019-9518)", frame(kData, 0, 1)},
      {"padding", frame(kData, 8, 1, std::string("\x0a", 1) + std::string(10, '\0'))},
      {"goaway", frame(kGoAway, 0, 0, number(0) + number(0))},
  };
  for (const auto& flood : floods) {
    RawServer server;
    server.begin();
    server.send(headers(1, request_fields("POST"), false));
    for (int i = 0; i < 2100 && server.last; ++i) server.send(flood.frame);
    EXPECT_FALSE(server.last) << flood.name;
    EXPECT_EQ(server.verdict(), kCalm) << flood.name;
  }
}

// A peer that takes none of its answers is refused more of them (RFC 9113 8.7), and may not ask for ever.
TEST(Http2Attack, ThousandsOfRefusedRequestsEndTheConnection) {
  Http2Limits limits;
  limits.max_buffered = 1000;
  RawServer server(limits);
  server.send(preface() + settings(setting(4, 0)) + frame(kSettings, kAck, 0));
  server.send(headers(1, request_fields()));
  server.session.respond(1, {200, {}, std::string(2000, 'x')});
  for (std::uint32_t id = 3; id < 5000 && server.last; id += 2) server.send(headers(id, request_fields()));
  EXPECT_EQ(server.verdict(), kCalm);
  EXPECT_EQ(server.requests.size(), 1U);
}

TEST(Http2Attack, SaysWhichRequestsStillAwaitAnAnswer) {
  RawServer server;
  server.begin();
  server.send(headers(1, request_fields()) + headers(3, request_fields()));
  EXPECT_TRUE(server.session.awaits(1));
  EXPECT_FALSE(server.session.awaits(5));
  server.send(frame(kReset, 0, 1, number(8)));
  EXPECT_FALSE(server.session.awaits(1));
  server.session.respond(3, {200, {}, ""});
  EXPECT_FALSE(server.session.awaits(3));
}

}  // namespace
}  // namespace cordon::wire
