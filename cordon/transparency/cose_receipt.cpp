#include "cordon/transparency/cose_receipt.h"

#include <algorithm>

#include "cordon/transparency/cose_sign1.h"
#include "cordon/transparency/lines.h"
#include "cordon/wire/cbor.h"

namespace cordon::transparency {

namespace {

constexpr std::int64_t kRfc9162Sha256 = 1;  // RFC 9942: Verifiable Data Structure Algorithms

std::unexpected<Error> refuse(std::string message) { return fail(ErrorKind::invalid_input, "receipt: " + message); }

// RFC 9942 4.2 and 4.3: two numbers and the path.
struct Proof {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::vector<Hash> path;
};

Bytes encoded(std::uint64_t first, std::uint64_t second, const std::vector<Hash>& path) {
  std::string out;
  wire::CborWriter writer(out);
  writer.array(3).unsigned_integer(first).unsigned_integer(second).array(path.size());
  for (const auto& hash : path) writer.bytes(hash);
  return to_bytes(out);
}

Result<Hash> read_hash(wire::CborReader& reader) {
  const auto bytes = reader.bytes();
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() != sizeof(Hash)) return refuse(std::format("a hash of {} octets in the path", bytes->size()));
  Hash hash;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

Result<Proof> parse_proof(BytesView bytes) {
  wire::CborReader reader(bytes);
  const auto items = reader.array();
  const auto first = reader.unsigned_integer();
  const auto second = reader.unsigned_integer();
  const auto count = reader.array();
  if (!items || *items != 3 || !first || !second || !count)
    return refuse("the proof is not [number, number, [hash]]");
  if (*count > kMostHashes) return refuse("more than 63 hashes");
  Proof proof{*first, *second, {}};
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto hash = read_hash(reader);
    if (!hash) return std::unexpected(hash.error());
    proof.path.push_back(*hash);
  }
  if (!reader.at_end()) return refuse("bytes after the proof");
  return proof;
}

Result<Bytes> made(CoseUnprotected proofs, const Hash& root, const Claims& claims, const crypto::PrivateKey& log) {
  auto header = header_for(log.public_key(), claims);
  if (!header) return std::unexpected(header.error());
  header->structure = kRfc9162Sha256;
  CoseSign1 object{.protected_header = encoded(*header),
                   .header = {},
                   .unprotected = std::move(proofs),
                   .payload = {},
                   .signature = {}};
  auto signature = sign_sign1(object.protected_header, root, log);
  if (!signature) return std::unexpected(signature.error());
  object.signature = std::move(*signature);
  return object.encoded();
}

Result<CoseSign1> parse_receipt(BytesView bytes) {
  auto object = parse_sign1(bytes);
  if (!object) return object;
  // The protected header only: what is not signed cannot say which tree it is.
  if (object->header.structure != kRfc9162Sha256)
    return refuse("the verifiable data structure is not RFC9162_SHA256");
  return object;
}

// RFC 9942 recommends to detach the root; one that is there must be the one the proof leads to.
Result<void> verify_root(const CoseSign1& object, const Hash& root, const crypto::PublicKey& log) {
  if (object.payload && !std::ranges::equal(*object.payload, root)) {
    return fail(ErrorKind::corrupt, "receipt: the proof does not lead to the root in it");
  }
  return verify_sign1(object, root, log);
}

}  // namespace

Result<Bytes> make_receipt(const InclusionReceipt& proof, const Hash& root, const Claims& claims,
                           const crypto::PrivateKey& log) {
  return made({.receipts = {}, .inclusion = encoded(proof.size, proof.index, proof.path), .consistency = {}}, root,
              claims, log);
}

Result<Bytes> make_receipt(const ConsistencyReceipt& proof, const Hash& root, const Claims& claims,
                           const crypto::PrivateKey& log) {
  return made({.receipts = {}, .inclusion = {}, .consistency = encoded(proof.from, proof.to, proof.path)}, root,
              claims, log);
}

