// SHA-2 (FIPS 180-4) and HMAC (RFC 2104).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>

#include "cordon/base/bytes.h"

namespace cordon::crypto {

using Sha256Digest = std::array<std::uint8_t, 32>;
using Sha384Digest = std::array<std::uint8_t, 48>;

Sha256Digest sha256(BytesView data);
// Of the pieces one after the other, without joining or allocating.
Sha256Digest sha256_joined(std::initializer_list<BytesView> pieces);
Sha384Digest sha384(BytesView data);
Sha256Digest hmac_sha256(BytesView key, BytesView data);

// For data that comes in pieces. Copying takes the state along, so a common beginning is hashed once.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256& other);
  Sha256& operator=(const Sha256& other);
  Sha256(Sha256&&) noexcept;  // the source may then only be assigned to or destroyed
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  Sha256& add(BytesView data);
  Sha256Digest finish();  // and starts anew

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Takes as long for equal as for different content of one length; lengths are not secret.
bool constant_time_equal(BytesView one, BytesView other);

}  // namespace cordon::crypto
