#include "cordon/base/bytes.h"

#include <array>
#include <cstring>

namespace cordon {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string encode64(BytesView bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t group = 0;
  int bits = 0;
  for (const auto byte : bytes) {
    group = group << 8 | byte;
    for (bits += 8; bits >= 6; bits -= 6) out += alphabet[group >> (bits - 6) & 63];
  }
  if (bits > 0) out += alphabet[group << (6 - bits) & 63];
  while (padded && out.size() % 4 != 0) out += '=';
  return out;
}

Result<Bytes> decode64(std::string_view text, std::string_view alphabet) {
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t group = 0;
  int bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto value = alphabet.find(text[i]);
    if (value == std::string_view::npos) {
      return fail(ErrorKind::invalid_input, std::format("base64: character {} is not of the alphabet", i));
    }
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(group >> bits));
    }
  }
  if (bits == 6 || (group & ((1U << bits) - 1)) != 0) {
    return fail(ErrorKind::invalid_input, "base64: the last characters are incomplete");
  }
  return out;
}

}  // namespace

std::string to_hex(BytesView bytes) {
  std::string out(bytes.size() * 2, '\0');
  auto* digit = out.data();
  for (const auto byte : bytes) {
    *digit++ = kHex[byte >> 4];
    *digit++ = kHex[byte & 15];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(ErrorKind::invalid_input, "hex: an odd number of digits");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorKind::invalid_input, std::format("hex: no digit at character {}", i));
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

std::string to_base64(BytesView bytes) { return encode64(bytes, kBase64, true); }
std::string to_base64url(BytesView bytes) { return encode64(bytes, kBase64Url, false); }

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorKind::invalid_input, "base64: the length is no multiple of four");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode64(text, kBase64);
}

Result<Bytes> from_base64url(std::string_view text) { return decode64(text, kBase64Url); }

void wipe(std::span<std::uint8_t> bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());  // its first argument is declared never to be null
}

}  // namespace cordon
