#include "cordon/crypto/committing_aead.h"

#include <openssl/err.h>

#include <array>

#include "cordon/crypto/digest.h"
#include "cordon/crypto/openssl.h"
#include "cordon/crypto/secret.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kLongest = 1U << 30;  // OpenSSL counts in int
constexpr std::array<std::uint8_t, kCommitmentSize> kZeros{};

using OwnedCipher = Owned<EVP_CIPHER, &EVP_CIPHER_free>;
using OwnedCipherContext = Owned<EVP_CIPHER_CTX, &EVP_CIPHER_CTX_free>;

OwnedCipherContext context_for(const EVP_CIPHER* cipher, bool sealing) {
  OwnedCipherContext context(EVP_CIPHER_CTX_new());
  if (!context || EVP_CipherInit_ex2(context.get(), cipher, nullptr, nullptr, sealing ? 1 : 0, nullptr) != 1)
    return {};
  return context;
}

bool begin(EVP_CIPHER_CTX* context, BytesView key, BytesView nonce) {
  return context != nullptr && EVP_CipherInit_ex2(context, nullptr, key.data(), nonce.data(), -1, nullptr) == 1;
}

bool add(EVP_CIPHER_CTX* context, std::uint8_t* out, BytesView in) {  // out null: associated data
  int written = 0;
  return in.empty() || EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(in.size())) == 1;
}

bool add_associated(EVP_CIPHER_CTX* context, std::initializer_list<BytesView> parts) {
  for (const auto& part : parts) {
    if (part.size() > kLongest || !add(context, nullptr, part)) return false;
  }
  return true;
}

bool finish(EVP_CIPHER_CTX* context) {
  std::uint8_t nothing[kAeadTagSize];
  int written = 0;
  return EVP_CipherFinal_ex(context, nothing, &written) == 1;
}

Result<void> check(BytesView key, BytesView nonce, BytesView text) {
  const auto refuse = [](const char* what) { return fail(ErrorKind::invalid_input, what); };
  if (key.size() != kAeadKeySize) return refuse("AEAD: the key must have 32 octets");
  if (nonce.size() != kAeadNonceSize) return refuse("AEAD: the nonce must have 12 octets");
  if (text.size() > kLongest) return refuse("AEAD: more than 1 GiB at once");
  return {};
}

std::unexpected<Error> not_genuine() {
  ERR_clear_error();
  return fail(ErrorKind::corrupt, "AEAD: not genuine (another key, nonce or associated data, or altered)");
}

}  // namespace

struct CommittingAead::State {
  OwnedCipher cipher{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  OwnedCipherContext sealing = context_for(cipher.get(), true);
  OwnedCipherContext opening = context_for(cipher.get(), false);
};

CommittingAead::CommittingAead() : state_(std::make_unique<State>()) {}
CommittingAead::CommittingAead(CommittingAead&&) noexcept = default;
CommittingAead& CommittingAead::operator=(CommittingAead&&) noexcept = default;
CommittingAead::~CommittingAead() = default;

Result<void> CommittingAead::seal(BytesView key, BytesView nonce, std::initializer_list<BytesView> associated,
                                  BytesView plain, std::string& out) {
  if (auto good = check(key, nonce, plain); !good) return good;
  const auto at = out.size();
  out.resize(at + plain.size() + kCommittingOverhead);
  auto* const put = reinterpret_cast<std::uint8_t*>(out.data() + at);  // bytes may alias any object
  auto* const context = state_->sealing.get();
  if (!begin(context, key, nonce) || !add_associated(context, associated) || !add(context, put, kZeros) ||
      !add(context, put + kCommitmentSize, plain) || !finish(context) ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, put + kCommitmentSize + plain.size()) != 1) {
    out.resize(at);
    return fail_openssl(ErrorKind::internal, "AEAD");
  }
  return {};
}

Result<std::string> CommittingAead::open(BytesView key, BytesView nonce, std::initializer_list<BytesView> associated,
                                         BytesView sealed) {
  if (auto good = check(key, nonce, sealed); !good) return std::unexpected(good.error());
  if (sealed.size() < kCommittingOverhead) return fail(ErrorKind::corrupt, "AEAD: shorter than commitment and tag");
  std::array<std::uint8_t, kCommitmentSize> commitment;
  std::array<std::uint8_t, kAeadTagSize> tag;  // OpenSSL's control calls take no const
  std::ranges::copy(sealed.last(kAeadTagSize), tag.begin());
  const auto text = sealed.subspan(kCommitmentSize, sealed.size() - kCommittingOverhead);
  std::string plain(text.size(), '\0');
  auto* const context = state_->opening.get();
  const bool genuine = begin(context, key, nonce) && add_associated(context, associated) &&
                       add(context, commitment.data(), sealed.first(kCommitmentSize)) &&
                       add(context, reinterpret_cast<std::uint8_t*>(plain.data()), text) &&
                       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, tag.data()) == 1 &&
                       finish(context) && constant_time_equal(commitment, kZeros);
  if (genuine) return plain;
  wipe_text(plain);  // decrypted before it was judged: nobody may see it
  return not_genuine();
}

}  // namespace cordon::crypto
