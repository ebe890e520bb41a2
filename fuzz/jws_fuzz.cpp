// Tokens of strangers: the compact form and the outline of its header.
#include <cstdint>
#include <cstdlib>

#include "cordon/crypto/jose_header.h"
#include "cordon/crypto/jws.h"

namespace {

const cordon::crypto::PublicKey& key() {
  static const auto made = cordon::crypto::PrivateKey::generate(cordon::crypto::KeyKind::ecdsa_p256);
  static const auto open = made.value().public_key();
  return open;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)cordon::crypto::algorithm_in_header(text);
  (void)cordon::crypto::unverified_jws_header(text);
  // The key is new: nothing can have been signed with it.
  if (cordon::crypto::verify_jws(text, key(), cordon::crypto::JwsAlgorithm::es256)) std::abort();
  return 0;
}
