// Protocol buffers written by hand, for tests: nothing here knows a library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cordon::neighbours::test {

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  return out + static_cast<char>(value);
}
inline std::string number(std::uint32_t field, std::uint64_t value) { return varint(field << 3) + varint(value); }
inline std::string part(std::uint32_t field, std::string_view bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}
inline std::string entry(std::uint32_t field, std::string_view key, std::string_view value) {
  return part(field, part(1, key) + part(2, value));
}

// A CheckRequest as Envoy makes it, from its parts.
struct Check {
  std::string certificate, principal, method = "GET", path = "/nnrf-nfm/v1/nf-instances", host = "nrf1.5gc.test",
                                      body;
  std::string headers;  // entries of field 3
  std::string producer;

  std::string text() const {
    const auto address = part(1, part(1, part(2, "10.0.0.7") + number(3, 40001)));
    const auto source = address + part(4, principal) + part(5, certificate);
    const auto http = part(1, "id") + part(2, method) + entry(3, ":path", path) + headers + part(4, path) +
                      part(5, host) + part(6, "https") + number(9, 0) + part(12, body);
    const auto extension = producer.empty() ? "" : entry(10, "cordon-producer", producer);
    return part(1, part(1, source) + part(4, part(2, http)) + entry(10, "other", "x") + extension);
  }
};

}  // namespace cordon::neighbours::test