Result<VerifiedReceipt> verify_inclusion_receipt(BytesView receipt, const Hash& leaf, const crypto::PublicKey& log) {
  const auto object = parse_receipt(receipt);
  if (!object) return std::unexpected(object.error());
  if (!object->unprotected.inclusion) return refuse("no inclusion proof in it");
  const auto proof = parse_proof(*object->unprotected.inclusion);
  if (!proof) return std::unexpected(proof.error());
  const auto root = root_by_inclusion(leaf, proof->second, proof->first, proof->path);
  if (!root) return std::unexpected(root.error());
  if (auto genuine = verify_root(*object, *root, log); !genuine) return std::unexpected(genuine.error());
  return VerifiedReceipt{
      .claims = object->header.claims, .index = proof->second, .size = proof->first, .root = *root};
}

Result<VerifiedReceipt> verify_consistency_receipt(BytesView receipt, const Hash& from_root,
                                                   const crypto::PublicKey& log) {
  const auto object = parse_receipt(receipt);
  if (!object) return std::unexpected(object.error());
  if (!object->unprotected.consistency) return refuse("no consistency proof in it");
  const auto proof = parse_proof(*object->unprotected.consistency);
  if (!proof) return std::unexpected(proof.error());
  const auto root = root_by_consistency(proof->first, from_root, proof->second, proof->path);
  if (!root) return std::unexpected(root.error());
  if (auto genuine = verify_root(*object, *root, log); !genuine) return std::unexpected(genuine.error());
  return VerifiedReceipt{.claims = object->header.claims, .from = proof->first, .size = proof->second, .root = *root};
}

// === Statements

Result<Bytes> sign_statement(const Statement& statement, const crypto::PrivateKey& issuer) {
  // RFC 9943: both claims are demanded.
  if (statement.claims.issuer.empty() || statement.claims.subject.empty()) {
    return fail(ErrorKind::invalid_input, "statement: issuer and subject must be named");
  }
  auto header = header_for(issuer.public_key(), statement.claims);
  if (!header) return std::unexpected(header.error());
  header->content_type = statement.content_type;
  CoseSign1 object{.protected_header = encoded(*header),
                   .header = {},
                   .unprotected = {},
                   .payload = statement.payload,
                   .signature = {}};
  auto signature = sign_sign1(object.protected_header, statement.payload, issuer);
  if (!signature) return std::unexpected(signature.error());
  object.signature = std::move(*signature);
  return object.encoded();
}

Result<VerifiedStatement> verify_statement(BytesView statement, const crypto::PublicKey& issuer) {
  auto object = parse_sign1(statement);
  if (!object) return std::unexpected(object.error());
  auto& header = object->header;
  if (!object->payload) return fail(ErrorKind::invalid_input, "statement: its payload is elsewhere");
  if (header.claims.issuer.empty() || header.claims.subject.empty()) {
    return fail(ErrorKind::invalid_input, "statement: it names no issuer or no subject");
  }
  if (auto genuine = verify_sign1(*object, *object->payload, issuer); !genuine)
    return std::unexpected(genuine.error());
  return VerifiedStatement{{std::move(header.claims), std::move(header.content_type), std::move(*object->payload)},
                           std::move(object->unprotected.receipts)};
}

Result<Bytes> attach_receipts(BytesView statement, const std::vector<Bytes>& receipts) {
  auto object = parse_sign1(statement);
  if (!object) return std::unexpected(object.error());
  for (const auto& receipt : receipts) {
    if (auto parsed = parse_receipt(receipt); !parsed) return std::unexpected(parsed.error());
    object->unprotected.receipts.push_back(receipt);
  }
  auto whole = object->encoded();
  if (auto readable = parse_sign1(whole); !readable) return std::unexpected(readable.error());  // the limits hold
  return whole;
}

}  // namespace cordon::transparency
