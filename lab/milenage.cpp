#include "lab/milenage.h"

#include <algorithm>

namespace cordon::lab {

namespace {

Block operator^(const Block& one, const Block& other) {
  Block out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(one[i] ^ other[i]);
  return out;
}

Block rotated_left(const Block& block, std::size_t bytes) {
  Block out = block;
  std::ranges::rotate(out, out.begin() + static_cast<std::ptrdiff_t>(bytes));
  return out;
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> part(const Block& block, std::size_t from) {
  std::array<std::uint8_t, kSize> out{};
  std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(from), kSize, out.begin());
  return out;
}

}  // namespace

Block Milenage::opc_of(const Block& k, const Block& op) { return Aes128(k).encrypt(op) ^ op; }

// TS 35.206 4.1: OUTi = E_K(rot(E_K(RAND xor OPc) xor OPc, ri) xor ci) xor OPc for i = 2..5.
Block Milenage::out(const Block& rand, std::size_t rotation_bytes, std::uint8_t constant) const {
  Block input = rotated_left(cipher_.encrypt(rand ^ opc_) ^ opc_, rotation_bytes);
  input[15] = static_cast<std::uint8_t>(input[15] ^ constant);
  return cipher_.encrypt(input) ^ opc_;
}

Milenage::Macs Milenage::macs(const Block& rand, const Sqn& sqn, const AuthenticationField& amf) const {
  // TS 35.206 4.1: IN1 is SQN, AMF, SQN, AMF; r1 = 64 bits, c1 = 0.
  Block in{};
  for (const std::size_t half : {0U, 8U}) {
    std::ranges::copy(sqn, in.begin() + static_cast<std::ptrdiff_t>(half));
    std::ranges::copy(amf, in.begin() + static_cast<std::ptrdiff_t>(half + 6));
  }
  const Block out1 = cipher_.encrypt(cipher_.encrypt(rand ^ opc_) ^ rotated_left(in ^ opc_, 8)) ^ opc_;
  return {.network = part<8>(out1, 0), .resync = part<8>(out1, 8)};
}

Milenage::Keys Milenage::keys(const Block& rand) const {
  const Block out2 = out(rand, 0, 1);
  return {.res = part<8>(out2, 8), .ck = out(rand, 4, 2), .ik = out(rand, 8, 4), .ak = part<6>(out2, 0)};
}

AnonymityKey Milenage::resync_ak(const Block& rand) const { return part<6>(out(rand, 12, 8), 0); }

}  // namespace cordon::lab
