#include "cordon/evidence/record_cbor.h"

#include <gtest/gtest.h>

#include <random>

#include "cordon/evidence/record_members.h"
#include "cordon/wire/cbor.h"

namespace cordon::evidence {
namespace {

std::string encoded(const Record& record) {
  std::string out;
  encode_record(record, out);
  return out;
}
Record decoded(std::string_view bytes) {
  auto record = decode_record(as_bytes(bytes));
  EXPECT_TRUE(record) << record.error().message;
  return record ? std::move(*record) : Record{};
}
std::string cbor(std::string digits) {
  std::erase(digits, ' ');
  return std::string(as_text(from_hex(digits).value()));
}

// Records as chance will have them: texts of all packings, also nearly packable ones.
class Chance {
 public:
  explicit Chance(std::uint32_t seed) : random_(seed) {}
  Record record() {
    Record record;
    record.time = WallTime(std::chrono::nanoseconds(static_cast<std::int64_t>(random_() << 32 | random_())));
    for (const auto& member : kTexts) record.*member.text = text();
    if (below(2) == 0) record.kind = "decision";
    record.status = static_cast<int>(below(600));
    for (auto list : {&Record::policies, &Record::claims, &Record::details, &Record::obligations}) {
      while (below(3) == 0) (record.*list).push_back(text());
    }
    if (below(2) == 0) record.policies.push_back(record.rule);
    while (below(3) == 0) record.links.push_back(random_());
    while (below(2) == 0 && record.subjects.size() < kMostSubjects) record.subjects.push_back(subject());
    for (const auto& subject : record.subjects) record.resource += "/" + subject.pseudonym;
    if (below(3) == 0) record.spool = SpoolMark{"edge/" + std::to_string(below(99)), random_()};
    return record;
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  Subject subject() {
    Bytes bytes(10);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(below(256));
    return {shown_pseudonym(bytes), "imsi-" + std::to_string(random_()), false};
  }
  std::string text() {
    static const std::vector<std::string> kUsual{"",
                                                 "permit",
                                                 "GET",
                                                 "AMF",
                                                 "no-permit",
                                                 "f990ed9a-e555-41f1-9dea-7f66d0edecbf",
                                                 "127.0.0.1:40360",
                                                 "[::1]:1",
                                                 "5c7fb1f2a9f04c0d",
                                                 "p:0123456789abcdef0123",
                                                 "\x10",
                                                 "a\x10"
                                                 "0",
                                                 "\xE2\x82\xAC",
                                                 "F990",
                                                 "own-profile-only"};
    if (below(4) > 0) return kUsual[below(kUsual.size())];
    std::string out;
    while (below(12) > 0) out += static_cast<char>(below(128));
    return out;
  }
  std::mt19937 random_;
};

TEST(RecordCbor, ComesBackAsItWas) {
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    const auto record = Chance(seed).record();
    ASSERT_EQ(decoded(encoded(record)), record) << "seed " << seed << "\n" << encode(record);
  }
}

TEST(RecordCbor, GroupsComeBackAsTheyWere) {
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    const auto record = Chance(seed).record();
    std::string header, analyst;
    append_header(header, record);
    append_analyst(analyst, record);
    const auto read = read_groups(as_bytes(header), as_bytes(analyst), record.subjects);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(*read, record);
    ASSERT_EQ(analyst.empty(), record.claims.empty() && record.details.empty());
    EXPECT_EQ(read_groups({}, as_bytes(analyst), record.subjects)->claims, record.claims);
    EXPECT_TRUE(read_groups(as_bytes(header), {}, record.subjects)->details.empty());
  }
}

TEST(RecordCbor, NamesSubscribersByTheirPlaceSoThatANewEpochRenamesThem) {
  Record record;
  record.subjects = {{"p:0123456789abcdef0123", "imsi-1"}};
  record.resource = "/nudm-sdm/v2/p:0123456789abcdef0123/sm-data";
  record.details = {"nearest: p:0123456789abcdef0123"};
  std::string header, analyst;
  append_header(header, record);
  append_analyst(analyst, record);
  EXPECT_FALSE((header + analyst).contains("0123456789abcdef"));
  const auto read = read_groups(as_bytes(header), as_bytes(analyst), {{"p:ffffffffffffffffffff", ""}}).value();
  EXPECT_EQ(read.resource, "/nudm-sdm/v2/p:ffffffffffffffffffff/sm-data");
  EXPECT_EQ(read.details[0], "nearest: p:ffffffffffffffffffff");
  EXPECT_FALSE(read_groups(as_bytes(header), {}, {}));  // nobody to name
}

TEST(RecordCbor, HoldsNoIdentifierOutsideItsOwnGroup) {
  Record record;
  record.subjects = {{"p:0123456789abcdef0123", "imsi-999700000021309"}};
  std::string header, analyst, personal;
  append_header(header, record);
  append_analyst(analyst, record);
  append_personal(personal, record.subjects[0]);
  EXPECT_FALSE((header + analyst).contains("21309"));
  EXPECT_EQ(read_personal(as_bytes(personal)).value(), "imsi-999700000021309");
}

// --- later versions ---------------------------------------------------------------------------------------------

// The members of a group with others behind them, as a later version would write them.
std::string with_later(const std::string& group, std::string_view pairs, unsigned count) {
  wire::CborReader reader(as_bytes(group));
  const auto known = reader.map().value();
  std::string out;
  wire::CborWriter(out).map(known + count);
  return out + group.substr(reader.position()) + std::string(pairs);
}

TEST(RecordCbor, EveryUnknownKeySurvives) {
  const std::string later = cbor("1864 63616263 1865 a1 01 82 02 f5 1903e8 40");
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const auto record = Chance(seed).record();
    std::string header, analyst;
    append_header(header, record);
    append_analyst(analyst, record);
    if (analyst.empty()) analyst = cbor("a10001");
    auto read =
        read_groups(as_bytes(with_later(header, later, 3)), as_bytes(with_later(analyst, later, 3)), record.subjects);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->later, (Later{6, later, later}));
    const auto again = decoded(encoded(*read));  // on its way through an older program
    EXPECT_EQ(again, *read);
    read->later = {};
    EXPECT_EQ(*read, record);
  }
}

