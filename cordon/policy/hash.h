// One hash for entity identities, computed once a request and used by the index and by every entity store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "cordon/policy/value.h"

namespace cordon::policy {

namespace hashing {

inline constexpr std::uint64_t kFirst = 0x9E3779B97F4A7C15ULL;  // the golden ratio, and two primes of mixed bits
inline constexpr std::uint64_t kSecond = 0xC2B2AE3D27D4EB4FULL;
inline constexpr std::uint64_t kThird = 0x165667B19E3779F9ULL;

__extension__ using Product = unsigned __int128;

template <class Word>
std::uint64_t word_at(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

struct Tail {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

// The last 0 to 16 bytes as two words, which overlap when the bytes do not fill them.
inline Tail tail_of(const char* at, std::size_t size) {
  if (size >= 8) return {word_at<std::uint64_t>(at), word_at<std::uint64_t>(at + size - 8)};
  if (size >= 4) return {word_at<std::uint32_t>(at), word_at<std::uint32_t>(at + size - 4)};
  if (size == 0) return {};
  const auto byte = [&](std::size_t i) { return word_at<unsigned char>(at + i); };
  return {byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1), 0};
}

inline constexpr char kAnchor = 0;  // its address differs from run to run

}  // namespace hashing

// The high half of a product depends on every bit below it, the low half on few: together they mix.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const hashing::Product product = hashing::Product{a} * b;
  return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
}

inline std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  using namespace hashing;
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t hash = seed + text.size() * kFirst;
  for (; left > 16; left -= 16, at += 16) {
    hash = mix(word_at<std::uint64_t>(at) ^ kSecond, word_at<std::uint64_t>(at + 8) ^ hash);
  }
  const Tail tail = tail_of(at, left);
  return mix(tail.first ^ kThird ^ hash, tail.second ^ kSecond ^ (hash >> 32));
}

// The seed is the address the program happens to be loaded at, so that nobody can prepare names that collide.
// Nothing is ever listed in the order of hashes.
inline std::uint64_t hash_type(std::string_view type) {
  return hash_text(type, reinterpret_cast<std::uintptr_t>(&hashing::kAnchor) * hashing::kThird);
}

// An entity's identity with its hash. The identity must outlive it.
struct Hashed {
  Hashed() = default;
  explicit Hashed(const EntityUid& named)
      : uid(&named), type(hash_type(named.type)), hash(hash_text(named.id, type)) {}

  const EntityUid* uid = nullptr;
  std::uint64_t type = 0;  // of the type alone
  std::uint64_t hash = 0;
};

// A place in a table of open addressing: 32 bits to compare before any text is, and an index, 0 for none.
struct HashSlot {
  std::uint32_t tag = 0;
  std::uint32_t index = 0;
};

inline std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

}  // namespace cordon::policy
