#include "cordon/transparency/cose_receipt.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cordon/transparency/cose_sign1.h"
#include "cordon/transparency/test_tree.h"
#include "cordon/wire/cbor.h"

namespace cordon::transparency {
namespace {

using crypto::KeyKind;
using crypto::PrivateKey;

class Cose : public testing::TestWithParam<KeyKind> {
 protected:
  PrivateKey key = PrivateKey::generate(GetParam()).value();
  crypto::PublicKey check = key.public_key();
  Claims claims{"log.example/a", "record 33"};
  NaiveTree tree{70};
  InclusionReceipt inclusion{70, 33, inclusion_proof(tree, 33, 70).value()};
  ConsistencyReceipt consistency{20, 70, consistency_proof(tree, 20, 70).value()};
};
INSTANTIATE_TEST_SUITE_P(Receipt, Cose, testing::Values(KeyKind::ed25519, KeyKind::ml_dsa_44));

TEST_P(Cose, ReceiptProvesInclusion) {
  const auto receipt = make_receipt(inclusion, tree.root(70), claims, key).value();
  const auto verified = verify_inclusion_receipt(receipt, tree.leaves[33], check);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->claims, claims);
  EXPECT_EQ(verified->index, 33U);
  EXPECT_EQ(verified->size, 70U);
  EXPECT_EQ(verified->root, tree.root(70));
}

TEST_P(Cose, ReceiptProvesConsistency) {
  const auto receipt = make_receipt(consistency, tree.root(70), claims, key).value();
  const auto verified = verify_consistency_receipt(receipt, tree.root(20), check);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->from, 20U);
  EXPECT_EQ(verified->size, 70U);
  EXPECT_EQ(verified->root, tree.root(70));
  EXPECT_EQ(verify_consistency_receipt(receipt, tree.root(21), check).error().kind, ErrorKind::corrupt);
}

