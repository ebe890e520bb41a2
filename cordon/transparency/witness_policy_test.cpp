#include "cordon/transparency/witness_policy.h"

#include <gtest/gtest.h>

#include "cordon/transparency/test_log.h"

namespace cordon::transparency {
namespace {

class Policy : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* name : {"X1", "X2", "X3", "Y1", "Y2", "Y3"}) {
      const bool quantum = name[1] == '1';
      witnesses.push_back(test_signer(std::string("w.example/") + name,
                                      quantum ? SignatureType::ml_dsa_44 : SignatureType::ed25519_cosignature));
      text += std::format("witness {} {} https://{}.example\n", name, witnesses.back().verifier().text(), name);
    }
    text +=
        "group X-witnesses 2 X1 X2 X3\n\tgroup  Y-witnesses any Y1 Y2 Y3 \n\n# both\n"
        "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";
  }

  static std::string log_lines(const LogSigner& log) {
    return std::format("log {}\nlog {} https://log.example\n", log.classic.verifier().text(),
                       log.post_quantum.verifier().text());
  }
  Note cosigned(std::initializer_list<std::size_t> by) const {
    auto note = log.sign({"log.example", 9, leaf_hash({})}, test_time()).value();
    for (const auto index : by) note.signatures.push_back(witnesses[index].sign(note.text, test_time()).value());
    return note;
  }
  TrustPolicy policy() const { return parse_trust_policy(log_lines(log) + text, "trust").value(); }

  LogSigner log = test_log_signer("log.example");
  std::vector<NoteSigner> witnesses;
  std::string text;
};

TEST_F(Policy, ReadsTheSpecificationsExample) {
  const auto read = policy();
  EXPECT_EQ(read.logs.size(), 2U);
  ASSERT_EQ(read.witnesses.size(), 6U);
  EXPECT_EQ(read.witnesses[4].name, "Y2");
  EXPECT_EQ(read.witnesses[4].url, "https://Y2.example");
  ASSERT_EQ(read.groups.size(), 3U);
  EXPECT_EQ(read.groups[0].needed, 2U);
  EXPECT_EQ(read.groups[1].needed, 1U);
  EXPECT_EQ(read.groups[2].needed, 2U);
  EXPECT_EQ(read.quorum, "X-and-Y");
}

TEST_F(Policy, CountsWitnessesByGroups) {
  const auto read = policy();
  const auto met = [&](std::initializer_list<std::size_t> by) {
    return verify_checkpoint(cosigned(by), read)->quorum;
  };
  EXPECT_TRUE(met({0, 1, 3}));
  EXPECT_TRUE(met({1, 2, 5}));
  EXPECT_TRUE(met({0, 1, 2, 3, 4, 5}));
  EXPECT_FALSE(met({}));
  EXPECT_FALSE(met({0, 1}));
  EXPECT_FALSE(met({0, 3, 4, 5}));
  EXPECT_FALSE(met({0, 0, 3}));
  EXPECT_EQ(verify_checkpoint(cosigned({5, 1, 2}), read)->witnesses, (std::vector<std::string>{"X2", "X3", "Y3"}));
}

TEST_F(Policy, DoesNotCountFalseOrUnknownCosignatures) {
  auto note = cosigned({0, 1, 3});
  note.signatures.back().signature.back() ^= 1;
  note.signatures.push_back(
      test_signer("w.example/Y1", SignatureType::ml_dsa_44).sign(note.text, test_time()).value());
  const auto result = verify_checkpoint(note, policy());
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->quorum);
  EXPECT_EQ(result->witnesses, (std::vector<std::string>{"X1", "X2"}));
}

TEST_F(Policy, WantsAllSignaturesOfTheLog) {
  for (const std::size_t which : {0UZ, 1UZ}) {
    auto missing = cosigned({});
    missing.signatures.erase(missing.signatures.begin() + static_cast<std::ptrdiff_t>(which));
    EXPECT_EQ(verify_checkpoint(missing, policy()).error().kind, ErrorKind::corrupt);
    auto wrong = cosigned({});
    wrong.signatures[which].signature.back() ^= 1;
    EXPECT_EQ(verify_checkpoint(wrong, policy()).error().kind, ErrorKind::corrupt);
  }
  const auto stranger =
      parse_trust_policy(log_lines(test_log_signer("other.example")) + "quorum none\n", "t").value();
  EXPECT_EQ(verify_checkpoint(cosigned({}), stranger).error().kind, ErrorKind::permission);
  EXPECT_FALSE(verify_checkpoint(Note{.text = "no checkpoint\n", .signatures = {}}, policy()));
}

