// What is known of texts seen before, by their SHA-256, in a fixed number of slots. Finding allocates nothing.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "cordon/crypto/digest.h"

namespace cordon::tokens {

// Four slots for each place: a new entry takes the place of one that is no longer good, or of the one used longest
// ago. An entry is good under the generation it was put under, and until its time (seconds since 1970).
template <class Value>
class SlotCache {
 public:
  explicit SlotCache(std::size_t slots) : slots_(std::bit_ceil(std::max(slots, kWays))) {}

  Value* find(const crypto::Sha256Digest& digest, std::uint64_t generation, std::int64_t now) {
    for (auto& slot : set_of(digest)) {
      if (slot.digest != digest || !slot.good(generation, now)) continue;
      slot.used = ++uses_;
      return &slot.value;
    }
    return nullptr;
  }

  Value& put(const crypto::Sha256Digest& digest, std::uint64_t generation, std::int64_t now, std::int64_t until,
             Value value) {
    const auto set = set_of(digest);
    const auto age = [&](const Slot& slot) {
      return slot.digest == digest || !slot.good(generation, now) ? 0 : slot.used;
    };
    auto& slot = *std::ranges::min_element(set, {}, age);
    slot = {digest, generation, until, ++uses_, std::move(value)};
    return slot.value;
  }

 private:
  static constexpr std::size_t kWays = 4;

  struct Slot {
    crypto::Sha256Digest digest{};
    std::uint64_t generation = 0;  // 0: never used
    std::int64_t until = 0;
    std::uint64_t used = 0;
    Value value{};

    bool good(std::uint64_t now_generation, std::int64_t now) const {
      return generation == now_generation && now < until;
    }
  };

  std::span<Slot> set_of(const crypto::Sha256Digest& digest) {
    std::uint64_t place = 0;
    std::memcpy(&place, digest.data(), sizeof place);
    return std::span(slots_).subspan(place % (slots_.size() / kWays) * kWays, kWays);
  }

  std::vector<Slot> slots_;
  std::uint64_t uses_ = 0;
};

}  // namespace cordon::tokens
