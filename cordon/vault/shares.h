// A key in parts, of which any `needed` give it back and fewer say nothing (Shamir, "How to share a secret", 1979),
// byte by byte over GF(256) with AES's polynomial (FIPS 197 4.2).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cordon/crypto/secret.h"

namespace cordon::vault {

struct KeyShare {
  std::uint8_t x = 0;  // never 0: there lies the key
  crypto::Secret y;
};

std::vector<KeyShare> split_key(BytesView key, std::size_t needed, std::size_t parts);  // 1 <= needed <= parts <= 255
// Gives nonsense for too few shares, as it must; corrupt for shares that cannot belong together.
Result<crypto::Secret> join_key(std::span<const KeyShare> shares);

}  // namespace cordon::vault
