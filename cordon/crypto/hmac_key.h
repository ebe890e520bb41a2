// HMAC-SHA-256 (RFC 2104) under one key many times: the key's two blocks are hashed once (RFC 2104 4), after which a
// short message costs two compressions and no allocation.
#pragma once

#include <initializer_list>

#include "cordon/crypto/digest.h"

namespace cordon::crypto {

class HmacKey {
 public:
  HmacKey() = default;  // of no key: assign before use
  explicit HmacKey(BytesView key);
  HmacKey(const HmacKey&) = default;
  HmacKey& operator=(const HmacKey&) = default;
  ~HmacKey();  // wipes

  Sha256Digest of(BytesView message) const { return of({message}); }
  Sha256Digest of(std::initializer_list<BytesView> parts) const;  // of all parts, one after the other

 private:
  using State = std::array<std::uint32_t, 8>;
  State inner_{};
  State outer_{};
};

}  // namespace cordon::crypto