TEST_F(Policy, NeedsNoWitnessWhenTheQuorumIsNone) {
  const auto read = parse_trust_policy(log_lines(log) + "quorum none\n", "trust").value();
  EXPECT_TRUE(verify_checkpoint(cosigned({}), read)->quorum);
}

TEST_F(Policy, TakesOneWitnessAsQuorum) {
  const auto single = std::format("{}witness W {}\nquorum W\n", log_lines(log), witnesses[2].verifier().text());
  const auto read = parse_trust_policy(single, "trust").value();
  EXPECT_TRUE(verify_checkpoint(cosigned({2}), read)->quorum);
  EXPECT_FALSE(verify_checkpoint(cosigned({1}), read)->quorum);
}

TEST_F(Policy, RefusesWithTheLine) {
  const auto vkey = witnesses[0].verifier().text();
  const auto other = witnesses[1].verifier().text();
  const auto log_key = log.classic.verifier().text();
  const auto a = std::format("witness A {}\n", vkey);
  const auto two = a + std::format("witness B {}\n", other);
  struct Case {
    std::string text;
    const char* message;
  };
  for (const auto& [wrong, message] :
       std::vector<Case>{{"", "no quorum"},
                         {"# only\n \t\n", "no quorum"},
                         {"quorum none", "line end"},
                         {"quorum none\nquorum none\n", "t:2: a second"},
                         {"quorum\n", "t:1: write: quorum"},
                         {"quorum none none\n", "write: quorum"},
                         {"quorum A\n", "'A' is not defined"},
                         {"what\n", "'what' is not"},
                         {"log\n", "write: log"},
                         {"log x\n", "not a verifier key"},
                         {std::format("log {} u u\n", log_key), "write: log"},
                         {std::format("log {}\nlog {}\n", log_key, log_key), "t:2: this public key"},
                         {std::format("log {}\n", other), "0x04 is a witness's"},
                         {"witness A\n", "write: witness"},
                         {"witness A x\n", "not a verifier key"},
                         {std::format("witness A {} u u\n", vkey), "write: witness"},
                         {std::format("witness A {}\n", log_key), "0x01 is a log's"},
                         {std::format("witness none {}\n", vkey), "'none' cannot"},
                         {a + std::format("witness A {}\n", other), "t:2: 'A' is defined already"},
                         {a + std::format("witness B {}\n", vkey), "t:2: this public key"},
                         {a + "group A any A\n", "'A' is defined already"},
                         {a + "group G any\n", "write: group"},
                         {a + "group G 2 A\n", "a number from 1 to 1"},
                         {a + "group G 0 A\n", "a number from 1 to 1"},
                         {a + "group G 01 A\n", "a number from"},
                         {a + "group G some A\n", "'some' is neither"},
                         {a + "group G any B\n", "'B' is not defined"},
                         {a + "group G any G\n", "'G' is not defined"},
                         {two + "group G any A A\n", "in a group already"},
                         {two + "group G any A\ngroup H all A B\n", "t:4: 'A' is in a group"},
                         {"quorum G\ngroup G any A\n", "t:1:"},
                         {"quorum none\r\n", "control"},
                         {"quorum\x01none\n", "control"}}) {
    const auto read = parse_trust_policy(wrong, "t");
    ASSERT_FALSE(read) << wrong;
    EXPECT_EQ(read.error().kind, ErrorKind::invalid_input);
    EXPECT_TRUE(read.error().message.starts_with("t:")) << read.error().message;
    EXPECT_TRUE(read.error().message.contains(message)) << read.error().message << " for " << wrong;
  }
  EXPECT_FALSE(parse_trust_policy(std::string((1U << 20) + 1, '\n'), "t"));
}

TEST_F(Policy, TakesNamesAsOctets) {
  EXPECT_TRUE(
      parse_trust_policy(std::format("witness \xffK {}\nquorum \xffK\n", witnesses[0].verifier().text()), "t"));
}

}  // namespace
}  // namespace cordon::transparency
