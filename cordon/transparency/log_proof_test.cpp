#include "cordon/transparency/log_proof.h"

#include <gtest/gtest.h>

#include "cordon/transparency/test_log.h"
#include "cordon/transparency/test_tree.h"

namespace cordon::transparency {
namespace {

class Proof : public testing::Test {
 protected:
  Proof() {
    policy.logs = {log.classic.verifier(), log.post_quantum.verifier()};
    policy.witnesses = {{"W", witness.verifier(), ""}};
    policy.quorum = "W";
    proof.index = 33;
    proof.inclusion = inclusion_proof(tree, 33, 70).value();
    proof.checkpoint = log.sign({"log.example", 70, tree.root(70)}, test_time()).value();
    proof.checkpoint.signatures.push_back(witness.sign(proof.checkpoint.text, test_time()).value());
  }
  Result<Checkpoint> verify(const LogProof& given) const {
    return verify_log_proof(given, as_bytes(test_entry(33)), policy);
  }

  LogSigner log = test_log_signer("log.example");
  NoteSigner witness = test_signer("w.example", SignatureType::ed25519_cosignature);
  NaiveTree tree{70};
  TrustPolicy policy;
  LogProof proof;
};

TEST_F(Proof, VerifiesAsItWasWritten) {
  const auto read = parse_log_proof(proof.text());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->text(), proof.text());
  EXPECT_FALSE(read->extra);
  EXPECT_EQ(verify(*read).value(), (Checkpoint{"log.example", 70, tree.root(70)}));
}

TEST_F(Proof, CarriesExtraData) {
  proof.extra = to_bytes("age-v1.2.1-darwin-arm64.tar.gz");
  EXPECT_EQ(parse_log_proof(proof.text())->extra, proof.extra);
  proof.extra = Bytes();
  EXPECT_EQ(parse_log_proof(proof.text())->extra, Bytes());
}

TEST_F(Proof, HasTheSpecifiedLines) {
  EXPECT_TRUE(proof.text().starts_with("c2sp.org/tlog-proof@v1\nindex 33\n"));
  EXPECT_TRUE(proof.text().contains("\n\nlog.example\n70\n"));
  proof.extra = Bytes{1};
  EXPECT_TRUE(proof.text().starts_with("c2sp.org/tlog-proof@v1\nextra AQ==\nindex 33\n"));
}

TEST_F(Proof, RefusesEveryForgery) {
  EXPECT_FALSE(verify_log_proof(proof, as_bytes("another entry"), policy));
  auto moved = proof;
  moved.index = 34;
  EXPECT_EQ(verify(moved).error().kind, ErrorKind::corrupt);
  auto shorter = proof;
  shorter.inclusion.pop_back();
  EXPECT_FALSE(verify(shorter));
  auto changed = proof;
  changed.inclusion[0][0] ^= 1;
  EXPECT_FALSE(verify(changed));
  auto other_root = proof;
  other_root.checkpoint.text = Checkpoint{"log.example", 70, tree.root(69)}.text();
  EXPECT_EQ(verify(other_root).error().kind, ErrorKind::corrupt);
  auto unwitnessed = proof;
  unwitnessed.checkpoint.signatures.pop_back();
  EXPECT_EQ(verify(unwitnessed).error().kind, ErrorKind::permission);
  EXPECT_TRUE(verify(unwitnessed).error().message.contains("quorum 'W'"));
}

TEST_F(Proof, RefusesOtherTexts) {
  const auto text = proof.text();
  const auto replaced = [&](std::string_view what, std::string_view with) {
    auto copy = text;
    return copy.replace(copy.find(what), what.size(), with);
  };
  for (const auto& wrong :
       {std::string(), std::string("c2sp.org/tlog-proof@v1\n"), replaced("@v1", "@v2"),
        replaced("index 33", "index 033"), replaced("index 33", "index"), replaced("index 33\n", ""),
        replaced("index 33", "extra !\nindex 33"), replaced("index 33", "extra AA==\nextra AA==\nindex 33"),
        replaced("\n\nlog", "\nlog"), replaced("index 33", "index 33 "), text.substr(0, text.size() - 1), text + "x",
        std::string(300'000, 'a'), replaced("index 33\n", "index 33\n" + std::string("AA==\n"))}) {
    EXPECT_FALSE(parse_log_proof(wrong)) << wrong.substr(0, 100);
  }
  auto long_proof = proof;
  long_proof.inclusion.assign(63, Hash{});
  EXPECT_TRUE(parse_log_proof(long_proof.text()));
  long_proof.inclusion.assign(64, Hash{});
  EXPECT_TRUE(parse_log_proof(long_proof.text()).error().message.contains("more than 63"));
}

}  // namespace
}  // namespace cordon::transparency