TEST(RecordCbor, CountsUnknownKeysItHasNoRoomFor) {
  std::string pairs;
  for (unsigned i = 0; i < 4; ++i) {
    wire::CborWriter writer(pairs);
    writer.unsigned_integer(100 + i).text(std::string(500, 'x'));
  }
  std::string header;
  append_header(header, Record{});
  const auto read = read_groups(as_bytes(with_later(header, pairs, 4)), {}, {}).value();
  EXPECT_EQ(read.later.members, 4U);
  EXPECT_LE(read.later.header.size(), kMostLater);
  EXPECT_TRUE(decode_record(as_bytes(encoded(read))));
}

TEST(RecordCbor, WritesNoPairsThatAreNone) {
  Record record;
  record.later.header = "garbage";
  record.later.analyst = "\xff";
  EXPECT_TRUE(decode_record(as_bytes(encoded(record))));
}

TEST(RecordCbor, RefusesAnotherVersionByName) {
  const auto refused = decode_record(as_bytes(cbor("83 80 a2 00 02 01 00 f6")));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("version 2")) << refused.error().message;
}

TEST(RecordCbor, ShowsWordsOfLaterVersionsByTheirNumber) {
  const auto read = read_groups(as_bytes(cbor("a3 00 01 01 00 05 19 03e8")), {}, {}).value();
  EXPECT_EQ(read.decision, "?1000");
}

// --- what is wrong and what is too much -------------------------------------------------------------------------

TEST(RecordCbor, RefusesWhatIsNone) {
  // In place of a record: no array, too few items, wrong subjects, no analyst, bytes behind it.
  for (const auto* digits : {"",
                             "a0",
                             "80",
                             "83",
                             "83 00",
                             "83 80",
                             "83 80 a0 f6",
                             "83 80 a2 00 01 01 00",
                             "83 80 a2 00 01 01 00 f6 00",
                             "83 80 a2 01 00 00 01 f6",
                             "83 80 a2 00 01 00 01 f6",
                             "83 80 a2 00 61 61 01 00 f6",
                             "83 80 a2 00 01 61 61 00 f6",
                             "83 85 00 00 00 00 00 a1 00 01 f6",
                             "83 81 00 a1 00 01 f6",
                             "83 81 81 00 a1 00 01 f6",
                             "83 81 82 41 00 40 a1 00 01 f6",
                             "83 81 82 00 40 a1 00 01 f6",
                             "83 81 82 61 61 00 a1 00 01 f6",
                             "83 80 a1 00 01 80",
                             "83 80 a1 00 01 a0",
                             "83 80 a1 00 01 a2 00 01 01 61 61"}) {
    EXPECT_FALSE(decode_record(as_bytes(cbor(digits)))) << digits;
  }
}

