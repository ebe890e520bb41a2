#include "cordon/evidence/frame.h"

#include <gtest/gtest.h>

#include "cordon/evidence/record_json.h"
#include "cordon/evidence/test_log.h"

namespace cordon::evidence {
namespace {

TEST(Frames, ComeOutWholeHoweverTheyArrive) {
  const auto bytes =
      order_frame(7, numbered(1)) + reply_frame({8, 41U}) + reply_frame({9, fail(ErrorKind::no_space, "full")});
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
    Frames frames;
    std::vector<std::string> payloads;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      frames.add(as_bytes(bytes).subspan(at, std::min(step, bytes.size() - at)));
      for (auto next = frames.next(); *next; next = frames.next()) payloads.emplace_back(**next);
    }
    ASSERT_EQ(payloads.size(), 3U);
    const auto order = parse_order(payloads[0]).value();
    EXPECT_EQ(order.id, 7U);
    EXPECT_EQ(order.record->trace, "1");
    EXPECT_EQ(parse_reply(payloads[1])->sequence.value(), 41U);
    EXPECT_EQ(parse_reply(payloads[2])->id, 9U);
    EXPECT_EQ(parse_reply(payloads[2])->sequence.error().kind, ErrorKind::no_space);
    EXPECT_EQ(parse_reply(payloads[2])->sequence.error().message, "full");
  }
}

TEST(Frames, CarryTheLargestRecord) {
  Record record;
  record.reason = std::string(100'000, '\x01');
  record.details.assign(100'000, std::string(2000, '"'));
  const auto frame = order_frame(std::numeric_limits<std::int64_t>::max(), record);
  Frames frames;
  frames.add(as_bytes(frame));
  const auto payload = frames.next();
  ASSERT_TRUE(payload && *payload);
  EXPECT_TRUE(parse_order(**payload)->record);
}

TEST(Frames, RefuseLengthsThatCannotBe) {
  for (const std::string_view bytes :
       {std::string_view("\0\0\0\0", 4), std::string_view("\xff\xff\xff\xff", 4),
        std::string_view("\x01\x40\x01\x00", 4), std::string_view("GET / HTTP/1.1\r\n\r\n")}) {
    Frames frames;
    frames.add(as_bytes(bytes));
    EXPECT_FALSE(frames.next());
  }
}

TEST(Frames, EveryErrorKeepsItsKind) {
  for (const auto kind : {ErrorKind::no_space, ErrorKind::invalid_input, ErrorKind::unavailable, ErrorKind::io}) {
    EXPECT_EQ(parse_reply(reply_frame({1, fail(kind, "x")}).substr(4))->sequence.error().kind, kind);
  }
  EXPECT_EQ(parse_reply(reply_frame({1, fail(ErrorKind::corrupt, "x")}).substr(4))->sequence.error().kind,
            ErrorKind::io);
  EXPECT_EQ(parse_reply(R"({"id":1,"error":7})")->sequence.error().kind, ErrorKind::io);
}

TEST(Orders, TellAWrongFrameFromAWrongRecord) {
  for (const std::string_view payload :
       {"", "[]", "{}", R"({"id":-1,"record":{}})", R"({"id":"1","record":{}})", R"({"id":1})", "\xff"}) {
    EXPECT_FALSE(parse_order(payload)) << payload;
  }
  const auto order = parse_order(R"({"id":5,"record":{"time":"never"}})");
  ASSERT_TRUE(order);
  EXPECT_EQ(order->id, 5U);
  EXPECT_EQ(order->record.error().kind, ErrorKind::invalid_input);
}

TEST(Replies, RefuseWhatIsNone) {
  for (const std::string_view payload : {"", "[]", "{}", R"({"id":1})", R"({"seq":1})", R"({"id":1,"seq":"1"})"}) {
    EXPECT_FALSE(parse_reply(payload)) << payload;
  }
}

}  // namespace
}  // namespace cordon::evidence
