// X25519MLKEM768: a secret for the owner of a public key, safe as long as one of X25519 (RFC 7748) and ML-KEM-768
// (FIPS 203) is (draft-ietf-tls-ecdhe-mlkem; the same bytes as in TLS: ML-KEM's part first).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"
#include "cordon/crypto/secret.h"

namespace cordon::crypto {

inline constexpr std::size_t kKemPublicSize = 1184 + 32;
inline constexpr std::size_t kKemCiphertextSize = 1088 + 32;

struct Encapsulated {
  Secret shared;  // 64 bytes: goes through HKDF before use
  Bytes ciphertext;
};

class KemPublicKey {
 public:
  KemPublicKey() = default;
  static Result<KemPublicKey> from_bytes(BytesView bytes);
  static Result<KemPublicKey> from_pem(std::string_view pem);  // "-----BEGIN X25519MLKEM768 PUBLIC KEY-----"
  Bytes bytes() const;
  std::string pem() const;
  Result<Encapsulated> encapsulate() const;
  explicit operator bool() const { return key_ != nullptr; }

 private:
  friend class KemPrivateKey;
  std::shared_ptr<void> key_;
};

class KemPrivateKey {
 public:
  KemPrivateKey() = default;
  static Result<KemPrivateKey> generate();
  static Result<KemPrivateKey> from_bytes(BytesView bytes);
  static Result<KemPrivateKey> from_pem(std::string_view pem);  // "-----BEGIN X25519MLKEM768 PRIVATE KEY-----"
  Secret bytes() const;
  std::string pem() const;  // secret: write with mode 0600 only, then wipe
  KemPublicKey public_key() const;
  // A ciphertext made for another key gives another secret, not an error (implicit rejection, FIPS 203 6.3): what is
  // sealed under it then does not open.
  Result<Secret> decapsulate(BytesView ciphertext) const;
  explicit operator bool() const { return key_ != nullptr; }

 private:
  std::shared_ptr<void> key_;
};

}  // namespace cordon::crypto
