#include "cordon/audit/answer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/audit/test_evidence.h"

namespace cordon::audit {

namespace {

using Postings = std::vector<std::uint64_t>;

// 100 records with blocks, statements behind them, and a tail that has no block.
class Answers : public testing::Test {
 protected:
  Answers() {
    for (std::uint64_t i = 0; i < 100; ++i) {
      evidence.add(TestEvidence::decision(i % 10 == 3 ? "smf1" : "amf1", i % 25 == 0 ? "r" : "allowed"));
    }
    EXPECT_TRUE(evidence.build());
    for (int i = 0; i < 5; ++i) evidence.add(TestEvidence::decision("smf1", "r"));
    log.emplace(evidence.log.publish());
    caller = key_of(evidence.vault->term(1, "caller:smf1"));
    rule = key_of(evidence.vault->term(1, "rule:r"));
    nobody = key_of(evidence.vault->term(1, "caller:upf7"));
    answer = make_answer(*log, evidence.index, {caller, rule, nobody}).value();
  }

  Result<Verdict> verdict() const { return verify_answer(answer, log->checkpoint()); }
  std::string fault() const {
    const auto result = verdict();
    if (result) return result->complete() ? "complete" : "incomplete";
    return result.error().message;
  }
  // The proof of a key in a part.
  BlockProof& proof(std::size_t part, const IndexKey& key) {
    const auto at = std::ranges::find(answer.keys, key) - answer.keys.begin();
    return answer.parts[part].proofs[static_cast<std::size_t>(at)];
  }

  TestEvidence evidence;
  std::optional<archive::LogReader> log;
  IndexKey caller{}, rule{}, nobody{};
  Answer answer;
};

TEST_F(Answers, NameEveryRecordOfBlocksAndTail) {
  const auto result = verdict();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->complete());
  Postings callers, rules{0, 25, 50, 75};
  for (std::uint64_t i = 3; i < 100; i += 10) callers.push_back(i);
  for (std::uint64_t i = 103; i < 108; ++i) callers.push_back(i), rules.push_back(i);
  EXPECT_EQ(result->found.at(caller), callers);
  EXPECT_EQ(result->found.at(rule), rules);
  EXPECT_EQ(result->found.at(nobody), Postings{});
  EXPECT_EQ(answer.parts.size(), 3U);
  EXPECT_EQ(answer.tail, 96U);
}

TEST_F(Answers, AreReadBackFromTheirBytes) {
  const auto bytes = encode(answer);
  EXPECT_EQ(parse_answer(as_bytes(bytes)).value(), answer);
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    EXPECT_FALSE(parse_answer(as_bytes(bytes.substr(0, size)))) << size;
  }
  EXPECT_FALSE(parse_answer(as_bytes(bytes + "x")));
}

TEST_F(Answers, OfAnotherVersionAreRefused) {
  auto bytes = encode(answer);
  bytes[1] = 2;
  EXPECT_NE(parse_answer(as_bytes(bytes)).error().message.find("version"), std::string::npos);
}

TEST_F(Answers, NeedNoStatementWhereTheVerifierMadeTheBlocksAgain) {
  for (auto& part : answer.parts) part.entry.clear();
  const RebuiltRoot rebuilt = [&](Range range) -> std::optional<transparency::Hash> {
    return build_block(*log, range)->statement()->root;
  };
  ASSERT_TRUE(verify_answer(answer, log->checkpoint(), rebuilt));
  EXPECT_EQ(fault().find("answer, entries 0 to 64: the statement is not in the log"), 0U) << fault();
}

TEST_F(Answers, WithoutAnyBlockAreTheEntriesThemselves) {
  TestEvidence fresh;
  for (int i = 0; i < 20; ++i) fresh.add(TestEvidence::decision("amf1", "r"));
  const auto view = fresh.log.publish();
  const auto key = key_of(fresh.vault->term(1, "rule:r"));
  const auto whole = make_answer(view, fresh.index, {key});
  ASSERT_TRUE(whole);
  EXPECT_EQ(verify_answer(*whole, view.checkpoint())->found.at(key).size(), 20U);
}

