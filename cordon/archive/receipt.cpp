#include "cordon/archive/receipt.h"

#include "cordon/base/file.h"
#include "cordon/transparency/cose_receipt.h"

namespace cordon::archive {

namespace {

constexpr std::string_view kProofHeading = "c2sp.org/tlog-proof@";
constexpr std::size_t kMostReceiptBytes = 256U << 10;

Result<ReceiptVerdict> check_proof(std::string_view text, BytesView entry, const transparency::TrustPolicy& trust) {
  const auto proof = transparency::parse_log_proof(text);
  if (!proof) return std::unexpected(proof.error());
  const auto checkpoint = transparency::verify_log_proof(*proof, entry, trust);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  const auto witnessed = transparency::verify_checkpoint(proof->checkpoint, trust);
  return ReceiptVerdict{checkpoint->origin, proof->index, checkpoint->size, witnessed && witnessed->quorum};
}

Result<ReceiptVerdict> check_cose(BytesView receipt, BytesView entry, const transparency::TrustPolicy& trust) {
  const auto leaf = transparency::leaf_hash(entry);
  Result<ReceiptVerdict> last = fail(ErrorKind::corrupt, "receipt: the trust policy names no key of a log");
  for (const auto& key : trust.logs) {
    const auto verified = transparency::verify_inclusion_receipt(receipt, leaf, key.key);
    if (!verified) {
      last = std::unexpected(verified.error());
    } else if (verified->claims.issuer != key.name) {
      last = fail(ErrorKind::corrupt, "receipt: issued in the name of another log: " + verified->claims.issuer);
    } else {
      return ReceiptVerdict{key.name, verified->index, verified->size, trust.quorum == "none"};
    }
  }
  return last;
}

}  // namespace

Result<Bytes> cose_receipt(const LogReader& log, std::uint64_t index, const crypto::PrivateKey& key) {
  auto proven = log.prove(index);
  if (!proven) return std::unexpected(proven.error());
  const auto& checkpoint = log.checkpoint();
  return transparency::make_receipt(
      transparency::InclusionReceipt{checkpoint.size, index, std::move(proven->inclusion)}, checkpoint.root,
      {.issuer = checkpoint.origin, .subject = std::format("{}/{}", checkpoint.origin, index)}, key);
}

Result<crypto::PrivateKey> read_receipt_key(const journal::LogFolder& folder) {
  auto pem = read_file(folder.keys() / "mldsa44.pem");
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::PrivateKey::from_pem(*pem);
  wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  return key;
}

Result<ReceiptVerdict> check_receipt(std::string_view receipt, BytesView entry,
                                     const transparency::TrustPolicy& trust) {
  if (receipt.size() > kMostReceiptBytes) return fail(ErrorKind::invalid_input, "receipt: longer than 256 KiB");
  if (receipt.starts_with(kProofHeading)) return check_proof(receipt, entry, trust);
  return check_cose(as_bytes(receipt), entry, trust);
}

}  // namespace cordon::archive
