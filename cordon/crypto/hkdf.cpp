#include "cordon/crypto/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

using OwnedKdf = Owned<EVP_KDF, &EVP_KDF_free>;
using OwnedKdfContext = Owned<EVP_KDF_CTX, &EVP_KDF_CTX_free>;

std::size_t length_of(HkdfHash hash) { return hash == HkdfHash::sha256 ? 32 : 48; }

OSSL_PARAM octets(const char* name, BytesView value) {
  static constexpr std::uint8_t kNothing = 0;
  const auto* start = value.empty() ? &kNothing : value.data();  // null would mean "not given"
  // OpenSSL's parameters take no const, but a derivation only reads them.
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(start), value.size());
}

OSSL_PARAM text(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);  // only read, as above
}

Result<Bytes> derived(HkdfHash hash, int mode, BytesView key, BytesView salt, BytesView info, std::size_t size) {
  // RFC 5869 2.3: at most 255 blocks.
  if (size == 0 || size > 255 * length_of(hash)) {
    return fail(ErrorKind::invalid_input, "HKDF: ask for 1 to 255 times the length of the hash");
  }
  static const OwnedKdf algorithm(EVP_KDF_fetch(nullptr, "HKDF", nullptr));  // immutable after this line
  const OwnedKdfContext context(EVP_KDF_CTX_new(algorithm.get()));
  const std::array parameters = {text(OSSL_KDF_PARAM_DIGEST, hash == HkdfHash::sha256 ? "SHA256" : "SHA384"),
                                 OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
                                 octets(OSSL_KDF_PARAM_KEY, key),
                                 octets(OSSL_KDF_PARAM_SALT, salt),
                                 octets(OSSL_KDF_PARAM_INFO, info),
                                 OSSL_PARAM_construct_end()};
  Bytes result(size);
  if (EVP_KDF_derive(context.get(), result.data(), result.size(), parameters.data()) != 1) {
    return fail_openssl(ErrorKind::internal, "HKDF");
  }
  return result;
}

}  // namespace

Result<Bytes> hkdf(HkdfHash hash, BytesView secret, BytesView salt, BytesView info, std::size_t size) {
  return derived(hash, EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND, secret, salt, info, size);
}

Result<Bytes> hkdf_extract(HkdfHash hash, BytesView secret, BytesView salt) {
  return derived(hash, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, secret, salt, {}, length_of(hash));
}

Result<Bytes> hkdf_expand(HkdfHash hash, BytesView pseudorandom_key, BytesView info, std::size_t size) {
  if (pseudorandom_key.size() < length_of(hash)) {
    return fail(ErrorKind::invalid_input, "HKDF: the pseudorandom key is shorter than the hash");  // RFC 5869 2.3
  }
  return derived(hash, EVP_KDF_HKDF_MODE_EXPAND_ONLY, pseudorandom_key, {}, info, size);
}

}  // namespace cordon::crypto
