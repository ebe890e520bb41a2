#include "cordon/evidence/sealing.h"

#include <gtest/gtest.h>

#include "cordon/evidence/pseudonym.h"
#include "cordon/evidence/test_parts.h"
#include "cordon/evidence/test_vault.h"

namespace cordon::evidence {
namespace {

// A decision as the enforcement point records it: benchmarks/evidence_bench.cpp measures with the same.
Record sample(const vault::Vault& vault) {
  Record record;
  record.time = WallTime(std::chrono::nanoseconds(1'795'229'284'730'123'456));
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
  record.resource = "/nudm-sdm/v2/" +
                    Pseudonyms(vault.pseudonym_key()).pseudonymise("imsi-999700000021309", record.subjects) +
                    "/sm-data?dnn=internet";
  return record;
}

class SealingTest : public testing::Test {
 protected:
  std::string sealed(const Record& record) {
    std::string entry;
    const auto done = sealing.seal(record, entry);
    EXPECT_TRUE(done) << done.error().message;
    return entry;
  }
  Result<Record> opened(const std::string& entry, vault::Groups groups = {}) {
    return unseal(as_bytes(entry), vault, groups);
  }
  TestVault vault;
  VaultSealing sealing{vault};
};

TEST_F(SealingTest, GivesBackTheRecord) {
  auto record = sample(vault);
  record.claims = {"nfType=SMF"};
  EXPECT_EQ(opened(sealed(record)).value(), record);
}

TEST_F(SealingTest, KeepsATypicalDecisionWithin512Bytes) {
  const auto typical = sealed(sample(vault)).size();
  RecordProperty("bytes", static_cast<int>(typical));
  EXPECT_LE(typical, 512U);
  auto full = sample(vault);  // with what TLS brings, and a digest of full length
  full.policy_set = std::string(64, 'a');
  full.certificate = std::string(64, 'b');
  full.tls = "TLSv1.3 X25519MLKEM768";
  RecordProperty("full_bytes", static_cast<int>(sealed(full).size()));
  EXPECT_LE(sealed(full).size(), 512U);
}

TEST_F(SealingTest, AppendsBehindWhatIsThere) {
  std::string entries = "before";
  ASSERT_TRUE(sealing.seal(sample(vault), entries));
  EXPECT_TRUE(entries.starts_with("before"));
  EXPECT_EQ(unseal(as_bytes(entries).subspan(6), vault, {}).value(), sample(vault));
}

TEST_F(SealingTest, PutsTheIdentifierIntoItsGroupOnly) {
  const auto entry = sealed(sample(vault));
  EXPECT_EQ(vault.subjects, (std::set<std::string>{"imsi-999700000021309"}));
  const auto parsed = vault::parse_entry(as_bytes(entry)).value();
  EXPECT_FALSE(as_text(parsed.header).contains("imsi"));
  EXPECT_TRUE(as_text(parsed.personal.at(0).payload).contains("imsi-999700000021309"));
}

TEST_F(SealingTest, NamesWhatItCanBeFoundBy) {
  sealed(sample(vault));
  EXPECT_EQ(vault.last_terms, (std::vector<std::string>{"caller:smf-1", "producer:UDM", "rule:smf-reads-sm-data",
                                                        "action:nudm-sdm:GetSmData"}));
  Record refused;
  refused.decision = "refuse";
  refused.caller = "f990";
  sealed(refused);
  EXPECT_EQ(vault.last_terms, (std::vector<std::string>{"caller:f990", "decision:refuse"}));
  Record gap;
  gap.kind = "spool-gap";
  gap.peer = "127.0.0.1:1";
  sealed(gap);
  EXPECT_EQ(vault.last_terms, (std::vector<std::string>{"caller:127.0.0.1:1", "kind:spool-gap"}));
}

TEST_F(SealingTest, ShowsTheKindInClear) {
  const std::pair<std::string, vault::EntryKind> kinds[] = {{"decision", vault::EntryKind::decision},
                                                            {"repair", vault::EntryKind::repair},
                                                            {"spool-gap", vault::EntryKind::spool},
                                                            {"ai", vault::EntryKind::ai},
                                                            {"trust-raised", vault::EntryKind::trust},
                                                            {"watermark", vault::EntryKind::other},
                                                            {"", vault::EntryKind::other}};
  for (const auto& [kind, shown] : kinds) {
    Record record;
    record.kind = kind;
    const auto entry = sealed(record);
    EXPECT_EQ(vault::parse_entry(as_bytes(entry))->kind, shown) << kind;
    EXPECT_EQ(opened(entry)->kind, kind);
  }
}

TEST_F(SealingTest, LeavesOutTheGroupsThatWereNotAskedFor) {
  auto record = sample(vault);
  record.claims = {"nfType=SMF"};
  const auto entry = sealed(record);
  const auto header = opened(entry, {.header = true, .analyst = false, .personal = false}).value();
  EXPECT_EQ(header.rule, record.rule);
  EXPECT_TRUE(header.claims.empty());
  EXPECT_EQ(header.subjects, (std::vector<Subject>{{record.subjects[0].pseudonym, ""}}));
  const auto none = record_of(as_bytes(entry), {}).value();
  EXPECT_EQ(none.kind, "decision");
  EXPECT_EQ(none.rule, "");
  EXPECT_EQ(none.subjects.size(), 1U);
}

TEST_F(SealingTest, SaysThatASubscriberWasErased) {
  const auto entry = sealed(sample(vault));
  vault.erased.insert(vault.pseudonym("imsi-999700000021309").value());
  const auto record = opened(entry).value();
  EXPECT_TRUE(record.subjects.at(0).erased);
  EXPECT_EQ(record.subjects[0].identifier, "");
  EXPECT_EQ(record.rule, "smf-reads-sm-data");
}

TEST_F(SealingTest, NamesSubscribersAsTheEpochOfTheEntryDoes) {
  const auto before = sample(vault);
  ASSERT_TRUE(vault.rotate());  // between the enforcement point and the writer
  const auto record = opened(sealed(before)).value();
  const auto name = Pseudonyms(vault.pseudonym_key()).of("imsi-999700000021309");
  EXPECT_NE(before.subjects[0].pseudonym, name);
  EXPECT_EQ(record.subjects[0].pseudonym, name);
  EXPECT_EQ(record.resource, "/nudm-sdm/v2/" + name + "/sm-data?dnn=internet");
}

TEST_F(SealingTest, LeavesOutSubscribersThatCannotBeSealed) {
  auto record = sample(vault);
  record.subjects.insert(record.subjects.begin(), Subject{"p:ffffffffffffffffffff", ""});
  record.subjects.push_back({"p:eeeeeeeeeeeeeeeeeeee", std::string(5000, 'x')});
  for (int i = 0; i < 5; ++i) record.subjects.push_back({"p:dddddddddddddddddddd", "imsi-" + std::to_string(i)});
  record.reason = "p:ffffffffffffffffffff asked";
  const auto read = opened(sealed(record)).value();
  ASSERT_EQ(read.subjects.size(), 4U);
  EXPECT_EQ(read.subjects[0].identifier, "imsi-999700000021309");
  EXPECT_EQ(read.resource, record.resource);
  EXPECT_EQ(read.reason, record.reason);
}

TEST_F(SealingTest, LeavesNothingBehindWhenTheVaultRefuses) {
  vault.seal_error = Error{ErrorKind::no_space, "full"};
  std::string entries = "before";
  EXPECT_EQ(sealing.seal(sample(vault), entries).error().kind, ErrorKind::no_space);
  EXPECT_EQ(entries, "before");
}

TEST_F(SealingTest, RefusesAnEntryThatIsNotWhatItSays) {
  Record record;
  record.kind = "gap";
  vault::Opened opened;
  append_header(opened.header, record);
  const auto entry = sealed(sample(vault));
  const auto refused = record_of(as_bytes(entry), opened);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  opened.header = "garbage";
  EXPECT_FALSE(record_of(as_bytes(entry), opened));
  opened.personal = {{{}, "garbage", false}};
  EXPECT_FALSE(record_of(as_bytes(entry), opened));
  EXPECT_FALSE(record_of(as_bytes("garbage"), {}));
  EXPECT_FALSE(unseal(as_bytes("garbage"), vault, {}));
}

TEST_F(SealingTest, TellsTheKeysOfItsEpoch) {
  EXPECT_EQ(sealing.keys().epoch, 1U);
  EXPECT_EQ(sealing.epoch(), 1U);
  EXPECT_EQ(sealing.keys().pseudonym_key, vault.pseudonym_key());
  EXPECT_EQ(as_text(sealing.keys().spool_key), "spools");
  EXPECT_TRUE(sealing.sync());
}

}  // namespace
}  // namespace cordon::evidence
