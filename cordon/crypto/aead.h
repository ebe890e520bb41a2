// Authenticated encryption: AES-256-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439).
#pragma once

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"

namespace cordon::crypto {

enum class Aead { aes_256_gcm, chacha20_poly1305 };

inline constexpr std::size_t kAeadKeySize = 32;
inline constexpr std::size_t kAeadNonceSize = 12;
inline constexpr std::size_t kAeadTagSize = 16;

// Ciphertext followed by the tag. A nonce used twice with one key gives the key's secrets away: the caller counts, or
// draws at random and changes keys long before 2^32 messages.
Result<Bytes> seal(Aead algorithm, BytesView key, BytesView nonce, BytesView plain, BytesView associated);

// The plain text, or corrupt: never a part of it, and never a hint which byte was wrong.
Result<Bytes> open(Aead algorithm, BytesView key, BytesView nonce, BytesView sealed, BytesView associated);

}  // namespace cordon::crypto