TEST_F(Answers, OfAnEmptyLogAreEmptyAndComplete) {
  TestEvidence fresh;
  const auto view = fresh.log.publish();
  const auto whole = make_answer(view, fresh.index, {rule});
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_TRUE(verify_answer(*whole, view.checkpoint())->complete());
}

TEST_F(Answers, UseNoBlockWhoseStatementIsNotPublished) {
  auto place = *evidence.index.statement_place({64, 80});
  place.record = 5000;
  ASSERT_TRUE(evidence.index.write({64, 80}, place));
  answer = make_answer(*log, evidence.index, {caller}).value();
  EXPECT_EQ(answer.tail, 64U);
  EXPECT_TRUE(verdict()->complete());
}

TEST_F(Answers, AreNotMadeOfABlockThatIsNotTheOneStated) {
  ASSERT_TRUE(evidence.index.write({0, 64}, *evidence.index.statement_place({64, 80})));
  const auto made = make_answer(*log, evidence.index, {caller});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("cordon log index verify"), std::string::npos);
}

TEST_F(Answers, AreNotMadeForTooManyKeys) {
  std::vector<IndexKey> keys;
  for (std::uint64_t i = 0; i <= kMostKeys; ++i) keys.push_back(key_of(vault::Term{i}));
  EXPECT_FALSE(make_answer(*log, evidence.index, std::move(keys)));
}

// === attacks

TEST_F(Answers, WithholdingAPostingAreFound) {
  auto& leaf = proof(0, caller).leaves.at(0);
  auto entries = *decode_postings({0, 64}, leaf.postings);
  entries.pop_back();
  leaf.postings = encode_postings({0, 64}, entries);
  EXPECT_NE(fault().find("entries 0 to 64: a key is not in the block as stated"), std::string::npos) << fault();
}

// Keys depend on the log's secret, and a proof of absence shows both neighbours: the absent one must not be the
// caller's neighbour, or its proof shows the caller.
TEST_F(Answers, SayingThatAPresentKeyIsAbsentAreFound) {
  const auto shows_caller = [&](const BlockProof& each) {
    return std::ranges::any_of(each.leaves, [&](const auto& leaf) { return leaf.key == caller; });
  };
  for (int i = 0; shows_caller(proof(0, nobody)); ++i) {
    nobody = key_of(evidence.vault->term(1, std::format("caller:upf{}", i)));
    answer = make_answer(*log, evidence.index, {caller, rule, nobody}).value();
  }
  proof(0, caller) = proof(0, nobody);
  EXPECT_NE(fault().find("does not lie between"), std::string::npos) << fault();
}

TEST_F(Answers, LeavingOutABlockAreIncompleteAndSayWhichRange) {
  answer.parts.erase(answer.parts.begin() + 1);
  const auto result = verdict();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->missing, (std::vector<Range>{{64, 80}}));
}

TEST_F(Answers, WithSwappedBlocksAreFound) {
  std::swap(answer.parts[1], answer.parts[2]);
  EXPECT_NE(fault().find("stands twice"), std::string::npos) << fault();
}

TEST_F(Answers, WithABlockTwiceAreFound) {
  answer.parts.insert(answer.parts.begin(), answer.parts.front());
  EXPECT_NE(fault().find("stands twice"), std::string::npos) << fault();
}

TEST_F(Answers, WithTheStatementOfAnotherBlockAreFound) {
  answer.parts[1].statement.range = {64, 96};
  answer.parts.erase(answer.parts.begin() + 2);
  EXPECT_NE(fault().find("not what the answer is made of"), std::string::npos) << fault();
}

