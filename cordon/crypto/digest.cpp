#include "cordon/crypto/digest.h"

#include <openssl/crypto.h>

#include <cstdlib>

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

using OwnedDigest = Owned<EVP_MD, &EVP_MD_free>;

// Fetched once: fetching costs more than hashing a short message. Immutable afterwards.
const EVP_MD* sha256_algorithm() {
  static const OwnedDigest algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return algorithm.get();
}

const EVP_MD* sha384_algorithm() {
  static const OwnedDigest algorithm(EVP_MD_fetch(nullptr, "SHA384", nullptr));
  return algorithm.get();
}

// Hashing fails only when memory is short or OpenSSL is misbuilt. A wrong digest would be believed: stop instead.
void must(int outcome) {
  if (outcome != 1) std::abort();
}

const std::uint8_t* not_null(BytesView bytes) {
  static constexpr std::uint8_t kNothing = 0;
  return bytes.empty() ? &kNothing : bytes.data();  // OpenSSL reads a null key as "keep the last one"
}

}  // namespace

Sha256Digest sha256(BytesView data) { return sha256_joined({data}); }

// One context for each thread: making one costs two allocations, half the price of hashing a tree's node.
Sha256Digest sha256_joined(std::initializer_list<BytesView> pieces) {
  static thread_local const OwnedDigestContext context(EVP_MD_CTX_new());
  must(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr));
  for (const auto& piece : pieces) must(EVP_DigestUpdate(context.get(), piece.data(), piece.size()));
  Sha256Digest digest;
  must(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr));
  return digest;
}

Sha384Digest sha384(BytesView data) {
  Sha384Digest digest;
  must(EVP_Digest(data.data(), data.size(), digest.data(), nullptr, sha384_algorithm(), nullptr));
  return digest;
}

Sha256Digest hmac_sha256(BytesView key, BytesView data) {
  Sha256Digest digest;
  const auto* made = EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, not_null(key), key.size(), not_null(data),
                               data.size(), digest.data(), digest.size(), nullptr);
  must(made != nullptr ? 1 : 0);
  return digest;
}

struct Sha256::State {
  OwnedDigestContext context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  must(EVP_DigestInit_ex2(state_->context.get(), sha256_algorithm(), nullptr));
}

Sha256::Sha256(const Sha256& other) : state_(std::make_unique<State>()) {
  must(EVP_MD_CTX_copy_ex(state_->context.get(), other.state_->context.get()));
}

Sha256& Sha256::operator=(const Sha256& other) {
  if (this != &other) *this = Sha256(other);
  return *this;
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

Sha256& Sha256::add(BytesView data) {
  must(EVP_DigestUpdate(state_->context.get(), data.data(), data.size()));
  return *this;
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  must(EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr));
  must(EVP_DigestInit_ex2(state_->context.get(), sha256_algorithm(), nullptr));
  return digest;
}

bool constant_time_equal(BytesView one, BytesView other) {
  return one.size() == other.size() && CRYPTO_memcmp(not_null(one), not_null(other), one.size()) == 0;
}

}  // namespace cordon::crypto
