#include "cordon/audit/access.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/audit/test_evidence.h"
#include "cordon/crypto/key.h"
#include "cordon/transparency/witness_policy.h"
#include "cordon/vault/custodians.h"
#include "cordon/vault/erasure.h"
#include "cordon/vault/release.h"

namespace cordon::audit {

namespace {

const std::string kAlbert = "imsi-999700000000001";
const std::string kBerta = "imsi-999700000000002";

class Accesses : public testing::Test {
 protected:
  Accesses()
      : rules(*read_rules(default_access_policy(), "audit.cedar", default_access_schema(), "audit.cedarschema")),
        key(*crypto::KemPrivateKey::generate()) {
    for (int i = 0; i < 30; ++i) {
      evidence.add(TestEvidence::decision(i % 2 == 0 ? "amf1" : "smf1", i % 5 == 0 ? "own-profile-only" : "allowed",
                                          i % 3 == 0   ? kAlbert
                                          : i % 3 == 1 ? kBerta
                                                       : ""));
    }
    EXPECT_TRUE(evidence.build());
    auditors["alice"] = {"alice", fingerprint(key.public_key()), {"fraud-investigation", "quality"}};
    question = {.auditor = "alice", .purpose = "fraud-investigation", .case_reference = "F-1", .filter = {}};
  }

  Result<Access> asked() {
    const auto log = evidence.log.publish();
    const auto keep = keeping ? keeping : evidence.keep();
    return ask({.sources = {log, evidence.index, *evidence.vault},
                .rules = rules,
                .auditors = auditors,
                .keep = keep,
                .clock = evidence.clock},
               question, key.public_key());
  }
  evidence::Record record(std::uint64_t index) const {
    return evidence::unseal(evidence.log.entry(index), *evidence.vault, {}).value();
  }
  std::vector<std::uint64_t> released(const ReleaseFile& file) const {
    std::vector<std::uint64_t> indices;
    for (const auto& entry : file.entries) indices.push_back(entry.index);
    return indices;
  }

