#include "cordon/crypto/key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <array>

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kLongestPem = 64U << 10;
constexpr int kLeastRsaBits = 2048;  // TS 33.310 6.1.1: RSA keys of at least 2048 bits

struct KindName {
  KeyKind kind;
  std::string_view name;
};
constexpr std::array kKinds = {
    KindName{KeyKind::ed25519, "ed25519"},       KindName{KeyKind::ecdsa_p256, "ecdsa-p256"},
    KindName{KeyKind::ecdsa_p384, "ecdsa-p384"}, KindName{KeyKind::ml_dsa_44, "ml-dsa-44"},
    KindName{KeyKind::ml_dsa_65, "ml-dsa-65"},   KindName{KeyKind::rsa, "rsa"}};

std::unexpected<Error> empty_key() { return fail(ErrorKind::invalid_input, "the key is empty"); }

OwnedKey generated(KeyKind kind) {
  const auto make = [](auto... arguments) { return OwnedKey(EVP_PKEY_Q_keygen(nullptr, nullptr, arguments...)); };
  switch (kind) {
    case KeyKind::ed25519:
      return make("ED25519");
    case KeyKind::ecdsa_p256:
      return make("EC", "P-256");
    case KeyKind::ecdsa_p384:
      return make("EC", "P-384");
    case KeyKind::ml_dsa_44:
      return make("ML-DSA-44");
    case KeyKind::ml_dsa_65:
      return make("ML-DSA-65");
    case KeyKind::rsa:
      return make("RSA", std::size_t{3072});
  }
  return nullptr;
}

// A curve spelt out in numbers may differ from its namesake in the generator (CVE-2020-0601): only named curves
// count.
bool has_named_curve(EVP_PKEY* key, std::string_view curve) {
  int explicit_numbers = 0;
  EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_numbers);
  std::array<char, 64> name{};
  std::size_t size = 0;
  return explicit_numbers == 0 && EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1 &&
         std::string_view(name.data(), size) == curve;
}

Result<PublicKey> checked(OwnedKey key) {
  if (auto kind = kind_of(key.get()); !kind) return std::unexpected(kind.error());
  return KeyAccess::public_key(std::move(key));
}

Bytes spki_of(EVP_PKEY* key) {
  unsigned char* out = nullptr;
  const int size = i2d_PUBKEY(key, &out);
  const Owned<unsigned char, &free_openssl_memory> owner(out);
  return size > 0 ? Bytes(out, out + size) : Bytes();
}

// OpenSSL's name of a kind whose public key has one bare form; null for the others.
const char* raw_name(KeyKind kind) {
  if (kind == KeyKind::ed25519) return "ED25519";
  return kind == KeyKind::ml_dsa_44 ? "ML-DSA-44" : nullptr;
}

std::unexpected<Error> no_raw_form(KeyKind kind) {
  return fail(ErrorKind::invalid_input,
              std::format("a key of the kind {} has no bare form here: use ed25519 or ml-dsa-44", name_of(kind)));
}

}  // namespace

std::string_view name_of(KeyKind kind) {
  for (const auto& entry : kKinds) {
    if (entry.kind == kind) return entry.name;
  }
  return "unknown";
}

Result<KeyKind> key_kind(std::string_view name) {
  for (const auto& entry : kKinds) {
    if (entry.name == name) return entry.kind;
  }
  return fail(
      ErrorKind::invalid_input,
      std::format("unknown kind of key '{}': use ed25519, ecdsa-p256, ecdsa-p384, ml-dsa-44, ml-dsa-65 or rsa",
                  name));
}

Result<KeyKind> kind_of(EVP_PKEY* key) {
  if (key == nullptr) return empty_key();
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return KeyKind::ed25519;
  if (EVP_PKEY_is_a(key, "ML-DSA-44") == 1) return KeyKind::ml_dsa_44;
  if (EVP_PKEY_is_a(key, "ML-DSA-65") == 1) return KeyKind::ml_dsa_65;
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    if (has_named_curve(key, "prime256v1")) return KeyKind::ecdsa_p256;
    if (has_named_curve(key, "secp384r1")) return KeyKind::ecdsa_p384;
    return fail(ErrorKind::invalid_input, "the key's curve is not supported: use P-256 or P-384");
  }
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    if (EVP_PKEY_get_bits(key) >= kLeastRsaBits) return KeyKind::rsa;
    return fail(ErrorKind::invalid_input, "the RSA key is too short: use 2048 bits or more");
  }
  return fail(ErrorKind::invalid_input,
              "the kind of key is not supported: use Ed25519, ECDSA, ML-DSA-44, ML-DSA-65 or RSA");
}

const char* default_digest(KeyKind kind) {
  switch (kind) {
    case KeyKind::ecdsa_p256:
    case KeyKind::rsa:
      return "SHA256";
    case KeyKind::ecdsa_p384:
      return "SHA384";
    case KeyKind::ed25519:
    case KeyKind::ml_dsa_44:
    case KeyKind::ml_dsa_65:
      break;
  }
  return nullptr;
}

Result<Bytes> sign_with(EVP_PKEY* key, const char* digest, BytesView message) {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1) {
    return fail_openssl(ErrorKind::internal, "sign");
  }
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    return fail_openssl(ErrorKind::internal, "sign");
  }
  signature.resize(size);
  return signature;
}

