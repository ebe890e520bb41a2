#include "cordon/evidence/reader.h"

#include "cordon/evidence/pseudonym.h"
#include "cordon/evidence/test_folder.h"
#include "cordon/evidence/test_parts.h"
#include "cordon/transparency/tile.h"

namespace cordon::evidence {
namespace {

class RecordsTest : public FolderTest {
 protected:
  // The traces of the decisions from there on.
  std::vector<int> decisions(std::uint64_t from = 0) const {
    std::vector<int> out;
    std::uint64_t next = from;
    const auto read = records().each(from, [&](std::uint64_t index, const Record& record, BytesView entry) {
      EXPECT_EQ(index, next++);
      EXPECT_EQ(record.sequence, index);
      EXPECT_FALSE(entry.empty());
      if (record.kind == "decision") out.push_back(std::stoi(record.trace));
      return true;
    });
    EXPECT_TRUE(read) << read.error().message;
    return out;
  }
  void keep_numbered(int first, int count) {
    std::vector<Record> some;
    for (int i = 0; i < count; ++i) some.push_back(numbered(first + i));
    keep(some);
  }
};

TEST_F(RecordsTest, ReadsWhatIsInTheJournalOnly) {
  open();
  keep_numbered(0, 5);
  EXPECT_EQ(decisions(), range(5));
  EXPECT_EQ(records().size().value(), 7U);
}

TEST_F(RecordsTest, ReadsWhatIsInTilesOnlyAndWhatIsInBoth) {
  open();
  keep_numbered(0, 300);
  ASSERT_TRUE(publisher->publish());
  EXPECT_EQ(decisions(), range(300));
  keep_numbered(300, 100);
  EXPECT_EQ(decisions(), range(400));
  EXPECT_EQ(records().size().value(), 402U);
  EXPECT_EQ(decisions(402 - 3), (std::vector<int>{397, 398, 399}));
}

TEST_F(RecordsTest, ReadsALogWhoseJournalForgotWhatIsPublished) {
  open({.segment_bytes = 4000});
  for (int i = 0; i < 40; ++i) keep_numbered(i * 10, 10);
  ASSERT_TRUE(publisher->publish());
  ASSERT_TRUE(keeper->tidy());
  keep_numbered(400, 10);
  EXPECT_EQ(decisions(), range(410));
}

TEST_F(RecordsTest, FindsOneRecord) {
  open();
  keep_numbered(0, 300);
  ASSERT_TRUE(publisher->publish());
  keep_numbered(300, 5);
  EXPECT_EQ(records().find(2)->trace, "0");
  EXPECT_EQ(records().find(306)->trace, "304");
  const auto none = records().find(307);
  EXPECT_EQ(none.error().kind, ErrorKind::not_found);
  EXPECT_TRUE(none.error().message.contains("no record 307"));
}

TEST_F(RecordsTest, StopsWhenToldTo) {
  open();
  keep_numbered(0, 600);
  ASSERT_TRUE(publisher->publish());
  int seen = 0;
  ASSERT_TRUE(records().each(0, [&](std::uint64_t, const Record&, BytesView) { return ++seen < 3; }));
  EXPECT_EQ(seen, 3);
}

TEST_F(RecordsTest, ReadsNothingWhereNothingIs) {
  ASSERT_TRUE(make_folder(folder().root));
  EXPECT_EQ(records().size().value(), 0U);
  EXPECT_EQ(records().find(0).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(Records({state / "none"}, nullptr).size());
}

TEST_F(RecordsTest, ShowsWithoutKeysWhatStandsInClear) {
  open();
  auto record = numbered(0);
  record.subjects = {{Pseudonyms(vault->pseudonym_key()).of("imsi-999700000021309"), "imsi-999700000021309"}};
  keep({record});
  const auto shown = Records(folder(), nullptr).find(2).value();
  EXPECT_EQ(shown.kind, "decision");
  EXPECT_EQ(shown.trace, "");
  ASSERT_EQ(shown.subjects.size(), 1U);
  EXPECT_EQ(shown.subjects[0].pseudonym, record.subjects[0].pseudonym);
  EXPECT_EQ(shown.subjects[0].identifier, "");
  EXPECT_EQ(records().find(2)->subjects, record.subjects);
}

TEST_F(RecordsTest, SaysWhereAnEntryIsNone) {
  open();
  keep_numbered(0, 3);
  const auto entry = "no entry";
  const std::vector<std::string_view> garbage{entry};
  keeper.reset();
  {
    auto parts = folder_parts(state.path(), *vault, clock);
    ASSERT_TRUE(parts.journal->append(garbage));
  }
  const auto read = records().find(5);
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().message.contains("record 5"));
}

TEST_F(RecordsTest, BeginsWhereRetentionLeftOff) {
  open();
  keep_numbered(0, 600);
  ASSERT_TRUE(publisher->publish());
  const transparency::Tile first{.index = 0, .entries = true};
  ASSERT_TRUE(std::filesystem::remove(folder().open_part() / first.path()));
  ASSERT_FALSE(records().each(0, [](std::uint64_t, const Record&, BytesView) { return true; }));
  ASSERT_TRUE(write_file(folder().open_part() / "retention.json", R"({"policy":{"minimum":256}})"));
  std::optional<std::uint64_t> begin;
  ASSERT_TRUE(records().each(0, [&](std::uint64_t index, const Record&, BytesView) {
    begin = begin.value_or(index);
    return true;
  }));
  EXPECT_EQ(begin, 256U);
  EXPECT_TRUE(records().find(3).error().message.contains("pruned"));
  EXPECT_TRUE(records().spool_positions());
}

TEST_F(RecordsTest, SaysWhatIsWrongWithItsFiles) {
  open();
  keep_numbered(0, 300);
  ASSERT_TRUE(publisher->publish());
  const auto checkpoint = read_file(folder().open_part() / "checkpoint").value();
  ASSERT_TRUE(write_file(folder().open_part() / "checkpoint", "garbage"));
  EXPECT_TRUE(records().size().error().message.contains("checkpoint"));
  ASSERT_TRUE(write_file(folder().open_part() / "checkpoint", checkpoint));
  const transparency::Tile first{.index = 0, .entries = true};
  ASSERT_TRUE(write_file(folder().open_part() / first.path(), "garbage"));
  EXPECT_EQ(records().find(3).error().kind, ErrorKind::corrupt);
}

// --- spools -----------------------------------------------------------------------------------------------------

Record spooled(std::uint64_t sequence, std::string source = "edge1/7f") {
  auto record = numbered(static_cast<int>(sequence));
  record.spool = SpoolMark{std::move(source), sequence};
  return record;
}

TEST_F(RecordsTest, RemembersHowFarEachSpoolHadCome) {
  open();
  keep({spooled(1), spooled(2), spooled(1, "edge2/00")});
  keep_numbered(0, 600);
  keep({spooled(3)});
  close();
  open();
  const auto positions = records().spool_positions().value();
  ASSERT_NE(positions.find("edge1/7f"), nullptr);
  EXPECT_EQ(positions.find("edge1/7f")->sequence, 3U);
  EXPECT_EQ(positions.find("edge2/00")->sequence, 1U);
  EXPECT_EQ(keeper->keep({spooled(3)})[0].value(), 605U);
  EXPECT_EQ(keeper->keep({spooled(2, "edge2/00")})[0].value(), 608U);
}

// --- what nobody may read ---------------------------------------------------------------------------------------

std::string every_byte_below(const std::filesystem::path& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      all += entry.path().string() + "\n" + read_file(entry.path(), 1U << 30).value() + "\n";
  }
  return all;
}

TEST_F(RecordsTest, HoldsNothingPersonalInClearInAnyFile) {
  open();
  const std::vector<std::string> identifiers{"imsi-999700000021309", "msisdn-491725670014", "imei-012345678901234",
                                             "nai-alice@home.example"};
  const Pseudonyms pseudonyms(vault->pseudonym_key());
  std::vector<Record> some;
  for (int i = 0; i < 400; ++i) {
    auto record = numbered(i);
    const auto& identifier = identifiers[static_cast<std::size_t>(i) % identifiers.size()];
    record.resource = pseudonyms.pseudonymise("/nudm-sdm/v2/" + identifier + "/sm-data", record.subjects);
    record.claims = {"supi=" + pseudonyms.pseudonymise(identifier, record.subjects)};
    record.reason = pseudonyms.pseudonymise("about " + identifier, record.subjects);
    some.push_back(std::move(record));
  }
  keep(some);
  ASSERT_TRUE(publisher->publish());
  keep({some[0]});  // and in the journal's tail
  const auto key = vault->pseudonym_key();
  const auto all = every_byte_below(state.path());
  EXPECT_GT(all.size(), 100'000U);
  for (const std::string text : {"imsi-", "999700000021309", "msisdn", "491725670014", "012345678901234", "alice",
                                 "home.example", "nudm-sdm", "supi"}) {
    EXPECT_FALSE(all.contains(text)) << text;
  }
  EXPECT_FALSE(all.contains(as_text(key)));
  EXPECT_EQ(records().find(2)->subjects.at(0).identifier, identifiers[0]);
}

TEST_F(RecordsTest, KeepsARealEntryWithin512Bytes) {
  open();
  const auto before = records().size().value();
  Record record;
  record.time = clock.now();
  record.proxy = "edge-1";
  record.decision = "permit";
  record.rule = "smf-reads-sm-data";
  record.policies = {"smf-reads-sm-data"};
  record.policy_set = "5c7fb1f2a9f04c0d";
  record.caller = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
  record.caller_type = "SMF";
  record.caller_name = "smf-1";
  record.peer = "127.0.0.1:40360";
  record.producer = "f992207a-e555-41f1-9dea-7f66d0edecbf";
  record.producer_type = "UDM";
  record.method = "GET";
  record.action = "nudm-sdm:GetSmData";
  record.trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  record.resource = Pseudonyms(vault->pseudonym_key())
                        .pseudonymise("/nudm-sdm/v2/imsi-999700000021309/sm-data?dnn=internet", record.subjects);
  keep({record});
  std::size_t bytes = 0;
  ASSERT_TRUE(records().each_entry(before, [&](std::uint64_t, BytesView entry) {
    bytes = entry.size();
    return true;
  }));
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_GT(bytes, 200U);
  EXPECT_LE(bytes, 512U);
}

}  // namespace
}  // namespace cordon::evidence
