// Authenticated encryption: AES-256-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439).
#pragma once

#include <memory>

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

// Seals one message after another under one AES-256-GCM key, whose schedule it keeps.
class Sealer {
 public:
  explicit Sealer(BytesView key);
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;
  // sealed has room for the text and its tag.
  Result<void> seal(BytesView nonce, BytesView plain, BytesView associated, std::span<std::uint8_t> sealed);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The plain text, or corrupt: never a part of it, and never a hint which byte was wrong.
Result<Bytes> open(Aead algorithm, BytesView key, BytesView nonce, BytesView sealed, BytesView associated);

}  // namespace cordon::crypto
