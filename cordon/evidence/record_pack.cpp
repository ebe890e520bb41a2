#include "cordon/evidence/record_pack.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <format>

namespace cordon::evidence {

namespace {

constexpr std::size_t kUuidText = 36;
constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kPortBytes = 2;
constexpr std::size_t kIpv4Packed = 4 + kPortBytes;
constexpr std::size_t kIpv6Packed = 16 + kPortBytes;
constexpr std::size_t kLongestAddress = 64;  // "[" 45 "]:" 5
constexpr std::array<std::size_t, 5> kUuidGroups{8, 4, 4, 4, 12};

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void append_number(std::string& out, unsigned number) {
  std::array<char, 10> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

std::string address_text(BytesView bytes) {
  std::string out;
  if (bytes.size() == kIpv4Packed) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0) out += '.';
      append_number(out, bytes[i]);
    }
  } else {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
    ((out += '[') += text.data()) += ']';
  }
  const auto port = bytes.last(kPortBytes);
  append_number(out += ':', static_cast<unsigned>(port[0] << 8 | port[1]));
  return out;
}

std::string uuid_text(BytesView bytes) {
  const auto digits = to_hex(bytes);
  std::string out;
  out.reserve(kUuidText);
  std::size_t at = 0;
  for (const auto group : kUuidGroups) {
    if (at > 0) out += '-';
    out.append(digits, at, group);
    at += group;
  }
  return out;
}

}  // namespace

bool Packed::append_hex(std::string_view digits) {
  if (digits.size() % 2 != 0 || size_ + digits.size() / 2 > bytes_.size()) return false;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = digit_value(digits[i]);
    const int low = digit_value(digits[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes_[size_++] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

void Packed::pack_hex(std::string_view text) {
  if (!append_hex(text)) size_ = 0;
}

void Packed::pack_uuid(std::string_view text) {
  if (text.size() != kUuidText) return;
  bool good = true;
  std::size_t at = 0;
  for (const auto group : kUuidGroups) {
    good = good && (at == 0 || text[at - 1] == '-') && append_hex(text.substr(at, group));
    at += group + 1;
  }
  if (!good) size_ = 0;
}

void Packed::pack_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || text.size() > kLongestAddress) return;
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data() + colon + 1, end, port).ptr != end) return;
  const bool v6 = text.starts_with('[');
  if (v6 && text[colon - 1] != ']') return;
  const std::string address(v6 ? text.substr(1, colon - 2) : text.substr(0, colon));
  if (::inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes_.data()) != 1) return;
  size_ = v6 ? kIpv6Packed : kIpv4Packed;
  bytes_[size_ - 2] = static_cast<std::uint8_t>(port >> 8);
  bytes_[size_ - 1] = static_cast<std::uint8_t>(port);
  if (address_text(bytes()) != text) size_ = 0;  // another spelling of it
}

Packed Packed::of(std::string_view text, Packing packing) {
  Packed packed;
  if (packing == Packing::hex) packed.pack_hex(text);
  if (packing == Packing::uuid) packed.pack_uuid(text);
  if (packing == Packing::address) packed.pack_address(text);
  return packed;
}

Result<std::string> unpacked(BytesView bytes, Packing packing) {
  if (packing == Packing::hex && !bytes.empty() && bytes.size() <= 64) return to_hex(bytes);
  if (packing == Packing::uuid && bytes.size() == kUuidBytes) return uuid_text(bytes);
  if (packing == Packing::address && (bytes.size() == kIpv4Packed || bytes.size() == kIpv6Packed))
    return address_text(bytes);
  return fail(ErrorKind::invalid_input, std::format("cannot be {} bytes", bytes.size()));
}

}  // namespace cordon::evidence
