#include "cordon/vault/wrap.h"

#include "cordon/crypto/aead.h"
#include "cordon/crypto/hkdf.h"

namespace cordon::vault {

Result<Bytes> wrap(BytesView under, BytesView key, std::string_view purpose) {
  Bytes out(crypto::kAeadNonceSize);
  fill_random(out);
  const auto sealed = crypto::seal(crypto::Aead::aes_256_gcm, under, out, key, as_bytes(purpose));
  if (!sealed) return std::unexpected(sealed.error());
  out.insert(out.end(), sealed->begin(), sealed->end());
  return out;
}

Result<crypto::Secret> unwrap(BytesView under, BytesView wrapped, std::string_view purpose) {
  if (wrapped.size() < crypto::kAeadNonceSize) return fail(ErrorKind::corrupt, "a wrapped key is too short");
  auto key = crypto::open(crypto::Aead::aes_256_gcm, under, wrapped.first(crypto::kAeadNonceSize),
                          wrapped.subspan(crypto::kAeadNonceSize), as_bytes(purpose));
  if (!key) return std::unexpected(within(std::format("key '{}'", purpose), key.error()));
  return crypto::Secret(std::move(*key));
}

Result<crypto::Secret> derive(BytesView from, std::string_view purpose) {
  auto key = crypto::hkdf(crypto::HkdfHash::sha256, from, {}, as_bytes(purpose), 32);
  if (!key) return std::unexpected(key.error());
  return crypto::Secret(std::move(*key));
}

}  // namespace cordon::vault
