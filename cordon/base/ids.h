// Identifiers with a syntax: UUIDs (RFC 9562), which name NF instances (TS 29.571 5.3.2).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cordon/base/result.h"

namespace cordon {

class Uuid {
 public:
  // 8-4-4-4-12 hexadecimal digits of either case; nothing else.
  static Result<Uuid> parse(std::string_view text);
  static Uuid random();  // version 4

  std::string text() const;  // lower case
  auto operator<=>(const Uuid&) const = default;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

using NfInstanceId = Uuid;

}  // namespace cordon

template <>
struct std::hash<cordon::Uuid> {
  std::size_t operator()(const cordon::Uuid& uuid) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(uuid.bytes().data()), 16});
  }
};
