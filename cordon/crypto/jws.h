// JSON Web Signatures in compact form (RFC 7515 7.1). The algorithm is the caller's decision, never the token's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"
#include "cordon/crypto/certificate.h"
#include "cordon/crypto/key.h"

namespace cordon::crypto {

// RFC 7518 3.1, RFC 8037 3.1, and draft-ietf-cose-dilithium for ML-DSA. "none" and MACs do not exist here.
enum class JwsAlgorithm { es256, es384, eddsa, rs256, rs512, ml_dsa_65 };

std::string_view name_of(JwsAlgorithm algorithm);  // "ES256", "ES384", "EdDSA", "RS256", "RS512", "ML-DSA-65"
Result<JwsAlgorithm> jws_algorithm(std::string_view name);
Result<JwsAlgorithm> jws_algorithm_for(const PublicKey& key);  // the one a key of that kind signs with here

// What may stand in the protected header beside alg.
struct JwsHeader {
  std::string type{};                       // typ: "JWT"; empty: left out
  std::string key_id{};                     // kid; empty: left out
  std::vector<Certificate> certificates{};  // x5c, the signer's first; empty: left out
};

struct JwsContent {
  std::string header;  // JSON text, its alg checked; further members are the caller's to parse
  Bytes payload;
};

Result<std::string> sign_jws(BytesView payload, const JwsHeader& header, const PrivateKey& key,
                             JwsAlgorithm algorithm);

// Refuses: any alg but this one, a key of another kind, crit and b64 (no extension is understood here), members that
// are there twice, more than 256 KiB, and whatever RFC 7515 5.2 refuses.
Result<JwsContent> verify_jws(std::string_view jws, const PublicKey& key, JwsAlgorithm algorithm);

// The header before anything is verified: only for finding the key (kid, x5c). Trust nothing in it.
Result<std::string> unverified_jws_header(std::string_view jws);

}  // namespace cordon::crypto
