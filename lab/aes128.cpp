#include "lab/aes128.h"

#include <bit>

namespace cordon::lab {

namespace {

// FIPS 197 4.2.1: multiplication by x modulo x^8 + x^4 + x^3 + x + 1.
constexpr std::uint8_t doubled(std::uint8_t value) {
  const unsigned reduced = (value & 0x80U) != 0 ? 0x1bU : 0U;
  return static_cast<std::uint8_t>((static_cast<unsigned>(value) << 1U) ^ reduced);
}

// FIPS 197 5.1.1: the inverse in GF(2^8), then the affine map. Walks the powers of the generator 3 and of its
// inverse together, so that at every step q is the inverse of p.
constexpr std::array<std::uint8_t, 256> make_sbox() {
  std::array<std::uint8_t, 256> box{};
  std::uint8_t p = 1;
  std::uint8_t q = 1;
  do {
    p = static_cast<std::uint8_t>(p ^ doubled(p));
    q = static_cast<std::uint8_t>(q ^ (q << 1U));
    q = static_cast<std::uint8_t>(q ^ (q << 2U));
    q = static_cast<std::uint8_t>(q ^ (q << 4U));
    if ((q & 0x80U) != 0) q = static_cast<std::uint8_t>(q ^ 0x09U);
    const int mixed = q ^ std::rotl(q, 1) ^ std::rotl(q, 2) ^ std::rotl(q, 3) ^ std::rotl(q, 4);
    box[p] = static_cast<std::uint8_t>(mixed ^ 0x63);
  } while (p != 1);
  box[0] = 0x63;
  return box;
}

constexpr auto kSbox = make_sbox();

// FIPS 197 5.2.
Block next_round_key(const Block& key, std::uint8_t constant) {
  Block next{};
  for (std::size_t i = 0; i < 4; ++i) next[i] = static_cast<std::uint8_t>(key[i] ^ kSbox[key[12 + (i + 1) % 4]]);
  next[0] = static_cast<std::uint8_t>(next[0] ^ constant);
  for (std::size_t i = 4; i < 16; ++i) next[i] = static_cast<std::uint8_t>(key[i] ^ next[i - 4]);
  return next;
}

// FIPS 197 5.1.1 and 5.1.2 in one pass: row r of the result takes its bytes r columns further on.
Block substitute_and_shift(const Block& state) {
  Block out{};
  for (std::size_t i = 0; i < 16; ++i) out[i] = kSbox[state[(i + 4 * (i % 4)) % 16]];
  return out;
}

// FIPS 197 5.1.3.
Block mix_columns(const Block& state) {
  Block out{};
  for (std::size_t column = 0; column < 16; column += 4) {
    for (std::size_t row = 0; row < 4; ++row) {
      const auto at = [&](std::size_t step) { return state[column + (row + step) % 4]; };
      out[column + row] = static_cast<std::uint8_t>(doubled(at(0)) ^ doubled(at(1)) ^ at(1) ^ at(2) ^ at(3));
    }
  }
  return out;
}

Block add(const Block& one, const Block& other) {
  Block out{};
  for (std::size_t i = 0; i < 16; ++i) out[i] = static_cast<std::uint8_t>(one[i] ^ other[i]);
  return out;
}

}  // namespace

Aes128::Aes128(const Block& key) {
  round_keys_[0] = key;
  std::uint8_t constant = 1;
  for (std::size_t round = 1; round < round_keys_.size(); ++round) {
    round_keys_[round] = next_round_key(round_keys_[round - 1], constant);
    constant = doubled(constant);
  }
}

Block Aes128::encrypt(const Block& plain) const {
  Block state = add(plain, round_keys_[0]);
  for (std::size_t round = 1; round < 10; ++round) {
    state = add(mix_columns(substitute_and_shift(state)), round_keys_[round]);
  }
  return add(substitute_and_shift(state), round_keys_[10]);
}

}  // namespace cordon::lab
