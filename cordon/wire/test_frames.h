// HTTP/2 frames written and read by hand, for tests: nothing here knows nghttp2.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cordon::wire::test {

enum Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kReset = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kAck = 1;
inline constexpr std::uint8_t kEndHeaders = 4;

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
};

inline std::string number(std::uint32_t value, int bytes = 4) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((value >> (8 * i)) & 0xff);
  return out;
}

inline std::uint32_t number_at(std::string_view text, std::size_t at, std::size_t bytes = 4) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < bytes; ++i) out = out << 8 | static_cast<std::uint8_t>(text.at(at + i));
  return out;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload = {}) {
  return number(static_cast<std::uint32_t>(payload.size()), 3) + number(type, 1) + number(flags, 1) + number(stream) +
         std::string(payload);
}

inline std::vector<Frame> frames_of(std::string_view bytes) {
  std::vector<Frame> out;
  while (bytes.size() >= 9) {
    const auto size = number_at(bytes, 0, 3);
    if (bytes.size() < 9 + size) break;
    out.push_back({static_cast<std::uint8_t>(bytes[3]), static_cast<std::uint8_t>(bytes[4]), number_at(bytes, 5),
                   std::string(bytes.substr(9, size))});
    bytes.remove_prefix(9 + size);
  }
  return out;
}

// RFC 7541 5.2 with a seven-bit prefix, no Huffman code.
inline std::string hpack_text(std::string_view text) {
  std::string out;
  auto left = text.size();
  if (left < 127) {
    out += static_cast<char>(left);
  } else {
    out += static_cast<char>(127);
    for (left -= 127; left >= 128; left >>= 7) out += static_cast<char>(0x80 | (left & 0x7f));
    out += static_cast<char>(left);
  }
  return out + std::string(text);
}

using Fields = std::vector<std::pair<std::string, std::string>>;

// RFC 7541 6.2.2: literals without indexing.
inline std::string block(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += std::string(1, '\0') + hpack_text(name) + hpack_text(value);
  return out;
}

inline Fields request_fields(const std::string& method = "GET", const std::string& path = "/") {
  return {{":method", method}, {":scheme", "http"}, {":authority", "nrf"}, {":path", path}};
}

inline Fields with(Fields fields, const Fields& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

inline std::string headers(std::uint32_t stream, const Fields& fields, bool last = true) {
  return frame(kHeaders, kEndHeaders | (last ? kEndStream : 0), stream, block(fields));
}

inline std::string preface() { return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"; }
inline std::string settings(std::string_view entries = {}) { return frame(kSettings, 0, 0, entries); }
inline std::string setting(std::uint16_t id, std::uint32_t value) { return number(id, 2) + number(value); }

}  // namespace cordon::wire::test