  TestEvidence evidence;
  AccessRules rules;
  crypto::KemPrivateKey key;
  Auditors auditors;
  Question question;
  KeepRecord keeping;
};

TEST_F(Accesses, ReleaseExactlyTheRecordsOfOneSubscriber) {
  question.filter.subject = "IMSI-999700000000001";  // as somebody may write it
  question.groups = {.header = true, .analyst = false, .personal = true};
  const auto access = asked();
  ASSERT_TRUE(access && access->file) << (access ? access->ruling.reason : access.error().message);
  EXPECT_EQ(released(*access->file), (std::vector<std::uint64_t>{0, 3, 6, 9, 12, 15, 18, 21, 24, 27}));
  const auto records = open_release(*access->file, key);
  ASSERT_TRUE(records) << records.error().message;
  for (const auto& each : *records) {
    ASSERT_EQ(each.subjects.size(), 1U);
    EXPECT_EQ(each.subjects[0].identifier, kAlbert);
    EXPECT_TRUE(each.details.empty());  // the analyst's group was not asked for
    EXPECT_FALSE(each.rule.empty());
  }
  EXPECT_EQ(records->at(1).sequence, 3U);
}

TEST_F(Accesses, ProveThatNothingIsMissing) {
  question.filter.caller = "smf1";
  question.filter.decision = "refuse";
  const auto access = asked();
  ASSERT_TRUE(access && access->file);
  EXPECT_EQ(released(*access->file), (std::vector<std::uint64_t>{5, 15, 25}));
  const auto verdict = verify_release(*access->file, std::nullopt);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->completeness, Completeness::proved);
  EXPECT_FALSE(verdict->witnessed);
}

TEST_F(Accesses, SayWhatTheIndexCouldNotNarrow) {
  question.filter.rule = "own-profile-only";
  question.filter.since = record(12).time;
  const auto access = asked();
  ASSERT_TRUE(access && access->file);
  EXPECT_EQ(released(*access->file), (std::vector<std::uint64_t>{15, 20, 25}));
  EXPECT_EQ(access->file->withheld.size(), 3U);
  EXPECT_EQ(verify_release(*access->file, std::nullopt)->completeness, Completeness::proved);
}

TEST_F(Accesses, ByTimeAloneReadEverythingAndProveNothing) {
  question.filter.since = record(10).time;
  question.filter.until = record(12).time;
  const auto access = asked();
  ASSERT_TRUE(access && access->file);
  EXPECT_EQ(released(*access->file), (std::vector<std::uint64_t>{10, 11}));
  EXPECT_EQ(verify_release(*access->file, std::nullopt)->completeness, Completeness::unknown);
}

TEST_F(Accesses, ToOneRecordReleaseThatOne) {
  question.filter.record = 7;
  question.groups = {.header = true, .analyst = true, .personal = true};
  const auto access = asked();
  ASSERT_TRUE(access && access->file) << access->ruling.reason;
  const auto records = open_release(*access->file, key);
  ASSERT_TRUE(records);
  EXPECT_EQ(records->at(0).details, std::vector<std::string>{"a near miss"});
}

TEST_F(Accesses, AboutOneSubscriberGiveAwayNobodyElseInTheSameRecord) {
  auto both = TestEvidence::decision("amf1", "together", kBerta);
  both.subjects.push_back({"", kAlbert, false});
  evidence.add(both);
  question.filter.subject = kAlbert;
  question.filter.rule = "together";
  question.groups = {.header = true, .analyst = false, .personal = true};
  const auto access = asked();
  ASSERT_TRUE(access && access->file);
  const auto records = open_release(*access->file, key);
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(records->at(0).subjects.at(0).identifier, "");
  EXPECT_EQ(records->at(0).subjects.at(1).identifier, kAlbert);
}

TEST_F(Accesses, SayWhoWasErasedAndThatOnlyTheRunningEpochWasLookedInto) {
  const auto keys = vault::KeyFolder::open(evidence.path("vault"), vault::KeyFile{evidence.path("vault-key")});
  ASSERT_TRUE(keys);
  ASSERT_TRUE(vault::forget(**keys, kAlbert, {}));
  question.filter.subject = kAlbert;
  question.groups = {.header = true, .analyst = false, .personal = true};
  const auto access = asked();
  ASSERT_TRUE(access && access->file);
  EXPECT_EQ(access->file->erased.size(), 10U);
  EXPECT_FALSE(access->file->question.contains("epoch"));
  const auto records = open_release(*parse_release_file(as_bytes(encode(*access->file))), key);
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_TRUE(std::ranges::all_of(*records, [](const auto& each) { return each.subjects.at(0).erased; }));

  for (const auto* name : {"bob", "carol"}) {
    ASSERT_TRUE(vault::add_custodian(**keys, name, "a long passphrase", {.memory_kib = 64, .passes = 1, .lanes = 1}));
  }
  ASSERT_TRUE(evidence.vault->rotate());
  const auto later = asked();
  ASSERT_TRUE(later && later->file);
  EXPECT_TRUE(later->file->question.contains("in the running epoch only")) << later->file->question;
}

TEST_F(Accesses, AreRecordedWithWhoWhyAndWhatBeforeAnythingIsReleased) {
  question.filter.subject = kBerta;
  const auto access = asked();
  ASSERT_TRUE(access && access->file);
  const auto kept = record(access->record);
  EXPECT_EQ(kept.kind, "access");
  EXPECT_EQ(kept.decision, "permit");
  EXPECT_EQ(kept.rule, "header-for-a-purpose");
  EXPECT_EQ(kept.caller_name, "alice");
  EXPECT_EQ(kept.certificate, fingerprint(key.public_key()));
  EXPECT_EQ(kept.policy_set, rules.policies.digest());
  EXPECT_NE(kept.reason.find("header of 10 records for fraud-investigation, case F-1"), std::string::npos);
  EXPECT_EQ(kept.details, std::vector<std::string>{"records 1, 4, 7, 10, 13, 16, 19, 22, 25, 28"});
  EXPECT_EQ(kept.links.size(), 10U);
  EXPECT_EQ(kept.subjects.at(0).identifier, kBerta);  // sealed under that subscriber's own key
  EXPECT_NE(kept.resource.find("subject p:"), std::string::npos) << kept.resource;
  EXPECT_EQ(access->file->access_record, access->record);
}

TEST_F(Accesses, LeaveNoSubscriberInClearInWhatIsReleasedOrRecorded) {
  question.filter.subject = kAlbert;
  question.case_reference = "about " + kAlbert;
  const auto access = asked();
  ASSERT_TRUE(access && access->file);
  const auto digits = kAlbert.substr(5);
  const auto kept = record(access->record);
  for (const auto& text : {kept.reason, kept.resource, kept.caller_name, kept.claims.at(1), access->file->question}) {
    EXPECT_EQ(text.find(digits), std::string::npos) << text;
  }
  EXPECT_EQ(as_text(evidence.log.entry(access->record)).find(digits), std::string::npos);
}

// === refusals

struct RefusedCase {
  std::string name;
  std::function<void(Question&)> change;
  std::string why;
};
void PrintTo(const RefusedCase& value, std::ostream* out) { *out << value.name; }

class RefusedAccesses : public Accesses, public testing::WithParamInterface<RefusedCase> {};

TEST_P(RefusedAccesses, ReleaseNothingAndAreRecorded) {
  question.filter.caller = "amf1";
  GetParam().change(question);
  const auto before = evidence.log.size();
  const auto access = asked();
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_FALSE(access->ruling.permit);
  EXPECT_FALSE(access->file);
  EXPECT_NE(access->ruling.reason.find(GetParam().why), std::string::npos) << access->ruling.reason;
  EXPECT_EQ(access->record, before);
  const auto kept = record(access->record);
  EXPECT_EQ(kept.kind, "access");
  EXPECT_EQ(kept.decision, "refuse");
  EXPECT_TRUE(kept.details.empty());
}

const RefusedCase kRefused[] = {
    {"without_a_purpose", [](Question& q) { q.purpose.clear(); }, "no purpose"},
    {"with_an_undeclared_one", [](Question& q) { q.purpose = "curiosity"; }, "no declared purpose"},
    {"with_somebody_elses", [](Question& q) { q.purpose = "lawful-request"; }, "header-for-a-purpose"},
    {"of_personal_data_for_quality",
     [](Question& q) {
       q.purpose = "quality";
       q.filter.subject = kAlbert;
       q.groups.personal = true;
     },
     "personal-for-cause"},
    {"of_everybodys_personal_data", [](Question& q) { q.groups.personal = true; }, "subjectNamed"},
    {"without_a_case", [](Question& q) { q.case_reference.clear(); }, "no-case-no-access"},
    {"by_somebody_unknown", [](Question& q) { q.auditor = "mallory"; }, "not enrolled"},
    {"about_nothing", [](Question& q) { q.filter = {}; }, "say what you ask for"},
    {"with_a_senseless_decision", [](Question& q) { q.filter.decision = "maybe"; }, "--decision"},
    {"about_a_record_that_is_not_there", [](Question& q) { q.filter.record = 1'000'000; }, "1000000"},
};
INSTANTIATE_TEST_SUITE_P(Asked, RefusedAccesses, testing::ValuesIn(kRefused),
                         [](const auto& each) { return each.param.name; });

TEST_F(Accesses, OfMoreThanThePolicyAllowsAreRefusedAfterCounting) {
  const auto strict = read_rules("@id(\"few\") permit (principal, action, resource) when { context.records <= 3 };",
                                 "p.cedar", default_access_schema(), "s.cedarschema");
  rules = *strict;
  question.filter.caller = "amf1";
  const auto access = asked();
  ASSERT_TRUE(access);
  EXPECT_FALSE(access->file);
  EXPECT_NE(access->ruling.reason.find("few does not hold"), std::string::npos) << access->ruling.reason;
}

TEST_F(Accesses, WithAnotherKeyThanEnrolledAreRefused) {
  question.filter.caller = "amf1";
  key = *crypto::KemPrivateKey::generate();
  EXPECT_FALSE(asked()->file);
}

TEST_F(Accesses, ThatCannotBeRecordedReleaseNothing) {
  question.filter.caller = "amf1";
  keeping = [](const evidence::Record&) -> Result<std::uint64_t> { return fail(ErrorKind::no_space, "disk full"); };
  const auto access = asked();
  ASSERT_FALSE(access);
  EXPECT_NE(access.error().message.find("nothing is released"), std::string::npos) << access.error().message;
  EXPECT_EQ(access.error().kind, ErrorKind::no_space);
}

TEST_F(Accesses, ToLongScatteredListsSayHowManyMoreThereAre) {
  for (int i = 0; i < 6000; ++i) evidence.add(TestEvidence::decision("amf2", i % 2 == 0 ? "own-profile-only" : "x"));
  question.filter.rule = "own-profile-only";
  question.filter.caller = "amf2";
  const auto access = asked();
  ASSERT_TRUE(access && access->file) << access->ruling.reason;
  const auto kept = record(access->record);
  EXPECT_NE(kept.details.back().find(" more"), std::string::npos) << kept.details.back();
}

// === what a released file is worth

class ReleasedFiles : public Accesses {
 protected:
  ReleasedFiles() {
    question.filter.subject = kAlbert;
    question.groups = {.header = true, .analyst = false, .personal = true};
    file = *asked()->file;
  }
  std::string fault() const {
    const auto verdict = verify_release(file, std::nullopt);
    return verdict ? std::string(name_of(verdict->completeness)) : verdict.error().message;
  }
  ReleaseFile file;
};

TEST_F(ReleasedFiles, AreReadBackFromTheirBytes) {
  const auto bytes = encode(file);
  const auto read = parse_release_file(as_bytes(bytes));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode(*read), bytes);
  EXPECT_TRUE(open_release(*read, key));
  for (std::size_t size = 0; size < bytes.size(); size += 11) {
    EXPECT_FALSE(parse_release_file(as_bytes(bytes.substr(0, size)))) << size;
  }
}