TEST_F(Answers, OfABlockOverAlteredEntriesAreFound) {
  BlockBuilder builder(0);
  for (std::uint64_t i = 0; i < 64; ++i) builder.add(i == 3 ? bytes_of({}) : evidence.log.entry(i));
  const auto forged = builder.finish();
  answer.parts[0].statement = *forged.statement();
  for (std::size_t i = 0; i < answer.keys.size(); ++i) answer.parts[0].proofs[i] = *forged.prove(answer.keys[i]);
  EXPECT_NE(fault().find("not what the answer is made of"), std::string::npos) << fault();
  const RebuiltRoot rebuilt = [&](Range range) -> std::optional<transparency::Hash> {
    return build_block(*log, range)->statement()->root;
  };
  const auto result = verify_answer(answer, log->checkpoint(), rebuilt);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("not the one that the log's entries give"), std::string::npos);
}

TEST_F(Answers, WithAnEntryOfTheTailLeftOutOrAlteredAreFound) {
  const auto whole = answer;
  answer.tail_entries.pop_back();
  EXPECT_NE(fault().find("not those under the checkpoint"), std::string::npos) << fault();
  answer = whole;
  answer.tail_entries[2] = bytes_of({});
  EXPECT_NE(fault().find("not those under the checkpoint"), std::string::npos) << fault();
  answer = whole;
  answer.peaks.pop_back();
  EXPECT_NE(fault(), "complete");
}

TEST_F(Answers, WithATailThatBeginsLaterAreIncomplete) {
  answer.tail = 98;
  answer.tail_entries.erase(answer.tail_entries.begin(), answer.tail_entries.begin() + 2);
  transparency::Frontier tree;
  for (std::uint64_t i = 0; i < 98; ++i) tree.add(transparency::leaf_hash(evidence.log.entry(i)));
  answer.peaks = tree.peaks();
  EXPECT_EQ(verdict()->missing, (std::vector<Range>{{96, 98}}));
}

TEST_F(Answers, StatedByARecordThatIsNoStatementAreFound) {
  auto& part = answer.parts[0];
  part.record = 101;
  part.entry = evidence.log.entry(101);
  part.inclusion = log->prove(101)->inclusion;
  EXPECT_NE(fault().find("the statement cannot be read"), std::string::npos) << fault();
  part.header_key = *evidence.header_key()(101);
  EXPECT_NE(fault().find("not what the answer is made of"), std::string::npos) << fault();
  part.record = 104;
  part.entry = evidence.log.entry(104);
  part.inclusion = log->prove(104)->inclusion;
  EXPECT_NE(fault().find("no index statement"), std::string::npos) << fault();
  part.record = 50;
  EXPECT_NE(fault().find("before its entries"), std::string::npos) << fault();
}

TEST_F(Answers, WithKeysOutOfOrderOrWithoutProofsAreFound) {
  const auto whole = answer;
  std::ranges::reverse(answer.keys);
  EXPECT_NE(fault().find("not in order"), std::string::npos) << fault();
  answer = whole;
  answer.parts[0].proofs.pop_back();
  EXPECT_NE(fault().find("a key without a proof"), std::string::npos) << fault();
}

TEST_F(Answers, BeyondTheCheckpointAreFound) {
  answer.parts[2].statement.range = {80, 200};
  EXPECT_NE(fault().find("beyond the checkpoint"), std::string::npos) << fault();
}

TEST_F(Answers, ToADictionaryOfNamesFindNothingWithoutTheIndexKey) {
  // The attacker has every public file and the very words, but another key.
  TestEvidence attacker;
  std::vector<IndexKey> guesses;
  for (const auto* word : {"caller:smf1", "caller:amf1", "rule:r", "rule:allowed", "decision:refuse", "kind:index"}) {
    guesses.push_back(key_of(attacker.vault->term(1, word)));
  }
  guesses.push_back(key_of(*attacker.vault->pseudonym("imsi-999700000000001")));
  const auto result = verify_answer(make_answer(*log, evidence.index, guesses).value(), log->checkpoint());
  ASSERT_TRUE(result);
  for (const auto& [key, found] : result->found) EXPECT_EQ(found, Postings{});
}

}  // namespace

}  // namespace cordon::audit
