// Claims, key sets and token requests of strangers: read strictly, or refused; what is read can be written and read
// again.
#include <cstdint>
#include <cstdlib>

#include "cordon/tokens/claims.h"
#include "cordon/tokens/jwk.h"
#include "cordon/tokens/token_request.h"
#include "cordon/tokens/verifier.h"

namespace {

using namespace cordon;

constexpr crypto::JwsAlgorithm kAll[] = {crypto::JwsAlgorithm::es256, crypto::JwsAlgorithm::es384,
                                         crypto::JwsAlgorithm::eddsa, crypto::JwsAlgorithm::rs256,
                                         crypto::JwsAlgorithm::ml_dsa_65};

tokens::Verifier& verifier() {
  static const auto key = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256).value();
  static tokens::Verifier made({{"nrf", {{"", key.public_key(), crypto::JwsAlgorithm::es256}}}}, {});
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto claims = tokens::parse_claims(text)) {
    const auto again = tokens::parse_claims(tokens::to_json(*claims));
    if (!again || *again != *claims) std::abort();
  }
  (void)tokens::parse_jwks(text, kAll);
  (void)tokens::parse_token_request(text);
  // The key is new: nothing can have been signed with it.
  if (verifier().token(text, WallTime{})) std::abort();
  // The text as the claims of a token that names our issuer.
  const auto token = to_base64url(as_bytes(R"({"alg":"ES256"})")) + "." + to_base64url(as_bytes(text)) + ".AAAA";
  if (verifier().token(token, WallTime{})) std::abort();
  return 0;
}
