// What this room's readers of JSON accept.
#pragma once

#include <cstddef>

#include "cordon/wire/json.h"

namespace cordon::notation {

inline constexpr std::size_t kMostBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMostLeaves = 5'000'000;  // a hierarchy of 100,000 entities has a few million

inline constexpr std::size_t kDeepestData = 128;  // as deep as the reference reads

// Text of JSON that the caller has a name for. Strings may hold the character U+0000: Cedar's may.
inline constexpr wire::JsonLimits kDataLimits = {
    .bytes = kMostBytes, .depth = kDeepestData, .leaves = kMostLeaves, .nul = true};
inline constexpr wire::JsonLimits kPolicyLimits = {
    .bytes = kMostBytes, .depth = 500, .leaves = kMostLeaves, .nul = true};

}  // namespace cordon::notation
