// Statements and receipts: what is read can be written and read again, and nothing made up verifies.
#include <cstdint>
#include <cstdlib>

#include "cordon/transparency/cose_receipt.h"
#include "cordon/transparency/cose_sign1.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::transparency;
  static const auto key = cordon::crypto::PrivateKey::generate(cordon::crypto::KeyKind::ed25519).value().public_key();
  const cordon::BytesView input(data, size);
  if (verify_inclusion_receipt(input, leaf_hash({}), key) || verify_consistency_receipt(input, leaf_hash({}), key) ||
      verify_statement(input, key)) {
    std::abort();
  }
  const auto object = parse_sign1(input);
  if (!object) return 0;
  const auto again = parse_sign1(object->encoded());
  if (!again || again->encoded() != object->encoded() || again->payload != object->payload ||
      again->protected_header != object->protected_header || again->signature != object->signature) {
    std::abort();
  }
  return 0;
}
