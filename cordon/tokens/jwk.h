// JSON Web Keys (RFC 7517) of issuers: public signature keys only.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/crypto/jws.h"

namespace cordon::tokens {

inline constexpr std::size_t kMostKeys = 16;

struct VerifyKey {
  std::string id;  // kid; may be empty
  crypto::PublicKey key;
  crypto::JwsAlgorithm algorithm{};  // the one configured algorithm this key is used with
};

// The keys of a set that fit one of the algorithms the issuer may use. Keys of kinds unknown here, for encryption, or
// with another alg are left aside (RFC 7517 5); a set without any good key, with a private or symmetric key, or with
// one kid twice is an error.
Result<std::vector<VerifyKey>> parse_jwks(std::string_view json, std::span<const crypto::JwsAlgorithm> algorithms);

// {"keys": [...]}. Errors for kinds that sign no tokens of ours: RSA.
Result<std::string> to_jwks(std::span<const VerifyKey> keys);

// RFC 7638, for kinds that sign tokens of ours: a name no two keys share.
Result<std::string> key_id_of(const crypto::PublicKey& key);

}  // namespace cordon::tokens
