// Bytes, views of bytes, and their printable forms.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"

namespace cordon {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // char may alias any object
}
inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline Bytes to_bytes(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

std::string to_hex(BytesView bytes);
Result<Bytes> from_hex(std::string_view text);

std::string to_base64(BytesView bytes);     // RFC 4648 4, padded
std::string to_base64url(BytesView bytes);  // RFC 4648 5, unpadded (as JOSE wants it)
// Strict: the right alphabet, the right padding (base64) or none (base64url), zero trailing bits.
Result<Bytes> from_base64(std::string_view text);
Result<Bytes> from_base64url(std::string_view text);

// Overwrites memory in a way the compiler may not remove.
void wipe(std::span<std::uint8_t> bytes);

}  // namespace cordon
