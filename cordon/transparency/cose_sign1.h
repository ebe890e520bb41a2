// COSE_Sign1 (RFC 9052 4.2) with the headers that statements and receipts have: made, read strictly, and verified.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cordon/transparency/cose_receipt.h"

namespace cordon::transparency {

// The protected header. Labels: alg 1, content type 3, kid 4, CWT claims 15, vds 395.
struct CoseHeader {
  std::int64_t algorithm = 0;
  std::string content_type;
  Bytes key_id;
  Claims claims;
  std::optional<std::int64_t> structure;  // vds
};

// The unprotected header: receipts 394, and proofs 396 of which a receipt has exactly one. Others are skipped.
struct CoseUnprotected {
  std::vector<Bytes> receipts;
  std::optional<Bytes> inclusion;    // -1: the encoded proof
  std::optional<Bytes> consistency;  // -2
};

struct CoseSign1 {
  Bytes protected_header;  // as it is signed
  CoseHeader header;
  CoseUnprotected unprotected;
  std::optional<Bytes> payload;  // nothing: detached
  Bytes signature;

  Bytes encoded() const;
};

Result<CoseHeader> header_for(const crypto::PublicKey& key, Claims claims);
Bytes encoded(const CoseHeader& header);

// At most 256 KiB. invalid_input with the place otherwise; signatures are not looked at.
Result<CoseSign1> parse_sign1(BytesView bytes);

// With the key's algorithm over the protected header and that payload. corrupt: the signature does not hold.
Result<Bytes> sign_sign1(BytesView protected_header, BytesView payload, const crypto::PrivateKey& key);
Result<void> verify_sign1(const CoseSign1& object, BytesView payload, const crypto::PublicKey& key);

}  // namespace cordon::transparency
