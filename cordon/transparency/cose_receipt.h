// Statements and receipts in COSE (RFC 9052), for readers of SCITT (RFC 9943): the same tree and the same hashes as
// in tlog-proofs, in CBOR. A receipt (RFC 9942, vds 1, RFC9162_SHA256) signs a root that is not in it: whoever
// verifies computes the root from the proof, so signature and proof hold together or not at all. Algorithms: EdDSA
// with Ed25519 (-8, RFC 9053) and ML-DSA-44 (-48, RFC 9964); the key's kind decides, never the header.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cordon/crypto/key.h"
#include "cordon/transparency/merkle.h"

namespace cordon::transparency {

// Who says it about what: the CWT claims iss and sub (RFC 9597), which RFC 9943 demands of statements.
struct Claims {
  std::string issuer;
  std::string subject;
  bool operator==(const Claims&) const = default;
};

// === Statements: what an issuer signs, and a transparency service registers

struct Statement {
  Claims claims;
  std::string content_type;  // "application/cbor"; empty: left out
  Bytes payload;
  bool operator==(const Statement&) const = default;
};

Result<Bytes> sign_statement(const Statement& statement, const crypto::PrivateKey& issuer);

struct VerifiedStatement {
  Statement statement;
  std::vector<Bytes> receipts;  // as they hang on it, not verified
};
// corrupt: the signature does not hold; invalid_input: not such a statement.
Result<VerifiedStatement> verify_statement(BytesView statement, const crypto::PublicKey& issuer);

// A transparent statement: the same signed bytes, with receipts in the unprotected header (394). Those that hang on
// it already stay; other unprotected headers, which nobody signed, do not.
Result<Bytes> attach_receipts(BytesView statement, const std::vector<Bytes>& receipts);

// === Receipts: what the log says about its tree

struct InclusionReceipt {
  std::uint64_t size = 0;
  std::uint64_t index = 0;
  std::vector<Hash> path;  // leaf's sibling first
};
struct ConsistencyReceipt {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<Hash> path;
};

// root: of the tree of proof.size (proof.to) leaves, which the receipt is a signature on. The proof itself is not
// checked here.
Result<Bytes> make_receipt(const InclusionReceipt& proof, const Hash& root, const Claims& claims,
                           const crypto::PrivateKey& log);
Result<Bytes> make_receipt(const ConsistencyReceipt& proof, const Hash& root, const Claims& claims,
                           const crypto::PrivateKey& log);

struct VerifiedReceipt {
  Claims claims;
  std::uint64_t from = 0;   // of a consistency receipt
  std::uint64_t index = 0;  // of an inclusion receipt
  // Of the newer tree. RFC 9942 signs the root alone: other sizes that give a path of the same shape are accepted
  // too. Whoever needs the size takes it from a checkpoint with that root.
  std::uint64_t size = 0;
  Hash root{};  // what the log signed
};
// The leaf is in a tree the log signed. leaf: leaf_hash() of the entry.
Result<VerifiedReceipt> verify_inclusion_receipt(BytesView receipt, const Hash& leaf, const crypto::PublicKey& log);
// A tree the log signed continues the one with that root.
Result<VerifiedReceipt> verify_consistency_receipt(BytesView receipt, const Hash& from_root,
                                                   const crypto::PublicKey& log);

// RFC 9679: the SHA-256 thumbprint of the key as a COSE_Key; statements and receipts carry it as kid.
Result<Bytes> cose_key_thumbprint(const crypto::PublicKey& key);

}  // namespace cordon::transparency