TEST_P(Cose, ReceiptRefusesAnotherLeafRootAndKey) {
  const auto receipt = make_receipt(inclusion, tree.root(70), claims, key).value();
  EXPECT_EQ(verify_inclusion_receipt(receipt, tree.leaves[34], check).error().kind, ErrorKind::corrupt);
  const auto stranger = PrivateKey::generate(GetParam())->public_key();
  EXPECT_EQ(verify_inclusion_receipt(receipt, tree.leaves[33], stranger).error().kind, ErrorKind::corrupt);
  const auto wrong_root = make_receipt(inclusion, tree.root(69), claims, key).value();
  EXPECT_EQ(verify_inclusion_receipt(wrong_root, tree.leaves[33], check).error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(verify_consistency_receipt(receipt, tree.root(20), check));
  const auto other = make_receipt(consistency, tree.root(70), claims, key).value();
  EXPECT_FALSE(verify_inclusion_receipt(other, tree.leaves[33], check));
}

// Every bit matters, also of the proof, which is not signed: it leads to another root then, or is none.
TEST_P(Cose, ReceiptRefusesEveryFlippedBit) {
  const auto receipt = make_receipt(inclusion, tree.root(70), claims, key).value();
  int accepted = 0;
  const auto step = receipt.size() > 1'000 ? 7UZ : 1UZ;  // ML-DSA's signature is long
  for (std::size_t i = 0; i < receipt.size(); i += step) {
    auto changed = receipt;
    changed[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    const auto verified = verify_inclusion_receipt(changed, tree.leaves[33], check);
    if (!verified) continue;
    EXPECT_NE(verified->size, 70U) << i;  // the one thing a receipt does not bind: see VerifiedReceipt::size
    EXPECT_EQ(verified->root, tree.root(70));
    EXPECT_EQ(verified->index, 33U);
    ++accepted;
  }
  EXPECT_LE(accepted, 1);
  for (std::size_t size = 0; size < receipt.size(); size += 5) {
    ASSERT_FALSE(verify_inclusion_receipt(BytesView(receipt).first(size), tree.leaves[33], check)) << size;
  }
}

TEST_P(Cose, TheKeyDecidesTheAlgorithm) {
  const auto receipt = make_receipt(inclusion, tree.root(70), claims, key).value();
  const auto other = GetParam() == KeyKind::ed25519 ? KeyKind::ml_dsa_44 : KeyKind::ed25519;
  const auto refused = verify_inclusion_receipt(receipt, tree.leaves[33], PrivateKey::generate(other)->public_key());
  EXPECT_TRUE(refused.error().message.contains("the algorithm is")) << refused.error().message;
  const auto object = parse_sign1(receipt).value();
  EXPECT_EQ(object.header.algorithm, GetParam() == KeyKind::ed25519 ? -8 : -48);
  EXPECT_EQ(object.header.structure, 1);
  EXPECT_EQ(object.header.key_id, cose_key_thumbprint(check).value());
  EXPECT_FALSE(object.payload);
}

TEST_P(Cose, StatementCarriesPayloadClaimsAndReceipts) {
  const Statement statement{{"log.example/a", "record 33"}, "application/cbor", to_bytes(test_entry(33))};
  const auto text = sign_statement(statement, key).value();
  EXPECT_EQ(verify_statement(text, check)->statement, statement);
  EXPECT_TRUE(verify_statement(text, check)->receipts.empty());
  const auto receipt = make_receipt(inclusion, tree.root(70), claims, key).value();
  auto transparent = attach_receipts(text, {receipt}).value();
  transparent = attach_receipts(transparent, {make_receipt(consistency, tree.root(70), claims, key).value()}).value();
  const auto verified = verify_statement(transparent, check).value();
  EXPECT_EQ(verified.statement, statement);
  ASSERT_EQ(verified.receipts.size(), 2U);
  EXPECT_EQ(verified.receipts[0], receipt);
  EXPECT_TRUE(verify_inclusion_receipt(verified.receipts[0], leaf_hash(verified.statement.payload), check));
}

TEST_P(Cose, StatementRefusesChangesAndStrangers) {
  const auto text = sign_statement({claims, "", to_bytes("payload")}, key).value();
  EXPECT_EQ(verify_statement(text, check)->statement.content_type, "");
  for (std::size_t i = 0; i < text.size(); i += 3) {
    auto changed = text;
    changed[i] ^= 0x20;
    ASSERT_FALSE(verify_statement(changed, check)) << i;
  }
  EXPECT_EQ(verify_statement(text, PrivateKey::generate(GetParam())->public_key()).error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(sign_statement({{"", "subject"}, "", {}}, key));
  EXPECT_FALSE(sign_statement({{"issuer", ""}, "", {}}, key));
  EXPECT_FALSE(attach_receipts(text, {text}));
  EXPECT_FALSE(attach_receipts(as_bytes("no statement"), {}));
  const auto receipt = make_receipt(inclusion, tree.root(70), claims, key).value();
  EXPECT_FALSE(attach_receipts(text, std::vector(65, receipt)));
  EXPECT_TRUE(verify_statement(receipt, check).error().message.contains("payload is elsewhere"));
}

// The published examples are signed with ES256, which does not exist here: they are read, and refused for that.
TEST(Receipt, ReadsThePublishedExamples) {
  std::ifstream in(CORDON_SOURCE_DIR "/cordon/transparency/vectors/cose_receipts.txt");
  const auto key = PrivateKey::generate(KeyKind::ed25519)->public_key();
  int read = 0;
  for (std::string kind, hex; in >> kind;) {
    if (kind == "#") {
      std::getline(in, hex);
      continue;
    }
    in >> hex;
    const auto object = parse_sign1(from_hex(hex).value());
    ASSERT_TRUE(object) << object.error().message;
    EXPECT_EQ(object->header.algorithm, -7);
    EXPECT_EQ(object->header.structure, 1);
    EXPECT_TRUE(object->header.claims.issuer.starts_with("https://"));
    EXPECT_EQ(object->encoded(), from_hex(hex).value());
    EXPECT_EQ(object->unprotected.inclusion.has_value(), kind == "inclusion");
    EXPECT_EQ(object->unprotected.consistency.has_value(), kind == "consistency");
    ++read;
  }
  EXPECT_EQ(read, 2);
}

// === Objects written by hand

class Handmade : public testing::Test {
 protected:
  // A receipt with that protected header, those proofs ("encoded proof") and payload, its signature genuine.
  Bytes receipt(const std::string& header, const std::string& unprotected, BytesView payload = {}) const {
    std::string out;
    wire::CborWriter writer(out);
    writer.tag(18).array(4).bytes(as_bytes(header));
    out += unprotected;
    payload.empty() ? writer.null() : writer.bytes(payload);
    writer.bytes(sign_sign1(as_bytes(header), leaf, key).value());
    return to_bytes(out);
  }
  static std::string header(std::int64_t structure = 1) {
    std::string out;
    wire::CborWriter(out).map(2).integer(1).integer(-8).integer(395).integer(structure);
    return out;
  }
  static std::string proof(std::uint64_t size, std::uint64_t index, std::size_t hashes, std::size_t octets = 32) {
    std::string out;
    wire::CborWriter writer(out);
    writer.array(3).unsigned_integer(size).unsigned_integer(index).array(hashes);
    for (std::size_t i = 0; i < hashes; ++i) writer.bytes(Bytes(octets));
    return out;
  }
  static std::string proofs(const std::vector<std::string>& all, std::int64_t label = -1) {
    std::string out;
    wire::CborWriter writer(out);
    writer.map(1).integer(396).map(1).integer(label).array(all.size());
    for (const auto& each : all) writer.bytes(as_bytes(each));
    return out;
  }
  std::string refused(const Bytes& receipt) const {
    const auto verified = verify_inclusion_receipt(receipt, leaf, key.public_key());
    return verified ? "" : verified.error().message;
  }

  PrivateKey key = PrivateKey::generate(KeyKind::ed25519).value();
  Hash leaf = leaf_hash(as_bytes("only"));  // the root of a tree of one leaf
  std::string good = proofs({proof(1, 0, 0)});
};

TEST_F(Handmade, ReceiptOfATreeOfOneLeafHolds) {
  EXPECT_EQ(refused(receipt(header(), good)), "");
  EXPECT_EQ(refused(receipt(header(), good, leaf)), "");
  EXPECT_TRUE(refused(receipt(header(), good, Bytes(32))).contains("root in it"));
}

TEST_F(Handmade, ReceiptNeedsAKnownStructureInTheSignedHeader) {
  std::string without;
  wire::CborWriter(without).map(1).integer(1).integer(-8);
  EXPECT_TRUE(refused(receipt(without, good)).contains("RFC9162_SHA256"));
  EXPECT_TRUE(refused(receipt(header(2), good)).contains("RFC9162_SHA256"));
}

TEST_F(Handmade, ReceiptNeedsOneWellFormedProof) {
  EXPECT_TRUE(refused(receipt(header(), proofs({}))).contains("0 proofs"));
  EXPECT_TRUE(refused(receipt(header(), proofs({proof(1, 0, 0), proof(1, 0, 0)}))).contains("2 proofs"));
  EXPECT_TRUE(refused(receipt(header(), proofs({proof(1, 0, 0)}, -2))).contains("no inclusion proof"));
  EXPECT_TRUE(refused(receipt(header(), proofs({proof(1, 0, 0)}, -3))).contains("no inclusion proof"));
  EXPECT_TRUE(refused(receipt(header(), proofs({proof(1, 1, 0)}))).contains("no leaf 1"));
  EXPECT_TRUE(refused(receipt(header(), proofs({proof(2, 0, 1, 31)}))).contains("31 octets"));
  EXPECT_TRUE(refused(receipt(header(), proofs({proof(~0ULL, 0, 64)}))).contains("63 hashes"));
  EXPECT_TRUE(refused(receipt(header(), proofs({proof(1, 0, 0) + "x"}))).contains("after the proof"));
  EXPECT_TRUE(refused(receipt(header(), proofs({"x"}))).contains("[number, number, [hash]]"));
}

TEST_F(Handmade, HeadersThatAreUnknownAreSkippedUnlessCritical) {
  std::string out;
  wire::CborWriter(out)
      .map(5)
      .integer(1)
      .integer(-8)
      .text("mine")
      .array(1)
      .null()
      .integer(395)
      .integer(1)
      .integer(3)
      .integer(60)
      .integer(99)
      .boolean(true);
  EXPECT_EQ(refused(receipt(out, good)), "");
  out.clear();
  wire::CborWriter(out).map(3).integer(1).integer(-8).integer(2).array(1).integer(395).integer(395).integer(1);
  EXPECT_TRUE(refused(receipt(out, good)).contains("critical"));
  out.clear();
  wire::CborWriter(out).map(3).integer(1).integer(-8).integer(395).integer(1).integer(395).integer(1);
  EXPECT_TRUE(refused(receipt(out, good)).contains("395 is there twice"));
  EXPECT_TRUE(refused(receipt(header() + "x", good)).contains("after the protected header"));
  out.clear();
  wire::CborWriter(out).map(2).text("x").null().integer(15).map(2).integer(7).null().integer(1).integer(1);
  EXPECT_TRUE(refused(receipt(out, good)).contains("not a text"));
}

TEST_F(Handmade, OnlyATaggedArrayOfFourIsRead) {
  EXPECT_TRUE(refused({}).contains("tagged"));
  EXPECT_TRUE(refused({0xd1, 0x84}).contains("tagged"));
  EXPECT_TRUE(refused({0xd2, 0x80}).contains("array of four"));
  EXPECT_TRUE(refused(Bytes(300'000)).contains("256 KiB"));
  auto longer = receipt(header(), good);
  longer.push_back(0);
  EXPECT_TRUE(refused(longer).contains("after the object"));
}

TEST_F(Handmade, OtherKeysSignNothing) {
  const auto rsa = PrivateKey::generate(KeyKind::ecdsa_p256).value();
  EXPECT_FALSE(make_receipt(InclusionReceipt{1, 0, {}}, leaf, {}, rsa));
  EXPECT_FALSE(sign_statement({{"a", "b"}, "", {}}, rsa));
  EXPECT_FALSE(cose_key_thumbprint(rsa.public_key()));
  EXPECT_FALSE(cose_key_thumbprint({}));
  EXPECT_FALSE(verify_inclusion_receipt(receipt(header(), good), leaf, rsa.public_key()));
}

TEST_F(Handmade, ConsistencyFromNothingProvesNothing) {
  const auto object = receipt(header(), proofs({proof(0, 1, 0)}, -2));
  EXPECT_FALSE(verify_consistency_receipt(object, empty_root(), key.public_key()));
  const auto backwards = receipt(header(), proofs({proof(2, 1, 0)}, -2));
  EXPECT_FALSE(verify_consistency_receipt(backwards, leaf, key.public_key()));
  const auto same = receipt(header(), proofs({proof(1, 1, 0)}, -2));
  EXPECT_TRUE(verify_consistency_receipt(same, leaf, key.public_key()));
  EXPECT_FALSE(verify_consistency_receipt(receipt(header(), proofs({proof(1, 1, 1)}, -2)), leaf, key.public_key()));
}

}  // namespace
}  // namespace cordon::transparency
