#include "cordon/crypto/kem.h"

#include <openssl/err.h>

#include "cordon/base/text.h"
#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

constexpr const char* kName = "X25519MLKEM768";
constexpr std::size_t kSharedSize = 64;
constexpr std::size_t kLineWidth = 64;  // RFC 7468 2
constexpr std::size_t kLongestPem = 16U << 10;

std::shared_ptr<void> shared(OwnedKey key) {
  return {key.release(), [](void* raw) { EVP_PKEY_free(static_cast<EVP_PKEY*>(raw)); }};
}

EVP_PKEY* raw(const std::shared_ptr<void>& key) { return static_cast<EVP_PKEY*>(key.get()); }

std::unexpected<Error> empty_key() { return fail(ErrorKind::invalid_input, "the KEM key is empty"); }

// OpenSSL has no PEM for this kind of key (no object identifier is assigned): the textual encoding of RFC 7468 around
// the bytes themselves.
std::string to_pem(std::string_view label, BytesView bytes) {
  auto base64 = to_base64(bytes);
  std::string out = std::format("-----BEGIN {} {}-----\n", kName, label);
  for (std::size_t i = 0; i < base64.size(); i += kLineWidth) out.append(base64, i, kLineWidth).push_back('\n');
  wipe_text(base64);
  return out + std::format("-----END {} {}-----\n", kName, label);
}

Result<Secret> from_pem(std::string_view label, std::string_view pem) {
  const auto begin = std::format("-----BEGIN {} {}-----", kName, label);
  const auto end = std::format("-----END {} {}-----", kName, label);
  const auto wrong = fail(ErrorKind::invalid_input, std::format("no PEM block '{} {}'", kName, label));
  if (pem.size() > kLongestPem) return fail(ErrorKind::invalid_input, "KEM key: more than 16 KiB of PEM");
  const auto from = pem.find(begin);
  if (from == std::string_view::npos) return wrong;
  const auto to = pem.find(end, from);
  if (to == std::string_view::npos) return wrong;
  std::string base64;
  base64.reserve(pem.size());
  for (const char c : pem.substr(from + begin.size(), to - from - begin.size())) {
    if (c != '\n' && c != '\r') base64 += c;
  }
  auto bytes = from_base64(base64);
  wipe_text(base64);
  if (!bytes) return std::unexpected(within("KEM key", bytes.error()));
  return Secret(std::move(*bytes));
}

}  // namespace

// === KemPublicKey

Result<KemPublicKey> KemPublicKey::from_bytes(BytesView bytes) {
  if (bytes.size() != kKemPublicSize) {
    return fail(ErrorKind::invalid_input,
                std::format("KEM key: {} bytes where {}'s public keys have {}", bytes.size(), kName, kKemPublicSize));
  }
  OwnedKey key(EVP_PKEY_new_raw_public_key_ex(nullptr, kName, nullptr, bytes.data(), bytes.size()));
  if (!key) return fail_openssl(ErrorKind::invalid_input, "KEM key");
  KemPublicKey out;
  out.key_ = shared(std::move(key));
  return out;
}

Result<KemPublicKey> KemPublicKey::from_pem(std::string_view pem) {
  const auto bytes = crypto::from_pem("PUBLIC KEY", pem);
  if (!bytes) return std::unexpected(bytes.error());
  return from_bytes(bytes->view());
}

Bytes KemPublicKey::bytes() const {
  Bytes out(kKemPublicSize);
  std::size_t size = out.size();
  if (!key_ || EVP_PKEY_get_raw_public_key(raw(key_), out.data(), &size) != 1) return {};
  out.resize(size);
  return out;
}

std::string KemPublicKey::pem() const { return to_pem("PUBLIC KEY", bytes()); }

Result<Encapsulated> KemPublicKey::encapsulate() const {
  if (!key_) return empty_key();
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, raw(key_), nullptr));
  Encapsulated out{Secret(kSharedSize), Bytes(kKemCiphertextSize)};
  std::size_t wrapped = out.ciphertext.size();
  std::size_t secret = out.shared.size();
  if (!context || EVP_PKEY_encapsulate_init(context.get(), nullptr) != 1 ||
      EVP_PKEY_encapsulate(context.get(), out.ciphertext.data(), &wrapped, out.shared.bytes().data(), &secret) != 1 ||
      wrapped != kKemCiphertextSize || secret != kSharedSize) {
    return fail_openssl(ErrorKind::internal, "encapsulate");
  }
  return out;
}

// === KemPrivateKey

Result<KemPrivateKey> KemPrivateKey::generate() {
  OwnedKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, kName));
  if (!key) return fail_openssl(ErrorKind::internal, "generate a KEM key");
  KemPrivateKey out;
  out.key_ = shared(std::move(key));
  return out;
}

Result<KemPrivateKey> KemPrivateKey::from_bytes(BytesView bytes) {
  OwnedKey key(EVP_PKEY_new_raw_private_key_ex(nullptr, kName, nullptr, bytes.data(), bytes.size()));
  if (!key) return fail_openssl(ErrorKind::invalid_input, "KEM private key");
  KemPrivateKey out;
  out.key_ = shared(std::move(key));
  return out;
}

Result<KemPrivateKey> KemPrivateKey::from_pem(std::string_view pem) {
  const auto bytes = crypto::from_pem("PRIVATE KEY", pem);
  if (!bytes) return std::unexpected(bytes.error());
  return from_bytes(bytes->view());
}

Secret KemPrivateKey::bytes() const {
  std::size_t size = 0;
  if (!key_ || EVP_PKEY_get_raw_private_key(raw(key_), nullptr, &size) != 1) return {};
  Secret out(size);
  if (EVP_PKEY_get_raw_private_key(raw(key_), out.bytes().data(), &size) != 1) return {};
  return out;
}

std::string KemPrivateKey::pem() const { return to_pem("PRIVATE KEY", bytes().view()); }

// Through its bytes, so that the private half stays behind.
KemPublicKey KemPrivateKey::public_key() const {
  Bytes out(kKemPublicSize);
  std::size_t size = out.size();
  if (!key_ || EVP_PKEY_get_raw_public_key(raw(key_), out.data(), &size) != 1) return {};
  return KemPublicKey::from_bytes(out).value_or(KemPublicKey());
}

Result<Secret> KemPrivateKey::decapsulate(BytesView ciphertext) const {
  if (!key_) return empty_key();
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, raw(key_), nullptr));
  Secret out(kSharedSize);
  std::size_t size = out.size();
  const bool good =
      ciphertext.size() == kKemCiphertextSize && context && EVP_PKEY_decapsulate_init(context.get(), nullptr) == 1 &&
      EVP_PKEY_decapsulate(context.get(), out.bytes().data(), &size, ciphertext.data(), ciphertext.size()) == 1 &&
      size == kSharedSize;
  ERR_clear_error();
  if (good) return out;
  return fail(ErrorKind::corrupt, std::format("not a ciphertext of {}", kName));
}

}  // namespace cordon::crypto
