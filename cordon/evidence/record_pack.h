// Digests, UUIDs and addresses as bytes. Each is packed only when the bytes give back the very same text.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"

namespace cordon::evidence {

enum class Packing : std::uint8_t {
  text,        // as it is
  word,        // by its number, when it is one of record_words.h
  hex,         // lower-case hexadecimal digits, at most 64 bytes of them
  uuid,        // 8-4-4-4-12 lower-case hexadecimal digits
  address,     // "127.0.0.1:7777" or "[::1]:7777"
  references,  // a text with subscribers in it
};

class Packed {
 public:
  // Nothing packed: bytes() is empty.
  static Packed of(std::string_view text, Packing packing);
  BytesView bytes() const { return BytesView(bytes_).first(size_); }

 private:
  void pack_hex(std::string_view text);
  void pack_uuid(std::string_view text);
  void pack_address(std::string_view text);
  bool append_hex(std::string_view digits);
  std::array<std::uint8_t, 64> bytes_{};
  std::size_t size_ = 0;
};

// The text; invalid_input when no text of that packing has such bytes.
Result<std::string> unpacked(BytesView bytes, Packing packing);

}  // namespace cordon::evidence
