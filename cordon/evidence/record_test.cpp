#include "cordon/evidence/record.h"

#include <gtest/gtest.h>

#include "cordon/evidence/record_text.h"

namespace cordon::evidence {
namespace {

Record full() {
  Record record;
  record.sequence = 17;
  record.time = parse_time("2026-11-21T02:48:04.730123Z").value();
  record.proxy = "edge-1";
  record.kind = "decision";
  record.decision = "refuse";
  record.rule = "own-profile-only";
  record.policies = {"own-profile-only", "smf-reads"};
  record.policy_set = "5c7f";
  record.caller = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
  record.caller_type = "AMF";
  record.caller_name = "amf-1";
  record.peer = "127.0.0.1:40360";
  record.certificate = "ab12";
  record.producer = "f992207a-e555-41f1-9dea-7f66d0edecbf";
  record.producer_type = "NRF";
  record.method = "PUT";
  record.action = "nnrf-nfm:RegisterNFInstance";
  record.resource = "/nnrf-nfm/v1/nf-instances/f990";
  record.reason = "an NF registers only \"itself\"\nand no other: \xC3\xA9";
  record.body = "json";
  record.tls = "TLSv1.3 X25519MLKEM768";
  record.claims = {"nfType=AMF", "nfInstanceId=f990"};
  record.details = {"one", "two"};
  record.trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  record.status = 403;
  record.trust = "high";
  record.obligations = {"evidence=queued"};
  record.subjects = {{"p:0123456789abcdef0123", "imsi-999700000021309"}, {"p:00112233445566778899", "", true}};
  record.links = {7, 18'446'744'073'709'551'615U};
  record.spool = SpoolMark{"edge-1/7f", 12};
  record.later.members = 2;
  return record;
}

void expect_same(const Record& one, const Record& other) { EXPECT_EQ(encode(one), encode(other)); }

TEST(Record, ComesBackAsItWasWritten) {
  const auto line = encode(full());
  EXPECT_FALSE(line.contains('\n'));
  EXPECT_TRUE(line.starts_with("{\"seq\":17,\"time\":\"2026-11-21T02:48:04.730123Z\",\"proxy\":\"edge-1\""));
  const auto read = decode(line);
  ASSERT_TRUE(read) << read.error().message;
  expect_same(*read, full());
  EXPECT_EQ(*read, full());
  EXPECT_EQ(read->policies, full().policies);
  EXPECT_EQ(read->details, full().details);
  EXPECT_EQ(read->claims, full().claims);
  EXPECT_EQ(read->reason, full().reason);
  EXPECT_EQ(read->status, 403);
  EXPECT_EQ(read->time, full().time);
}

TEST(Record, ClearedIsAsNew) {
  auto record = full();
  record.kind = "gap";
  record.body = "json";
  record.later = {3, "a", "b"};
  const auto* memory = record.caller.data();
  clear(record);
  EXPECT_EQ(record, Record{});
  const auto caller = full().caller;
  record.caller = caller;
  EXPECT_EQ(record.caller.data(), memory);
}

TEST(Record, LeavesOutWhatIsEmpty) {
  Record record;
  EXPECT_EQ(encode(record), "{\"seq\":0,\"time\":\"1970-01-01T00:00:00.000000Z\",\"kind\":\"decision\"}");
  expect_same(decode(encode(record)).value(), record);
}

TEST(Record, IgnoresMembersOfLaterVersions) {
  const auto read =
      decode(R"({"seq":1,"prev":"00","time":"2026-11-21T02:48:04Z","weather":{"level":[1,2]},"caller":"x"})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->caller, "x");
  EXPECT_EQ(read->kind, "decision");
}

TEST(Record, RefusesWhatIsNone) {
  for (const std::string_view line :
       {"", "[]", "{", "{}", R"({"time":7})", R"({"time":"yesterday"})",
        R"({"time":"2026-11-21T02:48:04Z","seq":-1})", R"({"time":"2026-11-21T02:48:04Z","seq":1.5})",
        R"({"time":"2026-11-21T02:48:04Z","seq":"1"})", R"({"time":"2026-11-21T02:48:04Z","status":1000})",
        R"({"time":"2026-11-21T02:48:04Z","caller":7})", R"({"time":"2026-11-21T02:48:04Z","details":"one"})",
        R"({"time":"2026-11-21T02:48:04Z","details":[1]})",
        R"({"time":"2026-11-21T02:48:04Z","caller":"a","caller":"b"})"}) {
    EXPECT_FALSE(decode(line)) << line;
  }
  for (const std::string member :
       {R"("subjects":"x")", R"("subjects":[1])", R"("subjects":[{},{},{},{},{}])", R"("links":7)",
        R"("links":["1"])", R"("links":[-1])", R"("links":[1.5])", R"("spool":7)",
        R"("spool":{"source":"a","seq":-1})", R"("spool":{"seq":1})", R"("later":-1)", R"("later":"many")"}) {
    EXPECT_FALSE(decode(R"({"time":"2026-11-21T02:48:04Z",)" + member + "}")) << member;
  }
  EXPECT_FALSE(decode(std::string(kLongestJson + 1, ' ')));
}

TEST(Record, ClipsLongTextsAndSaysHowMuch) {
  auto record = full();
  record.reason = std::string(20'000, 'r');
  record.caller = std::string(600, 'c');
  const auto read = decode(encode(record)).value();
  EXPECT_LE(read.reason.size(), 8192U);
  EXPECT_TRUE(read.reason.ends_with("bytes cut]"));
  EXPECT_EQ(read.caller, std::string(472, 'c') + "...[128 bytes cut]");
  EXPECT_EQ(read.trace, record.trace);
  expect_same(decode(encode(read)).value(), read);  // and never clips again
}

TEST(Record, ClipsBetweenCharacters) {
  EXPECT_EQ(clip("\xE2\x82\xAC\xE2\x82\xAC", 6), "\xE2\x82\xAC\xE2\x82\xAC");
  std::string euros;
  for (int i = 0; i < 30; ++i) euros += "\xE2\x82\xAC";
  EXPECT_EQ(clip(euros, 44), "\xE2\x82\xAC...[87 bytes cut]");
}

TEST(Record, StaysUnderTheLimitWhateverItIsGiven) {
  for (const std::string filler : {"\x01", "\"", "x", "\xFF", "\xE2\x82\xAC", "\x7f"}) {
    std::string text;
    while (text.size() < 100'000) text += filler;
    Record record;
    for (auto* member :
         {&record.proxy, &record.kind, &record.decision, &record.rule, &record.policy_set, &record.caller,
          &record.caller_type, &record.caller_name, &record.peer, &record.certificate, &record.producer,
          &record.producer_type, &record.method, &record.action, &record.resource, &record.reason, &record.trace}) {
      *member = text;
    }
    record.policies.assign(300, text);
    record.details.assign(20'000, filler);
    record.claims.assign(20'000, filler);
    record.obligations.assign(20'000, filler);
    record.links.assign(1000, 18'446'744'073'709'551'615U);
    record.subjects.assign(10, {text, text});
    record.spool = SpoolMark{text, 1};
    const auto line = encode(record);
    EXPECT_LE(line.size(), kLongestJson);
    const auto read = decode(line);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(read->policies.back().ends_with("more]"));
    EXPECT_TRUE(read->details.back().ends_with("more]"));
    expect_same(decode(encode(*read)).value(), *read);
  }
}

TEST(Record, ManyEmptyTextsCanBeReadAgain) {
  Record record;
  record.policies.assign(100'000, "");
  record.details.assign(100'000, "");
  EXPECT_TRUE(decode(encode(record)));
}

TEST(Record, ANulInATextCanBeReadAgain) {
  Record record;
  record.resource = std::string("/a\0b", 4);
  record.claims = {std::string("c\0", 2)};
  const auto read = decode(encode(record));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->resource, record.resource);
  EXPECT_EQ(read->claims, record.claims);
}

TEST(Record, WritesOnlyTimesItCanRead) {
  Record record;
  record.time = WallTime::max();
  EXPECT_TRUE(decode(encode(record)));
  record.time = WallTime::min();
  EXPECT_TRUE(decode(encode(record)));
  record.status = -4;
  EXPECT_EQ(decode(encode(record))->status, 0);
}

}  // namespace
}  // namespace cordon::evidence
