#include "cordon/crypto/aead.h"

#include <openssl/err.h>

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kLongest = 1U << 30;  // OpenSSL counts in int

using OwnedCipher = Owned<EVP_CIPHER, &EVP_CIPHER_free>;
using OwnedCipherContext = Owned<EVP_CIPHER_CTX, &EVP_CIPHER_CTX_free>;

// Fetched once each, immutable afterwards.
const EVP_CIPHER* cipher(Aead algorithm) {
  static const OwnedCipher aes(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  static const OwnedCipher chacha(EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr));
  return algorithm == Aead::aes_256_gcm ? aes.get() : chacha.get();
}

Result<void> check(BytesView key, BytesView nonce, BytesView text, BytesView associated) {
  const auto refuse = [](const char* what) { return fail(ErrorKind::invalid_input, what); };
  if (key.size() != kAeadKeySize) return refuse("AEAD: the key must have 32 octets");
  if (nonce.size() != kAeadNonceSize) return refuse("AEAD: the nonce must have 12 octets");
  if (text.size() > kLongest || associated.size() > kLongest) return refuse("AEAD: more than 1 GiB at once");
  return {};
}

bool begin(EVP_CIPHER_CTX* context, Aead algorithm, BytesView key, BytesView nonce, bool sealing) {
  return context != nullptr &&
         EVP_CipherInit_ex2(context, cipher(algorithm), key.data(), nonce.data(), sealing ? 1 : 0, nullptr) == 1;
}

// out null: associated data. Nothing to add is not a call: OpenSSL takes a null input for the end.
bool add(EVP_CIPHER_CTX* context, std::uint8_t* out, BytesView in) {
  int written = 0;
  return in.empty() || EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(in.size())) == 1;
}

bool finish(EVP_CIPHER_CTX* context) {
  std::uint8_t nothing[kAeadTagSize];  // both ciphers are stream ciphers: no bytes are left
  int written = 0;
  return EVP_CipherFinal_ex(context, nothing, &written) == 1;
}

bool get_tag(EVP_CIPHER_CTX* context, std::span<std::uint8_t> tag) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()), tag.data()) == 1;
}

bool set_tag(EVP_CIPHER_CTX* context, BytesView tag) {
  Bytes copy(tag.begin(), tag.end());  // OpenSSL's control calls take no const
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(copy.size()), copy.data()) == 1;
}

}  // namespace

Result<Bytes> seal(Aead algorithm, BytesView key, BytesView nonce, BytesView plain, BytesView associated) {
  if (auto good = check(key, nonce, plain, associated); !good) return std::unexpected(good.error());
  const OwnedCipherContext context(EVP_CIPHER_CTX_new());
  Bytes sealed(plain.size() + kAeadTagSize);
  if (!begin(context.get(), algorithm, key, nonce, true) || !add(context.get(), nullptr, associated) ||
      !add(context.get(), sealed.data(), plain) || !finish(context.get()) ||
      !get_tag(context.get(), std::span(sealed).last(kAeadTagSize))) {
    return fail_openssl(ErrorKind::internal, "AEAD");
  }
  return sealed;
}

struct Sealer::Impl {
  OwnedCipherContext context{EVP_CIPHER_CTX_new()};
  bool ready = false;
};

Sealer::Sealer(BytesView key) : impl_(std::make_unique<Impl>()) {
  impl_->ready =
      key.size() == kAeadKeySize && impl_->context &&
      EVP_CipherInit_ex2(impl_->context.get(), cipher(Aead::aes_256_gcm), key.data(), nullptr, 1, nullptr) == 1;
}

Sealer::~Sealer() = default;

Result<void> Sealer::seal(BytesView nonce, BytesView plain, BytesView associated, std::span<std::uint8_t> sealed) {
  auto* context = impl_->context.get();
  if (!impl_->ready || nonce.size() != kAeadNonceSize || plain.size() > kLongest ||
      sealed.size() != plain.size() + kAeadTagSize) {
    return fail(ErrorKind::invalid_input,
                "AEAD: a key of 32 octets, a nonce of 12, and room for the text and its tag");
  }
  if (EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), 1, nullptr) != 1 ||
      !add(context, nullptr, associated) || !add(context, sealed.data(), plain) || !finish(context) ||
      !get_tag(context, sealed.last(kAeadTagSize))) {
    return fail_openssl(ErrorKind::internal, "AEAD");
  }
  return {};
}

Result<Bytes> open(Aead algorithm, BytesView key, BytesView nonce, BytesView sealed, BytesView associated) {
  if (auto good = check(key, nonce, sealed, associated); !good) return std::unexpected(good.error());
  if (sealed.size() < kAeadTagSize) return fail(ErrorKind::corrupt, "AEAD: shorter than its tag");
  const auto text = sealed.first(sealed.size() - kAeadTagSize);
  const OwnedCipherContext context(EVP_CIPHER_CTX_new());
  Bytes plain(text.size());
  const bool genuine = begin(context.get(), algorithm, key, nonce, false) &&
                       set_tag(context.get(), sealed.last(kAeadTagSize)) && add(context.get(), nullptr, associated) &&
                       add(context.get(), plain.data(), text) && finish(context.get());
  ERR_clear_error();
  if (genuine) return plain;
  wipe(plain);  // decrypted before the tag was judged: nobody may see it
  return fail(ErrorKind::corrupt, "AEAD: not genuine (another key, nonce or associated data, or altered)");
}

}  // namespace cordon::crypto
