#include "cordon/archive/log_reader.h"

#include "cordon/archive/test_log.h"

namespace cordon::archive {

namespace {

using transparency::Tile;

TEST(LogReader, GivesEveryEntryWithAProofThatHolds) {
  for (const std::uint64_t size : {1U, 2U, 255U, 256U, 257U, 600U}) {
    const TestLog made(size);
    const auto log = made.reader();
    ASSERT_EQ(log.size(), size);
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proven = log.prove(index);
      ASSERT_TRUE(proven) << size << " " << index << ": " << proven.error().message;
      EXPECT_EQ(proven->entry, made.entry(index));
    }
  }
}

TEST(LogReader, GivesReceiptsThatStandAlone) {
  const TestLog made(70'000);
  const auto receipt = made.reader().receipt(65'536);
  ASSERT_TRUE(receipt) << receipt.error().message;
  const auto parsed = transparency::parse_log_proof(receipt->text());
  ASSERT_TRUE(parsed) << parsed.error().message;
  const auto right = transparency::verify_log_proof(*parsed, as_bytes(made.entry(65'536)), test_keys().trust());
  ASSERT_TRUE(right) << right.error().message;
  EXPECT_EQ(right->size, 70'000U);
  EXPECT_FALSE(transparency::verify_log_proof(*parsed, as_bytes("another entry"), test_keys().trust()));
  EXPECT_FALSE(transparency::verify_log_proof(*parsed, as_bytes(made.entry(65'536)), other_keys().trust()));
}

TEST(LogReader, VisitsRangesAcrossBundles) {
  const TestLog made(600);
  const auto log = made.reader();
  std::vector<std::uint64_t> seen;
  ASSERT_TRUE(log.each(250, 520, [&](std::uint64_t index, BytesView entry) {
    EXPECT_EQ(as_text(entry), made.entry(index));
    seen.push_back(index);
    return true;
  }));
  ASSERT_EQ(seen.size(), 270U);
  EXPECT_EQ(seen.front(), 250U);
  EXPECT_EQ(seen.back(), 519U);
}

TEST(LogReader, StopsVisitingWhenToldToAndAtTheEnd) {
  const auto made = TestLog(300);
  int visits = 0;
  ASSERT_TRUE(made.reader().each(0, 300, [&](std::uint64_t, BytesView) { return ++visits < 5; }));
  EXPECT_EQ(visits, 5);
  visits = 0;
  ASSERT_TRUE(made.reader().each(290, 10'000, [&](std::uint64_t, BytesView) { return ++visits > 0; }));
  EXPECT_EQ(visits, 10);
}

TEST(LogReader, SaysThatAnEntryIsNotThere) {
  const auto made = TestLog(3);
  const auto entry = made.reader().entry(3);
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().kind, ErrorKind::not_found);
  EXPECT_FALSE(made.reader().receipt(3));
}

TEST(LogReader, RefusesAnEntryThatTheTreeDoesNotHold) {
  TestLog made(300);
  made.files["tile/entries/001.p/44"].back() ^= 1;
  const auto log = made.reader();
  const auto entry = log.entry(299);
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().kind, ErrorKind::corrupt);
  EXPECT_NE(entry.error().message.find("tile/entries/001.p/44: entry 299"), std::string::npos)
      << entry.error().message;
  EXPECT_FALSE(log.each(256, 300, [](std::uint64_t, BytesView) { return true; }));
  EXPECT_TRUE(log.entry(255));
}

TEST(LogReader, RefusesEntriesWhoseTileWasChangedWithThem) {
  TestLog made(300);
  const TestLog other(300, std::string(kTestOrigin), "forged ");
  for (const auto* path : {"tile/entries/000", "tile/0/000"}) made.files[path] = other.files.at(path);
  const auto entry = made.reader().entry(7);
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().kind, ErrorKind::corrupt);
}

TEST(LogReader, RefusesBundlesAndTilesThatAreMissingOrShort) {
  for (const auto* path : {"tile/entries/000", "tile/0/000"}) {
    TestLog made(300);
    made.files[path].resize(100);
    EXPECT_FALSE(made.reader().entry(255)) << path;
    made.files.erase(path);
    EXPECT_FALSE(made.reader().entry(255)) << path;
  }
}

TEST(LogReader, NeedsACheckpointItUnderstands) {
  TestLog made(3);
  made.files["checkpoint"] = "nothing of the kind";
  EXPECT_FALSE(LogReader::open(made.read()));
  made.files["checkpoint"] = "a\nb\nc\n\n\u2014 x AAAAAAA=\n";
  EXPECT_FALSE(LogReader::open(made.read()));
  made.files.erase("checkpoint");
  const auto log = LogReader::open(made.read());
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::not_found);
}

TEST(LogReader, ReadsFoldersOfALogAndPlainOnes) {
  const TemporaryFolder folder;
  const TestLog made(300);
  made.save(folder / "public");
  for (const auto& place : {folder.path(), folder / "public"}) {
    const auto log = LogReader::open_folder(place);
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(log->folder(), folder / "public");
    EXPECT_EQ(log->entry(299).value(), made.entry(299));
    EXPECT_TRUE(open_place(place.string()));
  }
  EXPECT_FALSE(open_place((folder / "none").string()));
  EXPECT_FALSE(open_place("https://"));
}

TEST(LogReader, ReadsOnWhileTheLogGrowsAndForgetsItsNarrowerTiles) {
  const TemporaryFolder folder;
  TestLog made(300);
  made.save(folder.path());
  const auto log = LogReader::open_folder(folder.path()).value();
  for (const std::uint64_t size : {310U, 600U}) {  // wider, then full
    std::filesystem::remove_all(folder / "tile/0/001.p");
    std::filesystem::remove_all(folder / "tile/entries/001.p");
    made = TestLog(size);
    made.save(folder.path());
    const auto fresh = LogReader::open(log.resources(), log.note()).value();
    EXPECT_EQ(fresh.entry(299).value(), made.entry(299)) << size;
  }
}

TEST(LogReader, RefusesWiderTilesThatAreTooShort) {
  TestLog made(300);
  const auto note = made.note;
  for (const auto* path : {"tile/entries/001.p/44", "tile/0/001.p/44"}) made.files.erase(path);
  const auto read = with_wider_tiles(made.read());
  EXPECT_EQ(read("tile/0/001.p/44").error().kind, ErrorKind::not_found);
  EXPECT_EQ(read("tile/0/1.p/44").error().kind, ErrorKind::not_found);
  made.files["tile/0/001"] = std::string(40 * 32, 'x');
  made.files["tile/entries/001"] = std::string("\0\5abcde\0", 8);
  EXPECT_EQ(read("tile/0/001.p/44").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(read("tile/entries/001.p/44").error().kind, ErrorKind::corrupt);
  made.files["tile/entries/001"] = std::string("\0\5abc", 5);
  EXPECT_EQ(read("tile/entries/001.p/44").error().kind, ErrorKind::corrupt);
}

TEST(LogReader, KnowsTheTilesOfEverySize) {
  EXPECT_EQ(tile_at(0, 273, 70'000).path(), "tile/0/273.p/112");
  EXPECT_EQ(tile_at(1, 1, 70'000).path(), "tile/1/001.p/17");
  EXPECT_EQ(tile_at(2, 0, 70'000).path(), "tile/2/000.p/1");
  EXPECT_EQ(tile_at(0, 274, 70'000).width, 0U);
  EXPECT_EQ(tile_at(9, 0, 70'000).width, 0U);
  EXPECT_EQ(bundle_at(273, 70'000).path(), "tile/entries/273.p/112");
  EXPECT_EQ(end_index(tile_at(1, 0, 70'000)), 65'536U);
  EXPECT_EQ(end_index(tile_at(2, 0, 70'000)), 65'536U);
  EXPECT_EQ(end_index(bundle_at(273, 70'000)), 70'000U);
  EXPECT_EQ(end_index({.level = 8, .index = 1}), ~std::uint64_t{0});
}

}  // namespace

}  // namespace cordon::archive
