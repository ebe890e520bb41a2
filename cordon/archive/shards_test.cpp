#include "cordon/archive/shards.h"

#include "cordon/archive/retention.h"
#include "cordon/archive/test_log.h"
#include "cordon/journal/disk.h"

namespace cordon::archive {

namespace {

namespace fs = std::filesystem;

class Life : public ::testing::Test {
 protected:
  void SetUp() override {
    made_ = TestLog(600);
    made_.save(folder_.log.open_part());
    make_folder(folder_.log.wal()).value();
    write_file(folder_.log.wal() / "wal-0", "entries").value();
  }
  Result<Shards> close_and_go_on(std::uint64_t size) {
    return begin_shard(folder_.log, folder_.signer_of(), size, clock_);
  }
  // The writer of the open shard.
  void write(std::uint64_t size) {
    TestLog next(size, origin_of(folder_.log, std::string(kTestOrigin)).value());
    next.files.erase(std::string(kKeysFile));
    next.save(folder_.log.open_part());
  }
  ShardsReport verify(const VerifyOptions& options = {.trust = test_keys().trust()}) const {
    const auto report = verify_shards(read_folder(folder_.log.open_part()), options);
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    return report.value_or(ShardsReport{.shards = {}, .faults = {}, .fault_count = 999});
  }
  std::string faults(const VerifyOptions& options = {.trust = test_keys().trust()}) const {
    std::string out;
    for (const auto& fault : verify(options).faults) out += fault.text() + "\n";
    return out;
  }
  fs::path open_part() const { return folder_.log.open_part(); }

  TestFolder folder_;
  TestLog made_;
  ManualClock clock_{test_time()};
};

TEST(Origins, OfShardsAreNumbered) {
  EXPECT_EQ(next_origin("op-a", 0), "op-a/2");
  EXPECT_EQ(next_origin("op-a/2", 1), "op-a/3");
  EXPECT_EQ(next_origin("op-a/2", 0), "op-a/2/2");
  EXPECT_EQ(next_origin("renamed", 4), "renamed/6");
}

TEST_F(Life, ClosesALogAndGoesOnInTheNextShard) {
  const auto shards = close_and_go_on(600);
  ASSERT_TRUE(shards) << shards.error().message;
  EXPECT_EQ(shards->closed, 1U);
  EXPECT_EQ(shards->origin, "cordon.example/evidence/op-a/2");
  EXPECT_EQ(origin_of(folder_.log, "first").value(), shards->origin);
  EXPECT_TRUE(writable(folder_.log));
  EXPECT_FALSE(fs::exists(folder_.log.wal()));
  EXPECT_FALSE(fs::exists(folder_.root / "next"));
  write(300);
  EXPECT_EQ(faults(), "");
  EXPECT_EQ(verify().entries, 900U);
  const auto list = list_shards(read_folder(open_part()));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->front().folder, "shards/1");
  EXPECT_TRUE(list->front().closed);
  EXPECT_FALSE(list->back().closed);
}

TEST_F(Life, GoesThroughSeveralShards) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(close_and_go_on(i == 0 ? 600 : 300));
    write(300);
  }
  EXPECT_EQ(origin_of(folder_.log, "").value(), "cordon.example/evidence/op-a/4");
  EXPECT_EQ(faults(), "");
  EXPECT_EQ(faults({}), "");
  EXPECT_EQ(verify().shards.size(), 4U);
  EXPECT_FALSE(verify().shards.back().keys_from_log);  // the statements lead there from the trusted ones
}

TEST_F(Life, KeepsAShardWithoutEntriesInTheList) {
  ASSERT_TRUE(close_and_go_on(600));
  EXPECT_EQ(list_shards(read_folder(open_part()))->size(), 1U);
  EXPECT_EQ(faults(), "");
}

TEST_F(Life, DoesNotCloseWhatIsNotPublished) {
  const auto shards = close_and_go_on(601);
  ASSERT_FALSE(shards);
  EXPECT_NE(shards.error().message.find("601 entries are durable but only 600 published"), std::string::npos);
  EXPECT_TRUE(writable(folder_.log));
}

TEST_F(Life, DoesNotChangeALogThatIsBeingWritten) {
  const auto disk = journal::open_disk(folder_.log.root).value();
  disk->lock().value();
  EXPECT_FALSE(close_and_go_on(600));
  EXPECT_FALSE(rotate_keys(folder_.log, folder_.signer_of(), clock_));
  EXPECT_FALSE(settle(folder_.log, folder_.signer_of(), clock_));
}