bool verify_with(EVP_PKEY* key, const char* digest, BytesView message, BytesView signature) {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  const bool good =
      EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  ERR_clear_error();  // a wrong signature leaves its reason in the thread's queue, where the next TLS call would find
                      // it
  return good;
}

// === PublicKey

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  if (pem.size() > kLongestPem) return fail(ErrorKind::invalid_input, "public key: more than 64 KiB of PEM");
  const OwnedBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  OwnedKey key(PEM_read_bio_PUBKEY(bio.get(), nullptr, &no_password, nullptr));
  if (!key) return fail_openssl(ErrorKind::invalid_input, "public key: not a PEM block 'PUBLIC KEY'");
  return checked(std::move(key));
}

Result<PublicKey> PublicKey::from_der(BytesView spki) {
  if (spki.size() > kLongestPem) return fail(ErrorKind::invalid_input, "public key: more than 64 KiB of DER");
  const unsigned char* cursor = spki.data();
  OwnedKey key(d2i_PUBKEY(nullptr, &cursor, static_cast<long>(spki.size())));
  if (!key) return fail_openssl(ErrorKind::invalid_input, "public key: not a SubjectPublicKeyInfo");
  if (cursor != spki.data() + spki.size()) return fail(ErrorKind::invalid_input, "public key: bytes after its end");
  return checked(std::move(key));
}

std::string PublicKey::pem() const {
  if (!key_) return {};
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), KeyAccess::raw(*this));
  return text_of(bio.get());
}

Bytes PublicKey::der() const { return key_ ? spki_of(KeyAccess::raw(*this)) : Bytes(); }

Result<PublicKey> PublicKey::from_raw(KeyKind kind, BytesView raw) {
  const char* name = raw_name(kind);
  if (name == nullptr) return no_raw_form(kind);
  OwnedKey key(EVP_PKEY_new_raw_public_key_ex(nullptr, name, nullptr, raw.data(), raw.size()));
  if (!key)
    return fail_openssl(ErrorKind::invalid_input,
                        std::format("public key: not {} octets of {}", kind == KeyKind::ed25519 ? 32 : 1312, name));
  return KeyAccess::public_key(std::move(key));
}

Result<Bytes> PublicKey::raw() const {
  const auto known = kind();
  if (!known) return std::unexpected(known.error());
  if (raw_name(*known) == nullptr) return no_raw_form(*known);
  std::size_t size = 0;
  EVP_PKEY_get_raw_public_key(KeyAccess::raw(*this), nullptr, &size);
  Bytes bytes(size);
  if (EVP_PKEY_get_raw_public_key(KeyAccess::raw(*this), bytes.data(), &size) != 1) {
    return fail_openssl(ErrorKind::internal, "public key");
  }
  return bytes;
}

Result<KeyKind> PublicKey::kind() const { return kind_of(KeyAccess::raw(*this)); }

bool PublicKey::verify(BytesView message, BytesView signature) const {
  const auto known = kind();
  return known && verify_with(KeyAccess::raw(*this), default_digest(*known), message, signature);
}

// === PrivateKey

bool lock_key_memory() {
  constexpr std::size_t kHeap = std::size_t{1} << 20;  // of OpenSSL's secure heap
  return CRYPTO_secure_malloc_initialized() == 1 || CRYPTO_secure_malloc_init(kHeap, 32) == 1;
}

Result<PrivateKey> PrivateKey::generate(KeyKind kind) {
  OwnedKey key = generated(kind);
  if (!key) return fail_openssl(ErrorKind::internal, "generate a key");
  return KeyAccess::private_key(std::move(key));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  if (pem.size() > kLongestPem) return fail(ErrorKind::invalid_input, "private key: more than 64 KiB of PEM");
  if (pem.find("-----BEGIN PRIVATE KEY-----") == std::string_view::npos) {
    return fail(ErrorKind::invalid_input,
                "private key: no PEM block 'PRIVATE KEY' (convert it with: openssl pkcs8 -topk8 -nocrypt)");
  }
  const OwnedBio bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));  // reads the caller's memory: no copy
  OwnedKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr));
  if (!key) return fail_openssl(ErrorKind::invalid_input, "private key");
  if (auto kind = kind_of(key.get()); !kind) return std::unexpected(within("private key", kind.error()));
  return KeyAccess::private_key(std::move(key));
}

std::string PrivateKey::pem() const {
  if (!key_) return {};
  const OwnedBio bio(BIO_new(BIO_s_secmem()));  // wipes its buffer when it grows and when it goes
  PEM_write_bio_PKCS8PrivateKey(bio.get(), KeyAccess::raw(*this), nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

// Through its encoding, so that the private half stays behind.
PublicKey PrivateKey::public_key() const {
  if (!key_) return {};
  return PublicKey::from_der(spki_of(KeyAccess::raw(*this))).value_or(PublicKey());
}

Result<KeyKind> PrivateKey::kind() const { return kind_of(KeyAccess::raw(*this)); }

Result<Bytes> PrivateKey::sign(BytesView message) const {
  const auto known = kind();
  if (!known) return std::unexpected(known.error());
  return sign_with(KeyAccess::raw(*this), default_digest(*known), message);
}

}  // namespace cordon::crypto
