// Receipts: proofs that stand alone, as tlog-proofs (C2SP) and as COSE receipts (RFC 9942).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cordon/archive/log_reader.h"
#include "cordon/crypto/key.h"
#include "cordon/journal/folder.h"

namespace cordon::archive {

// Signed by the log: its ML-DSA-44 key (-48, RFC 9964). Issuer is the log's origin, subject "ORIGIN/INDEX".
Result<Bytes> cose_receipt(const LogReader& log, std::uint64_t index, const crypto::PrivateKey& key);
Result<crypto::PrivateKey> read_receipt_key(const journal::LogFolder& folder);

struct ReceiptVerdict {
  std::string origin;
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  bool witnessed = false;  // the policy's quorum; COSE receipts carry no cosignatures, so only where none is demanded
};
// Either kind. corrupt: it does not hold.
Result<ReceiptVerdict> check_receipt(std::string_view receipt, BytesView entry,
                                     const transparency::TrustPolicy& trust);

}  // namespace cordon::archive