TEST_F(Life, CompletesAShardWhateverStepItWasInterruptedAt) {
  ASSERT_TRUE(close_and_go_on(600));
  write(300);
  // The steps of the second exchange, undone one by one.
  const auto closed = folder_.root / "closed_copy", next = folder_.root / "next";
  ASSERT_TRUE(close_and_go_on(300));
  write(10);
  ASSERT_EQ(faults(), "");
  for (int undone = 1; undone <= 4; ++undone) {
    fs::create_directories(next);
    if (undone >= 2) fs::rename(open_part(), next / "public");
    if (undone >= 3) fs::rename(next / "public/shards/2", open_part());
    if (undone >= 4)
      fs::rename(next / "public/shards", open_part() / "shards"), fs::create_directory(next / "public/shards");
    const auto may = writable(folder_.log);
    ASSERT_FALSE(may) << undone;
    EXPECT_NE(may.error().message.find("interrupted"), std::string::npos);
    EXPECT_FALSE(close_and_go_on(10));
    const auto settled = settle(folder_.log, folder_.signer_of(), clock_);
    ASSERT_TRUE(settled) << undone << settled.error().message;
    EXPECT_TRUE(*settled);
    EXPECT_EQ(faults(), "") << undone;
    EXPECT_EQ(verify().entries, 910U) << undone;
  }
  EXPECT_FALSE(settle(folder_.log, folder_.signer_of(), clock_).value());
}

TEST_F(Life, WritesNothingIntoAClosedLog) {
  ASSERT_TRUE(close_and_go_on(600));
  fs::copy(open_part() / "shards/1/closed", open_part() / "closed");
  const auto may = writable(folder_.log);
  ASSERT_FALSE(may);
  EXPECT_NE(may.error().message.find("is closed"), std::string::npos);
}

TEST_F(Life, FindsASeamThatDoesNotHold) {
  ASSERT_TRUE(close_and_go_on(600));
  write(300);
  const auto read_back = [&](const std::string& file) { return read_file(open_part() / file).value(); };
  const auto opened = read_back("opened"), closed = read_back("shards/1/closed");
  for (const auto& file : {std::string("opened"), std::string("shards/1/closed")}) {
    const auto content = read_back(file);
    fs::remove(open_part() / file);
    EXPECT_NE(faults().find(file + ": is missing"), std::string::npos) << faults();
    write_file(open_part() / file, "nonsense\n").value();
    EXPECT_NE(faults().find(file + ": "), std::string::npos) << faults();
    write_file(open_part() / file, content).value();
  }
  write_file(open_part() / "shards/1/closed", opened).value();
  EXPECT_NE(faults().find("shards/1/closed: "), std::string::npos) << faults();
  write_file(open_part() / "shards/1/closed", closed).value();
  // Another history of the first shard, signed with the stolen keys.
  const TestLog forged(600, std::string(kTestOrigin), "forged ");
  forged.save(open_part() / "shards/1");
  EXPECT_NE(faults().find("shards/1/closed: is not about this log's last checkpoint"), std::string::npos) << faults();
}

TEST_F(Life, FindsAShardThatBeginsSomewhereElse) {
  ASSERT_TRUE(close_and_go_on(600));
  write(300);
  auto opened = parse_statement(read_file(open_part() / "opened").value())->statement;
  opened.size = 599;
  const auto signer = test_keys().signer(opened.origin);
  write_file(open_part() / "opened", sign_statement(opened, signer).value().whole()).value();
  EXPECT_NE(faults().find("opened: does not go on where the shard before was closed"), std::string::npos) << faults();
  opened.size = 600;
  const auto forger = other_keys().signer(opened.origin);
  write_file(open_part() / "opened", sign_statement(opened, forger).value().whole()).value();
  EXPECT_NE(faults().find("opened: "), std::string::npos) << faults();
}

TEST_F(Life, FindsFilesThatDoNotBelongIntoAShard) {
  ASSERT_TRUE(close_and_go_on(600));
  write(300);
  write_file(open_part() / "shards/1/tile/0/stranger", "x").value();
  EXPECT_EQ(faults(), "");  // nobody asks for it over HTTP
  const auto report = verify_shards(read_folder(open_part()), {.trust = test_keys().trust()}, open_part());
  ASSERT_TRUE(report);
  ASSERT_EQ(report->fault_count, 1U);
  EXPECT_EQ(report->faults[0].text(), "shards/1/tile/0/stranger: is no tile's name");
}

TEST_F(Life, LocatesFaultsInsideAShard) {
  ASSERT_TRUE(close_and_go_on(600));
  write(300);
  auto bundle = read_file(open_part() / "shards/1/tile/entries/000").value();
  bundle.back() ^= 1;
  write_file(open_part() / "shards/1/tile/entries/000", bundle).value();
  EXPECT_NE(faults().find("shards/1/tile/entries/000: entry 255"), std::string::npos) << faults();
  write_file(open_part() / "shards/1/checkpoint", "nonsense").value();
  EXPECT_FALSE(verify_shards(read_folder(open_part()), {}));
}

