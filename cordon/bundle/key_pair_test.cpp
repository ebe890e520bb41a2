#include "cordon/bundle/key_pair.h"

#include <gtest/gtest.h>

#include "cordon/bundle/test_bundle.h"

namespace cordon::bundle {
namespace {

using namespace test;

std::string error_of(std::string_view pem) {
  const auto parsed = PublicPair::parse(pem, "file");
  return parsed ? "accepted" : parsed.error().message;
}

std::string without_first_line(const std::string& text) { return text.substr(text.find('\n') + 1); }

TEST(BundleKeys, ComeBackAsTheyWereWritten) {
  const auto known = alice().public_pair();
  const auto read = PublicPair::parse(known.pem(), "file");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->name(), "alice");
  EXPECT_EQ(read->id(), known.id());
  EXPECT_EQ(known.id().size(), 32U);
  const auto pair = SigningPair::parse(alice().pem(), "file");
  ASSERT_TRUE(pair) << pair.error().message;
  EXPECT_EQ(pair->public_pair().id(), known.id());
  EXPECT_EQ(pair->pem(), alice().pem());
}

TEST(BundleKeys, WithoutANameAreNamedByTheirFile) {
  EXPECT_EQ(PublicPair::parse(without_first_line(alice().public_pair().pem()), "file")->name(), "file");
  EXPECT_FALSE(PublicPair::parse(without_first_line(alice().public_pair().pem()), "My File"));
}

TEST(BundleKeys, AreTwoOfTheRightKindsInOrder) {
  const auto ed25519 = crypto::PrivateKey::generate(crypto::KeyKind::ed25519)->public_key().pem();
  const auto ml_dsa = crypto::PrivateKey::generate(crypto::KeyKind::ml_dsa_65)->public_key().pem();
  const auto p256 = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256)->public_key().pem();
  EXPECT_EQ(error_of(ed25519 + ml_dsa), "accepted");
  EXPECT_EQ(error_of(ed25519 + "\n\n" + ml_dsa + "\n"), "accepted");
  for (const auto& wrong : {ed25519, ml_dsa, ed25519 + ml_dsa + p256, std::string(), "text " + ed25519 + ml_dsa,
                            ed25519 + "text" + ml_dsa, ed25519 + ml_dsa + "text"}) {
    EXPECT_TRUE(error_of(wrong).contains("two PEM blocks")) << error_of(wrong);
  }
  EXPECT_TRUE(error_of(ml_dsa + ed25519).contains("kind ed25519"));
  EXPECT_TRUE(error_of(p256 + ml_dsa).contains("kind ed25519"));
  EXPECT_TRUE(error_of(ed25519 + p256).contains("kind ml-dsa-65"));
  EXPECT_TRUE(error_of(replaced(ed25519, "MC", "!!") + ml_dsa).contains("cannot be read"));
  EXPECT_TRUE(error_of(ed25519 + replaced(ml_dsa, "MI", "!!")).contains("cannot be read"));
  EXPECT_TRUE(error_of(std::string(1 << 17, 'x')).contains("64 KiB"));
}

TEST(BundleKeys, PrivateOnesAreNeverTakenForPublicOnesOrShown) {
  const auto secret = alice().pem();
  const auto error = error_of(secret);
  EXPECT_TRUE(error.contains("private key")) << error;
  EXPECT_FALSE(error.contains(secret.substr(secret.find("MC"), 8)));
  const auto broken = SigningPair::parse(secret.substr(0, secret.size() / 2), "file");
  ASSERT_FALSE(broken);
  EXPECT_FALSE(broken.error().message.contains("MC")) << broken.error().message;
  EXPECT_FALSE(SigningPair::parse(alice().public_pair().pem(), "file"));
  const auto swapped = crypto::PrivateKey::generate(crypto::KeyKind::ml_dsa_65)->pem();
  EXPECT_FALSE(SigningPair::parse(swapped + swapped, "file"));
  EXPECT_FALSE(SigningPair::parse(crypto::PrivateKey::generate(crypto::KeyKind::ed25519)->pem() +
                                      crypto::PrivateKey::generate(crypto::KeyKind::ed25519)->pem(),
                                  "file"));
  EXPECT_FALSE(SigningPair::generate("Not A Name"));
}

TEST(BundleKeys, SignTheManifestInItsContextAndWithBothHalves) {
  const auto signature = alice().sign("text").value();
  const auto known = alice().public_pair();
  EXPECT_TRUE(known.verify("text", signature));
  EXPECT_FALSE(known.verify("texts", signature));
  EXPECT_FALSE(known.verify("text", {signature.ed25519, {}}));
  EXPECT_FALSE(known.verify("text", {{}, signature.ml_dsa_65}));
  const auto other = bob().sign("text").value();
  EXPECT_FALSE(known.verify("text", {signature.ed25519, other.ml_dsa_65}));
  EXPECT_FALSE(known.verify("text", {other.ed25519, signature.ml_dsa_65}));
  // A signature over the bare manifest, as another use of the key might have made, is worth nothing.
  const auto ed25519 = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  const auto ml_dsa = crypto::PrivateKey::generate(crypto::KeyKind::ml_dsa_65).value();
  const PublicPair pair("bare", ed25519.public_key(), ml_dsa.public_key());
  EXPECT_FALSE(pair.verify("text", {ed25519.sign(as_bytes("text")).value(), ml_dsa.sign(as_bytes("text")).value()}));
}

}  // namespace
}  // namespace cordon::bundle
