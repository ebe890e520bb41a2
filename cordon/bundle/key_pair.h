// Who signs bundles: pairs of an Ed25519 and an ML-DSA-65 key (FIPS 204), so that a signature holds while either of
// the two algorithms does.
#pragma once

#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"
#include "cordon/crypto/key.h"

namespace cordon::bundle {

// A signature's two halves, over the same bytes; only both together count.
struct PairSignature {
  Bytes ed25519;
  Bytes ml_dsa_65;
};

class PublicPair {
 public:
  // Two PEM blocks 'PUBLIC KEY', Ed25519 first; a line "cordon bundle public key: NAME" before them names the pair,
  // and without it the fallback does.
  static Result<PublicPair> parse(std::string_view pem, std::string_view fallback_name);
  PublicPair(std::string name, crypto::PublicKey ed25519, crypto::PublicKey ml_dsa_65);

  const std::string& name() const { return name_; }
  std::string id() const;  // of both keys together: the first 16 bytes of their SHA-256, hexadecimal
  std::string pem() const;
  bool verify(std::string_view manifest, const PairSignature& signature) const;
  bool shares_a_key_with(const PublicPair& other) const;

 private:
  std::string name_;
  crypto::PublicKey ed25519_;
  crypto::PublicKey ml_dsa_65_;
};

class SigningPair {
 public:
  static Result<SigningPair> generate(std::string name);  // the name as check_bundle_name wants it
  static Result<SigningPair> parse(std::string_view pem, std::string_view fallback_name);

  std::string pem() const;  // secret: write with mode 0600 only
  PublicPair public_pair() const;
  Result<PairSignature> sign(std::string_view manifest) const;

 private:
  SigningPair(std::string name, crypto::PrivateKey ed25519, crypto::PrivateKey ml_dsa_65);
  std::string name_;
  crypto::PrivateKey ed25519_;
  crypto::PrivateKey ml_dsa_65_;
};

}  // namespace cordon::bundle
