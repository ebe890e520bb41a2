// AES-128 (FIPS 197), one block forward: all that Milenage needs. Test equipment: not constant-time, never for
// secrets.
#pragma once

#include <array>
#include <cstdint>

namespace cordon::lab {

using Block = std::array<std::uint8_t, 16>;

class Aes128 {
 public:
  explicit Aes128(const Block& key);
  Block encrypt(const Block& plain) const;

 private:
  std::array<Block, 11> round_keys_{};
};

}  // namespace cordon::lab
