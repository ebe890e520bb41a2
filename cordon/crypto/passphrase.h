// A key from a passphrase: Argon2id (RFC 9106). Salt and parameters are no secret and stand beside what the key
// protects.
#pragma once

#include <cstdint>
#include <string_view>

#include "cordon/base/result.h"
#include "cordon/crypto/secret.h"

namespace cordon::crypto {

struct Argon2 {
  // RFC 9106 4, second recommended option: 64 MiB, 3 passes, 4 lanes.
  std::uint32_t memory_kib = 64U << 10;
  std::uint32_t passes = 3;
  std::uint32_t lanes = 4;
  bool operator==(const Argon2&) const = default;
};

inline constexpr std::size_t kSaltSize = 16;  // RFC 9106 3.1: 16 bytes is recommended

// 32 bytes. invalid_input: parameters beyond 4 GiB, 64 passes or 16 lanes (a file somebody altered must not stop us),
// or a salt shorter than 8 bytes, or an empty passphrase.
Result<Secret> key_from_passphrase(std::string_view passphrase, BytesView salt, const Argon2& parameters);

}  // namespace cordon::crypto