TEST(RecordCbor, NamesTheMemberThatIsWrong) {
  struct Case {
    std::string_view digits;
    std::string_view named;
  };
  for (const auto& [digits, named] : std::vector<Case>{{"01 40", "time"},
                                                       {"02 1903e8", "status"},
                                                       {"02 20", "status"},
                                                       {"03 f6", "proxy"},
                                                       {"03 00", "proxy"},
                                                       {"05 f6", "decision"},
                                                       {"08 41 00", "caller"},
                                                       {"0b 41 00", "peer"},
                                                       {"11 62 10 35", "resource"},
                                                       {"17 00", "policies"},
                                                       {"17 81 f6", "policies"},
                                                       {"17 82 00", "policies"},
                                                       {"18 18 81 00", "obligations"},
                                                       {"18 19 00", "links"},
                                                       {"18 19 81 61 61", "links"},
                                                       {"18 1a 00", "spool"},
                                                       {"18 1a 81 00", "spool"},
                                                       {"18 1a 82 00 00", "spool"},
                                                       {"18 1a 82 61 61 20", "spool"}}) {
    const auto read = read_groups(as_bytes(cbor("a2 00 01" + std::string(digits))), {}, {});
    ASSERT_FALSE(read) << digits;
    EXPECT_TRUE(read.error().message.starts_with(std::format("'{}'", named)))
        << digits << ": " << read.error().message;
  }
}

TEST(RecordCbor, RefusesMoreThanItsLimits) {
  Record many;
  many.links.assign(kMostLinks, 1);
  const auto grown = [&](std::string_view from, std::string_view to) {
    auto bytes = encoded(many);
    const auto at = bytes.find(from);
    EXPECT_NE(at, bytes.npos);
    return bytes.replace(at, from.size(), to);
  };
  EXPECT_TRUE(decode_record(as_bytes(encoded(many))));
  EXPECT_FALSE(decode_record(as_bytes(grown("\x98\x40", "\x98\x41"))));
  std::string text(kShortText + 1, 'x');
  std::string group = cbor("a2 00 01");
  wire::CborWriter(group).unsigned_integer(3).text(text);
  EXPECT_FALSE(read_groups(as_bytes(group), {}, {}));
  std::string list = cbor("a2 00 01 17");
  wire::CborWriter(list).array(kMostItems + 2);
  list.append(kMostItems + 2, '\0');
  EXPECT_FALSE(read_groups(as_bytes(list), {}, {}));
  std::string personal = cbor("a2 00 01");
  wire::CborWriter(personal).unsigned_integer(1).bytes(Bytes(kMostIdentifierBytes + 1));
  EXPECT_FALSE(read_personal(as_bytes(personal)));
}

TEST(RecordCbor, PassesOverUnknownMembersOfPersonalGroups) {
  EXPECT_EQ(read_personal(as_bytes(cbor("a3 00 01 01 41 61 02 80"))).value(), "a");
  for (const auto* digits : {"", "80", "a1", "a1 61 61 00", "a1 01 00", "a2 00 01 02", "a1 01 41 61 00"}) {
    EXPECT_FALSE(read_personal(as_bytes(cbor(digits)))) << digits;
  }
}

TEST(RecordCbor, StaysUnderTheLimitWhateverItIsGiven) {
  for (const std::string filler : {"\x01", "\x10", "\"", "x", "\xFF", "\xE2\x82\xAC", "p:0123456789abcdef0123"}) {
    std::string text;
    while (text.size() < 100'000) text += filler;
    Record record;
    for (const auto& member : kTexts) record.*member.text = text;
    record.policies.assign(300, text);
    record.details.assign(20'000, filler);
    record.claims.assign(20'000, filler);
    record.obligations.assign(20'000, filler);
    record.links.assign(1000, UINT64_MAX);
    record.subjects.assign(10, {"p:0123456789abcdef0123", std::string(kMostIdentifierBytes, 'i')});
    record.spool = SpoolMark{std::string(kMostSourceBytes, 's'), UINT64_MAX};
    record.status = 100'000;
    const auto bytes = encoded(record);
    EXPECT_LE(bytes.size(), kMostRecordBytes);
    const auto read = decoded(bytes);
    EXPECT_TRUE(read.policies.back().ends_with("more]"));
    EXPECT_TRUE(read.details.back().ends_with("more]"));
    EXPECT_EQ(read.status, kMostStatus);
    EXPECT_EQ(read.subjects.size(), kMostSubjects);
    EXPECT_EQ(encoded(read), bytes);  // and never clips again
  }
}

TEST(RecordCbor, LeavesOutWhatCannotBeMeant) {
  Record record;
  record.subjects = {{"p:0123456789abcdef0123", std::string(kMostIdentifierBytes + 1, 'i')}, {"short", "imsi-1"}};
  record.spool = SpoolMark{std::string(kMostSourceBytes + 1, 's'), 1};
  record.status = -1;
  const auto read = decoded(encoded(record));
  EXPECT_EQ(read.subjects[0].identifier, "");
  EXPECT_EQ(read.subjects[1].pseudonym, "short");
  EXPECT_FALSE(read.spool);
  EXPECT_EQ(read.status, 0);
}

}  // namespace
}  // namespace cordon::evidence
