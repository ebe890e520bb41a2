// Signing keys: Ed25519, ECDSA P-256 and P-384 (FIPS 186-5), ML-DSA-44 and -65 (FIPS 204), RSA for peers that still
// have it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"

namespace cordon::crypto {

enum class KeyKind { ed25519, ecdsa_p256, ecdsa_p384, ml_dsa_44, ml_dsa_65, rsa };

std::string_view name_of(KeyKind kind);  // "ed25519", "ecdsa-p256", "ml-dsa-44", ...
Result<KeyKind> key_kind(std::string_view name);

// Cheap to copy: shares one immutable OpenSSL key. Default-constructed: empty, every use is an error.
class PublicKey {
 public:
  PublicKey() = default;
  static Result<PublicKey> from_pem(std::string_view pem);
  static Result<PublicKey> from_der(BytesView spki);
  std::string pem() const;
  Bytes der() const;  // SubjectPublicKeyInfo
  // The bare key of Ed25519 (32 octets, RFC 8032 5.1.2) and ML-DSA-44 (1312, FIPS 204 table 2); other kinds: an
  // error.
  static Result<PublicKey> from_raw(KeyKind kind, BytesView raw);
  Result<Bytes> raw() const;
  Result<KeyKind> kind() const;
  // ECDSA signatures are DER, hashed with SHA-256 (P-256, RSA PKCS#1) or SHA-384 (P-384); Ed25519 and ML-DSA are
  // pure.
  bool verify(BytesView message, BytesView signature) const;
  explicit operator bool() const { return key_ != nullptr; }

 private:
  friend struct KeyAccess;  // the room's own files reach the OpenSSL object through it
  std::shared_ptr<void> key_;
};

class PrivateKey {
 public:
  PrivateKey() = default;
  static Result<PrivateKey> generate(KeyKind kind);          // rsa: 3072 bits
  static Result<PrivateKey> from_pem(std::string_view pem);  // unencrypted PKCS#8
  std::string pem() const;                                   // secret: write with mode 0600 only
  PublicKey public_key() const;
  Result<KeyKind> kind() const;
  Result<Bytes> sign(BytesView message) const;
  explicit operator bool() const { return key_ != nullptr; }

 private:
  friend struct KeyAccess;
  std::shared_ptr<void> key_;
};

// Private keys read from now on live in pages of their own: locked, guarded, left out of core files. Once, before the
// first key. False: the pages could not be locked (RLIMIT_MEMLOCK), so they may be swapped.
bool lock_key_memory();

}  // namespace cordon::crypto
