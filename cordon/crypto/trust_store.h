// The anchors as OpenSSL wants them, with the limits that hold for chains everywhere in this room.
#pragma once

#include <vector>

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

inline constexpr int kSecurityLevel = 2;  // OpenSSL's level of 112 bits: no SHA-1, no RSA below 2048 bits
inline constexpr int kDeepestChain = 8;

// Only these anchors, never the system's.
Result<OwnedStore> trust_store(const std::vector<Certificate>& anchors);

}  // namespace cordon::crypto
