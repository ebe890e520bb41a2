// SHA-256 and HMAC-SHA-256 of many messages at once: as many lanes side by side as the processor has (libipsec-mb),
// or one after the other where the library or the processor cannot. The digests are the same.
#pragma once

#include <memory>
#include <span>

#include "cordon/crypto/digest.h"

namespace cordon::crypto {

// One for each thread: it keeps the lanes' state. About 300 KiB.
class Sha256Many {
 public:
  Sha256Many();
  Sha256Many(Sha256Many&&) noexcept;
  Sha256Many& operator=(Sha256Many&&) noexcept;
  ~Sha256Many();

  // digests[i] is of messages[i]; as many of the one as of the other.
  void hash(std::span<const BytesView> messages, std::span<Sha256Digest> digests);
  void hmac(BytesView key, std::span<const BytesView> messages, std::span<Sha256Digest> digests);

  bool side_by_side() const;  // whether this machine has lanes at all

 private:
  struct Lanes;
  std::unique_ptr<Lanes> lanes_;  // null: one after the other
};

}  // namespace cordon::crypto
