#include "cordon/bundle/trust.h"

#include <gtest/gtest.h>

#include "cordon/bundle/test_bundle.h"

namespace cordon::bundle {
namespace {

using namespace test;

constexpr std::string_view kText = "{}";

std::string outcome(const std::vector<Signature>& signatures, const Trust& by) {
  const auto signers = verified_signers(kText, signatures, by);
  if (!signers) return signers.error().message;
  std::string out;
  for (const auto& name : *signers) out += name + ".";
  return out;
}

Signature of(const SigningPair& pair) { return sign(kText, pair).value(); }

TEST(BundleTrust, OneOfSeveralKeysIsEnoughDuringARotation) {
  EXPECT_EQ(outcome({of(alice())}, trust({alice()})), "alice.");
  EXPECT_EQ(outcome({of(alice())}, trust({alice(), bob()})), "alice.");
  EXPECT_EQ(outcome({of(bob())}, trust({alice(), bob()})), "bob.");
  EXPECT_EQ(outcome({of(alice()), of(bob())}, trust({alice(), bob()})), "alice.bob.");
  EXPECT_EQ(outcome({of(alice()), of(bob())}, trust({bob()})), "bob.");
}

TEST(BundleTrust, AKeyThatWasRemovedCountsNoMore) {
  const auto error = outcome({of(alice())}, trust({bob()}));
  EXPECT_TRUE(error.contains("no trusted key") && error.contains("alice")) << error;
}

// opa#8531: with several keys configured, an unsigned bundle was accepted.
TEST(BundleTrust, NoNumberOfKeysMakesAnUnsignedBundleGood) {
  EXPECT_TRUE(outcome({}, trust({alice()})).contains("not signed"));
  EXPECT_TRUE(outcome({}, trust({alice(), bob()})).contains("not signed"));
  EXPECT_TRUE(outcome({}, trust({alice(), bob()}, 2)).contains("not signed"));
}

TEST(BundleTrust, AThresholdCountsDifferentTrustedSigners) {
  EXPECT_EQ(outcome({of(alice()), of(bob())}, trust({alice(), bob()}, 2)), "alice.bob.");
  EXPECT_TRUE(outcome({of(alice())}, trust({alice(), bob()}, 2)).contains("1 trusted signatures, and 2"));
  const auto stranger = SigningPair::generate("alice").value();  // the name alone is nothing
  EXPECT_TRUE(outcome({of(alice()), of(stranger)}, trust({alice(), bob()}, 2)).contains("1 trusted"));
  EXPECT_TRUE(parse_signatures(to_text({of(alice()), of(alice())})).error().message.contains("signed twice"));
}

TEST(BundleTrust, BothHalvesMustVerify) {
  for (const auto& half : {&PairSignature::ed25519, &PairSignature::ml_dsa_65}) {
    auto signature = of(alice());
    (signature.halves.*half).clear();
    EXPECT_TRUE(outcome({signature}, trust({alice()})).contains("alone")) << outcome({signature}, trust({alice()}));
    signature = of(alice());
    signature.halves.*half = of(bob()).halves.*half;
    EXPECT_TRUE(outcome({signature}, trust({alice()})).contains("signature of 'alice' is wrong"));
    EXPECT_TRUE(outcome({signature, of(bob())}, trust({alice(), bob()})).contains("'alice' is wrong"));
  }
}

TEST(BundleTrust, OfNobodyOrImpossibleIsRefused) {
  EXPECT_TRUE(outcome({of(alice())}, {}).contains("no key is trusted"));
  EXPECT_TRUE(outcome({of(alice())}, trust({alice()}, 0)).contains("threshold 0"));
  EXPECT_TRUE(outcome({of(alice())}, trust({alice()}, 2)).contains("threshold 2"));
  EXPECT_TRUE(outcome({of(alice())}, trust({alice(), alice()}, 2)).contains("name each key once"));
}

TEST(BundleTrust, AKeyCannotCountTwiceThroughOneOfItsHalves) {
  const auto ed25519 = crypto::PrivateKey::generate(crypto::KeyKind::ed25519)->public_key();
  const auto ml_dsa = [] { return crypto::PrivateKey::generate(crypto::KeyKind::ml_dsa_65)->public_key(); };
  const Trust shared{{PublicPair("one", ed25519, ml_dsa()), PublicPair("two", ed25519, ml_dsa())}, 2};
  EXPECT_TRUE(check(shared).error().message.contains("'one' and 'two'"));
}

TEST(BundleSignatures, ComeBackAsTheyWereWritten) {
  const auto read = parse_signatures(to_text({of(alice())}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(outcome(*read, trust({alice()})), "alice.");
}

TEST(BundleSignatures, ThatAreMalformedAreRefused) {
  const auto error = [](std::string_view text) { return parse_signatures(text).error().message; };
  EXPECT_TRUE(error("").starts_with("signatures.json: "));
  EXPECT_TRUE(error("{}").contains("format"));
  EXPECT_TRUE(error(R"({"format":"cordon-bundle-signatures-1"})").contains("no list"));
  std::vector<Signature> many(17);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].key = std::to_string(i);
  EXPECT_TRUE(error(to_text(many)).contains("16 signatures"));
  const auto odd = parse_signatures(R"({"format":"cordon-bundle-signatures-1","signatures":[{"ed25519":"!"},7]})");
  EXPECT_FALSE(odd);  // two without a key
}

}  // namespace
}  // namespace cordon::bundle
