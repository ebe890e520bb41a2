#include "cordon/vault/shares.h"

namespace cordon::vault {

namespace {

// Without tables or branches on the operands: both are secret (FIPS 197 4.2.1).
std::uint8_t multiply(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  unsigned shifted = a;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= shifted & (0U - (static_cast<unsigned>(b) >> bit & 1U));
    shifted = (shifted << 1) ^ (0x11bU & (0U - (shifted >> 7 & 1U)));
  }
  return static_cast<std::uint8_t>(product);
}

std::uint8_t inverse(std::uint8_t a) {  // a^254
  std::uint8_t result = 1;
  for (int i = 0; i < 7; ++i) {
    a = multiply(a, a);
    result = multiply(result, a);
  }
  return result;
}

// The Lagrange factor of share i at 0: the product of x_j / (x_j - x_i), where minus is exclusive or.
std::uint8_t factor(std::span<const KeyShare> shares, std::size_t i) {
  std::uint8_t out = 1;
  for (std::size_t j = 0; j < shares.size(); ++j) {
    if (j == i) continue;
    const auto difference = static_cast<std::uint8_t>(shares[j].x ^ shares[i].x);
    out = multiply(out, multiply(shares[j].x, inverse(difference)));
  }
  return out;
}

bool belong_together(std::span<const KeyShare> shares) {
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i].x == 0 || shares[i].y.size() != shares[0].y.size()) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (shares[i].x == shares[j].x) return false;
    }
  }
  return !shares.empty();
}

}  // namespace

std::vector<KeyShare> split_key(BytesView key, std::size_t needed, std::size_t parts) {
  std::vector<crypto::Secret> coefficients;  // of x^1 and up; that of x^0 is the key
  for (std::size_t i = 1; i < needed; ++i) coefficients.push_back(crypto::Secret::random(key.size()));
  std::vector<KeyShare> out;
  for (std::size_t part = 1; part <= parts; ++part) {
    KeyShare share{static_cast<std::uint8_t>(part), crypto::Secret(key.size())};
    for (std::size_t at = 0; at < key.size(); ++at) {
      std::uint8_t value = 0;  // Horner's rule
      for (std::size_t i = coefficients.size(); i-- > 0;) {
        value = multiply(static_cast<std::uint8_t>(value ^ coefficients[i].view()[at]), share.x);
      }
      share.y.bytes()[at] = static_cast<std::uint8_t>(value ^ key[at]);
    }
    out.push_back(std::move(share));
  }
  return out;
}

Result<crypto::Secret> join_key(std::span<const KeyShare> shares) {
  if (!belong_together(shares)) return fail(ErrorKind::corrupt, "these shares do not belong to one key");
  crypto::Secret out(shares[0].y.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const auto weight = factor(shares, i);
    for (std::size_t at = 0; at < out.size(); ++at) {
      out.bytes()[at] = static_cast<std::uint8_t>(out.bytes()[at] ^ multiply(weight, shares[i].y.view()[at]));
    }
  }
  return out;
}

}  // namespace cordon::vault
