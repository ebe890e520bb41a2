#include "cordon/archive/verify.h"

#include <algorithm>

#include "cordon/archive/retention.h"
#include "cordon/archive/test_log.h"

namespace cordon::archive {

namespace {

VerifyOptions trusting() { return {.trust = test_keys().trust()}; }

std::string faults_of(const Result<VerifyReport>& report) {
  if (!report) return "error: " + report.error().message;
  std::string out;
  for (const auto& fault : report->faults) out += fault.text() + "\n";
  return out;
}

std::string verify(const TestLog& made, const VerifyOptions& options = trusting()) {
  const auto log = LogReader::open(made.read());
  if (!log) return "error: " + log.error().message;
  return faults_of(verify_log(*log, options));
}

bool names(const std::string& faults, std::string_view what) { return faults.find(what) != std::string::npos; }

TEST(Verify, AcceptsLogsOfEverySize) {
  for (const std::uint64_t size : {0U, 1U, 2U, 255U, 256U, 257U, 65'535U, 65'536U, 65'537U, 70'000U}) {
    const TestLog made(size);
    const auto report = verify_log(made.reader(), trusting());
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->ok()) << size << ": " << faults_of(report);
    EXPECT_EQ(report->entries, size);
    EXPECT_FALSE(report->keys_from_log);
  }
}

TEST(Verify, FindsAndLocatesEveryFlippedByteOfASmallLog) {
  TestLog made(20);
  const auto names_of_log = std::vector<std::string>{"checkpoint", "tile/0/000.p/20", "tile/entries/000.p/20"};
  for (const auto& file : names_of_log) {
    auto& content = made.files[file];
    for (std::size_t at = 0; at < content.size(); ++at) {
      content[at] = static_cast<char>(content[at] ^ 0x10);
      const auto faults = verify(made);
      EXPECT_NE(faults, "") << file << " byte " << at;
      EXPECT_TRUE(names(faults, file)) << file << " byte " << at << ": " << faults;
      content[at] = static_cast<char>(content[at] ^ 0x10);
    }
  }
  EXPECT_EQ(verify(made), "");
}

TEST(Verify, LocatesTheEntryOfAFlippedByteInALargerLog) {
  TestLog made(600);
  for (const auto* file : {"tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"}) {
    auto& content = made.files[file];
    for (std::size_t at = 2; at < content.size(); at += 97) {
      content[at] = static_cast<char>(content[at] ^ 1);
      const auto faults = verify(made);
      EXPECT_TRUE(names(faults, std::string(file) + ": entry ")) << file << " byte " << at << ": " << faults;
      EXPECT_EQ(std::ranges::count(faults, '\n'), 1) << faults;  // nothing else is to blame
      content[at] = static_cast<char>(content[at] ^ 1);
    }
  }
}

TEST(Verify, BlamesTheTileAndNotTheEntriesWhereTheTreeRefutesIt) {
  TestLog made(70'000);
  made.files["tile/0/x000/200"] = made.files["tile/0/200"];  // wrongly named: nobody asks for it
  auto& tile = made.files["tile/0/200"];
  tile[5 * 32] ^= 1;
  const auto faults = verify(made);
  EXPECT_TRUE(names(faults, "tile/0/200: entry 51205: the tile holds another hash")) << faults;
  EXPECT_TRUE(names(faults, "tile/0/200: entry 51200: its root is not what tile/1/000 says at 200")) << faults;
  EXPECT_FALSE(names(faults, "tile/entries/200: entry")) << faults;
}

TEST(Verify, ChecksEveryLevelAgainstTheNext) {
  TestLog made(70'000);
  made.files["tile/1/000"][7 * 32 + 3] ^= 1;
  auto faults = verify(made);
  EXPECT_TRUE(names(faults, "tile/1/000: entry 0: its root is not what tile/2/000.p/1 says at 0")) << faults;
  EXPECT_TRUE(names(faults, "tile/0/007: entry 1792: its root is not what tile/1/000 says at 7")) << faults;
  made = TestLog(70'000);
  made.files["tile/2/000.p/1"][0] ^= 1;
  faults = verify(made);
  EXPECT_TRUE(names(faults, "tile/1/000: entry 0: its root is not what tile/2/000.p/1 says at 0")) << faults;
  EXPECT_TRUE(names(faults, "checkpoint: its root is not that of the tiles")) << faults;
}

TEST(Verify, FindsEveryMissingAndShortenedFile) {
  const TestLog whole(600);
  for (const auto& [path, content] : whole.files) {
    if (!path.starts_with("tile/")) continue;
    TestLog made = whole;
    made.files.erase(path);
    EXPECT_TRUE(names(verify(made), path)) << path;
    made.files[path] = content.substr(0, content.size() - 1);
    EXPECT_TRUE(names(verify(made), path)) << path;
    made.files[path] = content + "x";
    EXPECT_TRUE(names(verify(made), path)) << path;
  }
}

TEST(Verify, CountsAllFaultsAndKeepsTheFirst) {
  TestLog made(3000);
  const TestLog other(3000, std::string(kTestOrigin), "x");
  for (auto& [path, content] : made.files) {
    if (path.starts_with("tile/entries/")) content = other.files.at(path);
  }
  const auto report = verify_log(made.reader(), trusting());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->faults.size(), kMostFaults);
  EXPECT_EQ(report->fault_count, 3000U);
}

TEST(Verify, RefusesACheckpointThatNobodyTrustedSigned) {
  TestLog made(300);
  made.publish(other_keys());
  EXPECT_TRUE(names(verify(made), "checkpoint: ")) << verify(made);
  // Its own keys vouch for it, but that is said.
  const auto report = verify_log(made.reader());
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->ok()) << faults_of(report);
  EXPECT_TRUE(report->keys_from_log);
}

TEST(Verify, NeedsBothSignaturesOfTheLog) {
  TestLog made(300);
  for (std::size_t drop = 0; drop < 2; ++drop) {
    auto note = made.note;
    note.signatures.erase(note.signatures.begin() + static_cast<std::ptrdiff_t>(drop));
    made.files["checkpoint"] = note.whole();
    EXPECT_TRUE(names(verify(made), "checkpoint: ")) << drop;
  }
}

TEST(Verify, RefusesALogWithoutAnyKeyToVerifyItWith) {
  TestLog made(3);
  made.files.erase(std::string(kKeysFile));
  EXPECT_TRUE(names(verify(made, {}), "name a trust policy"));
  made.files[std::string(kKeysFile)] = "no key\n";
  EXPECT_TRUE(names(verify(made, {}), "log.vkeys:1"));
}

TEST(Verify, RefusesAnotherLogThanTheTrustedOne) {
  const TestLog made(3, "cordon.example/evidence/op-b");
  EXPECT_TRUE(names(verify(made), "names no key of the log cordon.example/evidence/op-b")) << verify(made);
}

TEST(Verify, RefusesAForgedRoot) {
  TestLog made(300);
  auto forged = made.reader().checkpoint();
  forged.root[0] ^= 1;
  made.files["checkpoint"] = test_keys().signer().sign(forged, test_time()).value().whole();
  EXPECT_EQ(verify(made), "checkpoint: its root is not that of the tiles\n");
}

TEST(Verify, DemandsTheQuorumOfWitnesses) {
  const auto witness = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  const auto signer =
      transparency::NoteSigner::of("witness.example", transparency::SignatureType::ed25519_cosignature, witness)
          .value();
  auto options = trusting();
  options.trust->witnesses.push_back({"w", signer.verifier(), ""});
  options.trust->quorum = "w";
  TestLog made(300);
  EXPECT_TRUE(names(verify(made, options), "too few for the quorum"));
  made.note.signatures.push_back(signer.sign(made.note.text, test_time()).value());
  made.files["checkpoint"] = made.note.whole();
  const auto report = verify_log(made.reader(), options);
  EXPECT_EQ(faults_of(report), "");
  EXPECT_EQ(report->witnessed.witnesses, std::vector<std::string>{"w"});
}

TEST(Verify, AcceptsTheContinuationOfAnOlderCheckpoint) {
  TestLog made(300);
  auto options = trusting();
  options.from = made.note;
  EXPECT_EQ(verify(made, options), "");
  made.grow(70'000);
  EXPECT_EQ(verify(made, options), "");
  options.from = TestLog(0).note;
  EXPECT_EQ(verify(made, options), "");
}

TEST(Verify, FindsARollback) {
  auto options = trusting();
  options.from = TestLog(301).note;
  EXPECT_TRUE(names(verify(TestLog(300), options), "rolled back: 300 entries, where an older checkpoint holds 301"));
}

TEST(Verify, FindsAFork) {
  auto options = trusting();
  options.from = TestLog(257, std::string(kTestOrigin), "other ").note;
  for (const std::uint64_t size : {257U, 300U}) {
    EXPECT_TRUE(names(verify(TestLog(size), options), "forked: does not continue")) << size;
  }
}

TEST(Verify, RefusesAnOlderCheckpointOfSomebodyElse) {
  auto options = trusting();
  options.from = TestLog(3, "cordon.example/evidence/op-b").note;
  EXPECT_TRUE(names(verify(TestLog(5), options), "another log's"));
  TestLog forged(3);
  forged.publish(other_keys());
  options.from = forged.note;
  EXPECT_TRUE(names(verify(TestLog(5), options), "the older checkpoint: "));
  options.from = transparency::Note{.text = "nonsense\n", .signatures = {}};
  EXPECT_TRUE(names(verify(TestLog(5), options), "the older checkpoint: "));
}

TEST(Verify, TellsItsProgress) {
  auto options = trusting();
  std::vector<std::uint64_t> done;
  options.progress = [&](std::uint64_t entries, std::uint64_t total) {
    EXPECT_EQ(total, 600U);
    done.push_back(entries);
  };
  EXPECT_EQ(verify(TestLog(600), options), "");
  EXPECT_EQ(done, (std::vector<std::uint64_t>{256, 512, 600}));
}

TEST(Verify, FindsFilesThatAreNoTiles) {
  const TemporaryFolder folder;
  TestLog made(300);
  made.files["tile/0/1"] = "x";
  made.files["tile/0/001.p/0"] = "x";
  made.files["tile/0/001.p/44.new"] = "unfinished";
  made.files["tile/0/002"] = "beyond";
  made.save(folder.path());
  const auto log = LogReader::open_folder(folder.path()).value();
  const auto report = verify_log(log, trusting());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->fault_count, 2U) << faults_of(report);
  EXPECT_TRUE(names(faults_of(report), "tile/0/1: is no tile's name"));
  EXPECT_TRUE(names(faults_of(report), "tile/0/001.p/0: is no tile's name"));
  EXPECT_EQ(report->ahead, 1U);
  auto options = trusting();
  options.folder_files = false;
  EXPECT_EQ(faults_of(verify_log(log, options)), "");
}

TEST(Verify, FindsANarrowerTileThatSaysSomethingElse) {
  const TemporaryFolder folder;
  TestLog made(300);
  made.grow(320);  // the narrower tiles stay
  made.save(folder.path());
  EXPECT_EQ(faults_of(verify_log(LogReader::open_folder(folder.path()).value(), trusting())), "");
  made.files["tile/entries/001.p/44"] = TestLog(300, std::string(kTestOrigin), "x").files["tile/entries/001.p/44"];
  made.save(folder.path());
  const auto faults = faults_of(verify_log(LogReader::open_folder(folder.path()).value(), trusting()));
  EXPECT_EQ(faults, "tile/entries/001.p/44: entry 256: is not the beginning of tile/entries/001.p/64\n");
}

TEST(VerifyRecord, AcceptsOneEntryAndRefusesAnAlteredOne) {
  TestLog made(70'000);
  const auto report = verify_record(made.reader(), 69'999, trusting());
  EXPECT_EQ(faults_of(report), "");
  EXPECT_EQ(report->entries, 1U);
  made.files["tile/entries/273.p/112"].back() ^= 1;
  EXPECT_TRUE(
      names(faults_of(verify_record(made.reader(), 69'999, trusting())), "tile/entries/273.p/112: entry 69999: "))
      << faults_of(verify_record(made.reader(), 69'999, trusting()));
  auto options = trusting();
  options.trust = other_keys().trust();
  EXPECT_FALSE(verify_record(made.reader(), 1, options)->ok());
  options.from = TestLog(70'001).note;
  EXPECT_TRUE(names(faults_of(verify_record(made.reader(), 1, options)), "older checkpoint"));
}

TEST(VerifyRecord, SaysThatThereIsNone) {
  const auto made = TestLog(5);
  const auto report = verify_record(made.reader(), 5, trusting());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::not_found);
}

}  // namespace

}  // namespace cordon::archive