TEST_F(ReleasedFiles, OpenForNobodyElse) {
  EXPECT_EQ(open_release(file, *crypto::KemPrivateKey::generate()).error().kind, ErrorKind::permission);
}

TEST_F(ReleasedFiles, HoldKeysThatOpenNoOtherRecord) {
  auto released = vault::open_release(file.keys, key);
  ASSERT_TRUE(released);
  for (const auto& each : released->records) {
    for (std::uint64_t i = 0; i < 30; ++i) {
      const auto opened = vault::open_with(evidence.log.entry(i), each.keys);
      EXPECT_EQ(opened.has_value() && !opened->header.empty(), i == each.index) << i << " " << each.index;
    }
  }
}

TEST_F(ReleasedFiles, WithoutARecordTheIndexNamesAreIncomplete) {
  file.entries.erase(file.entries.begin() + 2);
  const auto verdict = verify_release(file, std::nullopt);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->completeness, Completeness::incomplete);
  EXPECT_EQ(verdict->missing, std::vector<std::string>{"record 6 is named by the index but not here"});
}

TEST_F(ReleasedFiles, WithoutABlockAreIncomplete) {
  file.answer->parts.erase(file.answer->parts.begin());
  EXPECT_EQ(fault(), "incomplete");
}

TEST_F(ReleasedFiles, WithAlteredOrMisplacedRecordsAreFound) {
  const auto whole = file;
  file.entries[1].entry[60] ^= 1;
  EXPECT_NE(fault().find("record 3 is not in the log"), std::string::npos) << fault();
  file = whole;
  std::swap(file.entries[0], file.entries[1]);
  EXPECT_NE(fault().find("not in order"), std::string::npos);
  file = whole;
  file.entries[1].index = 4;
  EXPECT_NE(fault().find("record 4 is not in the log"), std::string::npos);
}

