#include "cordon/evidence/frame.h"

#include <gtest/gtest.h>

#include "cordon/evidence/test_parts.h"

namespace cordon::evidence {
namespace {

std::string order(std::uint64_t id, const Record& record) {
  std::string out;
  append_order(out, id, record);
  return out;
}
std::string reply(const AppendReply& said) {
  std::string out;
  append_reply(out, said);
  return out;
}
AppendReply heard(std::string_view payload) { return std::get<AppendReply>(parse_writer(payload).value()); }

// CBOR in hexadecimal digits, as a person writes it.
std::string cbor(std::string digits) {
  std::erase(digits, ' ');
  return std::string(as_text(from_hex(digits).value()));
}

TEST(Frames, ComeOutWholeHoweverTheyArrive) {
  const auto bytes = order(7, numbered(1)) + reply({8, 41U}) + reply({9, fail(ErrorKind::no_space, "full")});
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
    Frames frames;
    std::vector<std::string> payloads;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      frames.add(as_bytes(bytes).subspan(at, std::min(step, bytes.size() - at)));
      for (auto next = frames.next(); *next; next = frames.next()) payloads.emplace_back(**next);
    }
    ASSERT_EQ(payloads.size(), 3U);
    const auto asked = parse_order(payloads[0]).value();
    EXPECT_EQ(asked.id, 7U);
    EXPECT_EQ(asked.record->trace, "1");
    EXPECT_EQ(heard(payloads[1]).sequence.value(), 41U);
    EXPECT_EQ(heard(payloads[2]).id, 9U);
    EXPECT_EQ(heard(payloads[2]).sequence.error(), (Error{ErrorKind::no_space, "full"}));
  }
}

TEST(Frames, CarryTheLargestRecord) {
  Record record;
  record.reason = std::string(100'000, '\x01');
  record.details.assign(100'000, std::string(2000, '"'));
  const auto frame = order(std::numeric_limits<std::uint64_t>::max(), record);
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
    EXPECT_EQ(heard(reply({1, fail(kind, "x")}).substr(4)).sequence.error().kind, kind);
  }
  EXPECT_EQ(heard(reply({1, fail(ErrorKind::corrupt, "x")}).substr(4)).sequence.error().kind, ErrorKind::io);
  EXPECT_EQ(heard(cbor("a2 01 01 04 18 63")).sequence.error().kind, ErrorKind::io);  // an error of later times
}

TEST(Orders, CarryThePlaceInTheSpool) {
  auto record = numbered(1);
  record.spool = SpoolMark{"edge1/7f", 12};
  EXPECT_EQ(parse_order(order(1, record).substr(4))->record->spool, record.spool);
}

TEST(Orders, TellAWrongFrameFromAWrongRecord) {
  // No CBOR, no map, no id, no record, an id that is none, keys twice or out of order, bytes behind the end.
  for (const auto* digits : {"", "80", "a0", "a10101", "a2 01 20 02 83 80 a2 00 01 01 00 f6", "a1 02 83 80 a0 f6",
                             "ff", "a2 01 01 01 02", "a2 02 80 01 01", "a2 01 01 02 80 00", "a2 01 01 02 9f ff"}) {
    EXPECT_FALSE(parse_order(cbor(digits))) << digits;
  }
  const auto asked = parse_order(cbor("a2 01 05 02 83 80 a2 00 01 01 63 6e6577 f6"));  // a time that is a text
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(asked->id, 5U);
  EXPECT_EQ(asked->record.error().kind, ErrorKind::invalid_input);
  EXPECT_TRUE(asked->record.error().message.contains("'time'"));
}

TEST(Orders, PassOverWhatALaterVersionAdds) {
  const auto asked = parse_order(cbor("a3 01 05 02 83 80 a2 00 01 01 00 f6 18 63 82 01 02"));
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_TRUE(asked->record) << asked->record.error().message;
}

TEST(WriterFrames, RefuseWhatIsNone) {
  for (const auto* digits :
       {"", "80", "a0", "a10101", "a10301", "a2 01 01 03 20", "a2 01 01 04 61 78", "a2 01 01 05 01",
        // an epoch without a key, of more than 32 bits, with too long a key, with a text for a key
        "a1 06 01", "a2 06 1b0000000100000000 07 41 01",
        "a2 06 01 07 5841 0000000000000000000000000000000000000000000000000000000000000000000000"
        "000000000000000000000000000000000000000000000000000000000000",
        "a2 06 01 07 61 78"}) {
    EXPECT_FALSE(parse_writer(cbor(digits))) << digits;
  }
}

TEST(WriterFrames, CarryTheKeysOfAnEpoch) {
  std::string frame;
  append_keys(frame, {7, to_bytes("pseudonyms"), to_bytes("spools")});
  const auto said = parse_writer(std::string_view(frame).substr(4)).value();
  const auto& keys = std::get<EpochKeys>(said);
  EXPECT_EQ(keys.epoch, 7U);
  EXPECT_EQ(as_text(keys.pseudonym_key), "pseudonyms");
  EXPECT_EQ(as_text(keys.spool_key), "spools");
}

}  // namespace
}  // namespace cordon::evidence
