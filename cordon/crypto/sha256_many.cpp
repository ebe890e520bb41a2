#include "cordon/crypto/sha256_many.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cordon/crypto/hmac_key.h"

#ifdef CORDON_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

namespace cordon::crypto {

namespace {

void check_sizes(std::span<const BytesView> messages, std::span<Sha256Digest> digests) {
  if (messages.size() != digests.size()) std::abort();  // the caller's mistake; half of the digests would be old ones
}

void hash_in_turn(std::span<const BytesView> messages, std::span<Sha256Digest> digests) {
  for (std::size_t i = 0; i < messages.size(); ++i) digests[i] = sha256(messages[i]);
}

void hmac_in_turn(BytesView key, std::span<const BytesView> messages, std::span<Sha256Digest> digests) {
  const HmacKey prepared(key);
  for (std::size_t i = 0; i < messages.size(); ++i) digests[i] = prepared.of(messages[i]);
}

}  // namespace

#ifdef CORDON_IPSEC_MB

struct Sha256Many::Lanes {
  struct Free {
    void operator()(IMB_MGR* made) const { free_mb_mgr(made); }
  };
  std::unique_ptr<IMB_MGR, Free> manager;
  std::array<IMB_JOB, IMB_MAX_BURST_SIZE> jobs{};

  static std::unique_ptr<Lanes> make();
  bool worth_it(std::span<const BytesView> messages) const;
  void run(IMB_HASH_ALG algorithm, std::span<const BytesView> messages, std::span<Sha256Digest> digests);
};

std::unique_ptr<Sha256Many::Lanes> Sha256Many::Lanes::make() {
  auto lanes = std::make_unique<Lanes>();
  lanes->manager.reset(alloc_mb_mgr(0));
  if (!lanes->manager) return nullptr;
  init_mb_mgr_auto(lanes->manager.get(), nullptr);  // tests itself against known answers
  return imb_get_errno(lanes->manager.get()) == 0 ? std::move(lanes) : nullptr;
}

// A processor with SHA instructions hashes one short message faster than sixteen side by side; for long ones only
// sixteen lanes (AVX-512) are faster.
bool Sha256Many::Lanes::worth_it(std::span<const BytesView> messages) const {
  constexpr std::size_t kFewestLanesUsed = 4;
  constexpr std::size_t kShort = 256;
  constexpr std::size_t kLongest = 65'534;  // of the library's lanes
  if (messages.size() < kFewestLanesUsed) return false;
  if (!std::ranges::all_of(messages, [](BytesView message) { return message.size() <= kLongest; })) return false;
  if ((manager->features & IMB_FEATURE_SHANI) == 0) return true;
  return (manager->features & IMB_FEATURE_AVX512F) != 0 &&
         std::ranges::all_of(messages, [](BytesView message) { return message.size() >= kShort; });
}

void Sha256Many::Lanes::run(IMB_HASH_ALG algorithm, std::span<const BytesView> messages,
                            std::span<Sha256Digest> digests) {
  static constexpr std::uint8_t kNothing = 0;
  for (std::size_t begin = 0; begin < messages.size(); begin += jobs.size()) {
    const auto count = std::min(jobs.size(), messages.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      const auto message = messages[begin + i];
      jobs[i].src = message.empty() ? &kNothing : message.data();
      jobs[i].msg_len_to_hash_in_bytes = message.size();
      jobs[i].auth_tag_output = digests[begin + i].data();
      jobs[i].auth_tag_output_len_in_bytes = sizeof(Sha256Digest);
      jobs[i].hash_alg = algorithm;
    }
    const auto done = IMB_SUBMIT_HASH_BURST(manager.get(), jobs.data(), static_cast<std::uint32_t>(count), algorithm);
    if (done != count) std::abort();  // a digest that was not made would be believed
  }
}

Sha256Many::Sha256Many() : lanes_(Lanes::make()) {}

void Sha256Many::hash(std::span<const BytesView> messages, std::span<Sha256Digest> digests) {
  check_sizes(messages, digests);
  if (!lanes_ || !lanes_->worth_it(messages)) return hash_in_turn(messages, digests);
  lanes_->run(IMB_AUTH_SHA_256, messages, digests);
}

void Sha256Many::hmac(BytesView key, std::span<const BytesView> messages, std::span<Sha256Digest> digests) {
  check_sizes(messages, digests);
  // The library refuses an empty message, and a key that is null.
  const bool empty = std::ranges::any_of(messages, [](BytesView message) { return message.empty(); });
  if (!lanes_ || empty || key.empty() || !lanes_->worth_it(messages)) return hmac_in_turn(key, messages, digests);
  alignas(64) std::array<std::uint8_t, IMB_SHA_256_BLOCK_SIZE> inner{};
  alignas(64) std::array<std::uint8_t, IMB_SHA_256_BLOCK_SIZE> outer{};
  imb_hmac_ipad_opad(lanes_->manager.get(), IMB_AUTH_HMAC_SHA_256, key.data(), key.size(), inner.data(),
                     outer.data());
  for (auto& job : lanes_->jobs) {
    job.u.HMAC._hashed_auth_key_xor_ipad = inner.data();
    job.u.HMAC._hashed_auth_key_xor_opad = outer.data();
  }
  lanes_->run(IMB_AUTH_HMAC_SHA_256, messages, digests);
  lanes_->jobs.fill({});  // nothing points to the key any more
  wipe(inner);
  wipe(outer);
}

#else

struct Sha256Many::Lanes {};

Sha256Many::Sha256Many() = default;

void Sha256Many::hash(std::span<const BytesView> messages, std::span<Sha256Digest> digests) {
  check_sizes(messages, digests);
  hash_in_turn(messages, digests);
}

void Sha256Many::hmac(BytesView key, std::span<const BytesView> messages, std::span<Sha256Digest> digests) {
  check_sizes(messages, digests);
  hmac_in_turn(key, messages, digests);
}

#endif

Sha256Many::Sha256Many(Sha256Many&&) noexcept = default;
Sha256Many& Sha256Many::operator=(Sha256Many&&) noexcept = default;
Sha256Many::~Sha256Many() = default;

bool Sha256Many::side_by_side() const { return lanes_ != nullptr; }

}  // namespace cordon::crypto
