#include "cordon/crypto/passphrase.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

constexpr std::uint32_t kMostMemory = 4U << 20;  // KiB
constexpr std::uint32_t kMostPasses = 64;
constexpr std::uint32_t kMostLanes = 16;
constexpr std::size_t kLeastSalt = 8;
constexpr std::size_t kKeySize = 32;

using OwnedKdf = Owned<EVP_KDF, &EVP_KDF_free>;
using OwnedKdfContext = Owned<EVP_KDF_CTX, &EVP_KDF_CTX_free>;

OSSL_PARAM octets(const char* name, BytesView value) {
  // OpenSSL's parameters take no const, but a derivation only reads them.
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()), value.size());
}

Result<void> check(std::string_view passphrase, BytesView salt, const Argon2& parameters) {
  const auto refuse = [](const char* what) { return fail(ErrorKind::invalid_input, what); };
  if (passphrase.empty()) return refuse("the passphrase is empty");
  if (salt.size() < kLeastSalt) return refuse("Argon2id: the salt is shorter than 8 bytes");
  const bool sane = parameters.memory_kib >= 8 * parameters.lanes && parameters.memory_kib <= kMostMemory &&
                    parameters.passes >= 1 && parameters.passes <= kMostPasses && parameters.lanes >= 1 &&
                    parameters.lanes <= kMostLanes;  // RFC 9106 3.1, and our own upper bounds
  if (!sane) return refuse("Argon2id: memory, passes or lanes out of bounds (at most 4 GiB, 64 passes, 16 lanes)");
  return {};
}

}  // namespace

Result<Secret> key_from_passphrase(std::string_view passphrase, BytesView salt, const Argon2& parameters) {
  if (auto good = check(passphrase, salt, parameters); !good) return std::unexpected(good.error());
  auto memory = parameters.memory_kib;
  auto passes = parameters.passes;
  auto lanes = parameters.lanes;
  std::uint32_t threads = 1;  // lanes run one after the other: the result is the same
  const OwnedKdf algorithm(EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr));
  const OwnedKdfContext context(EVP_KDF_CTX_new(algorithm.get()));
  const std::array options = {octets(OSSL_KDF_PARAM_PASSWORD, as_bytes(passphrase)),
                              octets(OSSL_KDF_PARAM_SALT, salt),
                              OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &memory),
                              OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &passes),
                              OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes),
                              OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_THREADS, &threads),
                              OSSL_PARAM_construct_end()};
  Secret key(kKeySize);
  if (!context || EVP_KDF_derive(context.get(), key.bytes().data(), key.size(), options.data()) != 1) {
    return fail_openssl(ErrorKind::internal, "Argon2id");
  }
  return key;
}

}  // namespace cordon::crypto
