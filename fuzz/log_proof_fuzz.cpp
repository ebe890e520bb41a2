// A proof that is read is written again to the same text; and none leads a made-up entry to a root by chance.
#include <cstdint>
#include <cstdlib>

#include "cordon/transparency/log_proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::transparency;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto proof = parse_log_proof(text);
  if (!proof) return 0;
  if (proof->text() != text) std::abort();
  TrustPolicy nobody;
  nobody.quorum = "none";
  if (verify_log_proof(*proof, {}, nobody)) std::abort();
  if (const auto checkpoint = parse_checkpoint(proof->checkpoint.text)) {
    const auto entry = leaf_hash(cordon::as_bytes("never logged"));
    if (verify_inclusion(entry, proof->index, checkpoint->size, proof->inclusion, checkpoint->root)) std::abort();
    if (proof->index != checkpoint->size && proof->index != 0 &&
        verify_consistency(proof->index, entry, checkpoint->size, checkpoint->root, proof->inclusion)) {
      std::abort();
    }
  }
  return 0;
}