TEST_F(Life, ChangesKeysInAWayStrangersCanFollow) {
  const auto changed = rotate_keys(folder_.log, folder_.signer_of(), clock_);
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->number, 1U);
  EXPECT_FALSE(same_keys(changed->keys, test_keys().verifiers()));
  EXPECT_TRUE(writable(folder_.log));
  EXPECT_EQ(faults(), "");  // the auditor knows the old keys only
  const auto signer = folder_.signer_of()(std::string(kTestOrigin)).value();
  EXPECT_TRUE(same_keys(changed->keys, std::vector{signer.classic.verifier(), signer.post_quantum.verifier()}));
  const auto mode = fs::status(folder_.log.keys() / "ed25519.pem").permissions();
  EXPECT_EQ(mode, fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(rotate_keys(folder_.log, folder_.signer_of(), clock_));
  EXPECT_EQ(faults(), "");
  // The old keys sign nothing more: an entry more under them is refused.
  made_.grow(601);
  made_.files.erase(std::string(kKeysFile));
  made_.save(open_part());
  EXPECT_NE(faults().find("checkpoint: "), std::string::npos);
}

TEST_F(Life, DeclaresNothingWithKeysThatWereGivenUp) {
  ASSERT_TRUE(declare_retention(folder_.reader(), test_keys().signer(), {.keep_entries = 1}, clock_));
  const auto old_declaration = read_file(open_part() / kRetentionFile).value();
  ASSERT_TRUE(rotate_keys(folder_.log, folder_.signer_of(), clock_));
  EXPECT_EQ(faults(), "");
  const auto log = folder_.reader();
  const auto chain = key_chain(log.resources(), kTestOrigin, test_keys().trust()).value();
  EXPECT_TRUE(read_retention(log.resources(), kTestOrigin, chain, 601));  // signed again
  write_file(open_part() / kRetentionFile, old_declaration).value();
  EXPECT_FALSE(read_retention(log.resources(), kTestOrigin, chain, 601));
}

TEST_F(Life, KeepsCosignaturesWhenKeysChange) {
  const auto witness = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  const auto signer =
      transparency::NoteSigner::of("witness.example", transparency::SignatureType::ed25519_cosignature, witness)
          .value();
  made_.note.signatures.push_back(signer.sign(made_.note.text, test_time()).value());
  write_file(open_part() / "checkpoint", made_.note.whole()).value();
  ASSERT_TRUE(rotate_keys(folder_.log, folder_.signer_of(), clock_));
  EXPECT_TRUE(transparency::verify_signature(folder_.reader().note(), signer.verifier()));
}

TEST_F(Life, CompletesAChangeOfKeysWhateverStepItWasInterruptedAt) {
  ASSERT_TRUE(rotate_keys(folder_.log, folder_.signer_of(), clock_));
  const auto next = folder_.log.keys() / "next";
  const auto keys = std::vector<std::string>{"ed25519.pem", "mldsa44.pem"};
  for (std::size_t undone = 0; undone <= 2; ++undone) {
    fs::create_directories(next);
    for (std::size_t i = 2 - undone; i < 2; ++i) fs::rename(folder_.log.keys() / keys[i], next / keys[i]);
    EXPECT_FALSE(writable(folder_.log));
    EXPECT_TRUE(settle(folder_.log, folder_.signer_of(), clock_).value()) << undone;
    EXPECT_TRUE(writable(folder_.log));
    EXPECT_EQ(faults(), "") << undone;
  }
}

TEST_F(Life, DropsNewKeysThatWereNeverStated) {
  const auto next = folder_.log.keys() / "next";
  for (int round = 0; round < 2; ++round) {
    fs::create_directories(next);
    write_file(next / "ed25519.pem", other_keys().classic.pem(), 0600).value();  // and then it was interrupted
    EXPECT_TRUE(settle(folder_.log, folder_.signer_of(), clock_).value());
    EXPECT_FALSE(fs::exists(next));
    EXPECT_EQ(faults(), "");
    ASSERT_TRUE(rotate_keys(folder_.log, folder_.signer_of(), clock_));
  }
  fs::create_directories(next);
  write_file(next / "mldsa44.pem", "no key", 0600).value();
  EXPECT_FALSE(settle(folder_.log, folder_.signer_of(), clock_));
}

TEST_F(Life, ChangesKeysAndThenShards) {
  ASSERT_TRUE(rotate_keys(folder_.log, folder_.signer_of(), clock_));
  ASSERT_TRUE(close_and_go_on(600));
  TestLog next(20, "cordon.example/evidence/op-a/2");
  const auto signer = folder_.signer_of()("cordon.example/evidence/op-a/2").value();
  next.files["checkpoint"] = signer.sign(next.reader().checkpoint(), test_time()).value().whole();
  next.files.erase(std::string(kKeysFile));
  next.save(open_part());
  EXPECT_EQ(faults(), "");
}

}  // namespace

}  // namespace cordon::archive
