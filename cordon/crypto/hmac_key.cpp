// SHA256_CTX can be put aside and taken up again as eight words; EVP's contexts cannot, without allocating.
// Deprecated is not withdrawn: the functions are OpenSSL's one SHA-256 by another door.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "cordon/crypto/hmac_key.h"

#include <openssl/sha.h>

#include <algorithm>

namespace cordon::crypto {

namespace {

constexpr std::size_t kBlock = SHA256_CBLOCK;
using Block = std::array<std::uint8_t, kBlock>;

void take_up(SHA256_CTX& context, const std::array<std::uint32_t, 8>& state) {
  SHA256_Init(&context);
  std::ranges::copy(state, context.h);
  context.Nl = kBlock * 8;  // one block lies behind it
}

std::array<std::uint32_t, 8> after_block(const Block& key, std::uint8_t pad) {
  Block block = key;
  for (auto& byte : block) byte = static_cast<std::uint8_t>(byte ^ pad);
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Transform(&context, block.data());
  std::array<std::uint32_t, 8> state{};
  std::ranges::copy(context.h, state.begin());
  wipe(block);
  return state;
}

}  // namespace

HmacKey::HmacKey(BytesView key) {
  Block block{};
  if (key.size() > kBlock) {
    std::ranges::copy(sha256(key), block.begin());
  } else {
    std::ranges::copy(key, block.begin());
  }
  inner_ = after_block(block, 0x36);
  outer_ = after_block(block, 0x5c);
  wipe(block);
}

HmacKey::~HmacKey() {
  for (auto* state : {&inner_, &outer_}) {
    wipe({reinterpret_cast<std::uint8_t*>(state->data()), sizeof *state});  // bytes may alias any object
  }
}

Sha256Digest HmacKey::of(std::initializer_list<BytesView> parts) const {
  SHA256_CTX context;
  Sha256Digest digest;
  take_up(context, inner_);
  for (const auto& part : parts) SHA256_Update(&context, part.data(), part.size());
  SHA256_Final(digest.data(), &context);
  take_up(context, outer_);
  SHA256_Update(&context, digest.data(), digest.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

}  // namespace cordon::crypto