TEST_F(ReleasedFiles, WithTheAnswerToAnotherQuestionAreFound) {
  file.clauses[0].any[0] = key_of(vault::Term{7});
  EXPECT_NE(fault().find("not to the question's conditions"), std::string::npos);
}

TEST_F(ReleasedFiles, AlteredAfterwardsDoNotOpen) {
  const auto whole = file;
  file.purpose = "quality";
  EXPECT_FALSE(open_release(file, key));
  file = whole;
  file.withheld.push_back({1, "because"});
  EXPECT_NE(open_release(file, key).error().message.find("altered after"), std::string::npos);
  file = whole;
  file.entries.pop_back();
  EXPECT_FALSE(open_release(file, key));
}

TEST_F(ReleasedFiles, WithABrokenCheckpointAreRefused) {
  for (const auto* text : {"", "no note", "a\nb\nc\n\n\xE2\x80\x94 a AAAAAAAA\n"}) {
    file.checkpoint = text;
    EXPECT_EQ(fault().find("checkpoint"), 0U) << fault();
  }
}

TEST_F(ReleasedFiles, AreHeldToWhomTheAuditorTrusts) {
  const auto log_key = crypto::PrivateKey::generate(crypto::KeyKind::ed25519);
  const auto signer =
      transparency::NoteSigner::of("test.example/evidence", transparency::SignatureType::ed25519, *log_key);
  const auto trust =
      transparency::parse_trust_policy("log " + signer->verifier().text() + "\nquorum none\n", "trust");
  ASSERT_TRUE(trust) << trust.error().message;
  EXPECT_FALSE(verify_release(file, *trust));  // the test log's signature is nobody's
  auto note = *transparency::parse_note(file.checkpoint);
  note.signatures = {*signer->sign(note.text, evidence.clock.now())};
  file.checkpoint = note.whole();
  const auto verdict = verify_release(file, *trust);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_TRUE(verdict->witnessed.has_value());
}

TEST_F(ReleasedFiles, SayWhenARecordIsOfAVersionNobodyHereCanRead) {
  evidence.log.add(to_bytes("from the future"));
  file = *asked()->file;
  const auto verdict = verify_release(file, std::nullopt);
  EXPECT_EQ(verdict->completeness, Completeness::incomplete);
}

}  // namespace

}  // namespace cordon::audit
