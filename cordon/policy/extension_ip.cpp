// ipaddr: addresses and networks of both families.
#include <algorithm>
#include <charconv>
#include <format>
#include <vector>

#include "cordon/policy/extension.h"

namespace cordon::policy {

namespace {

constexpr std::size_t kGroups = 8;  // of an IPv6 address, two bytes each

// Decimal without a sign or a needless zero in front.
std::optional<std::uint8_t> small_number(std::string_view text, unsigned most) {
  unsigned value = 0;
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

bool read_v4(std::string_view text, IpNetwork& network) {
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t point = i < 3 ? text.find('.') : text.size();
    const auto byte = small_number(text.substr(0, point), 255);
    if (point == std::string_view::npos || !byte) return false;
    network.address[i] = *byte;
    text.remove_prefix(std::min(text.size(), point + 1));
  }
  return true;
}

// "a:b:c" as its groups; the empty text has none.
std::optional<std::vector<std::uint16_t>> groups(std::string_view text) {
  std::vector<std::uint16_t> read;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string_view digits = text.substr(0, colon);
    std::uint16_t group = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), group, 16);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (!whole || digits.size() > 4 || read.size() == kGroups || colon + 1 == text.size()) return std::nullopt;
    read.push_back(group);
    text.remove_prefix(std::min(text.size(), colon + 1));
  }
  return read;
}

void put(IpNetwork& network, std::size_t at, std::uint16_t group) {
  network.address[2 * at] = static_cast<std::uint8_t>(group >> 8);
  network.address[2 * at + 1] = static_cast<std::uint8_t>(group & 0xFF);
}

// RFC 4291 2.2, forms 1 and 2; the form with a dotted IPv4 address at its end is none of Cedar's.
bool read_v6(std::string_view text, IpNetwork& network) {
  const std::size_t gap = text.find("::");
  const auto head = groups(text.substr(0, gap));
  const auto tail = groups(gap == std::string_view::npos ? std::string_view{} : text.substr(gap + 2));
  if (!head || !tail) return false;
  const std::size_t count = head->size() + tail->size();
  if (gap == std::string_view::npos ? count != kGroups : count >= kGroups) return false;
  for (std::size_t i = 0; i < head->size(); ++i) put(network, i, (*head)[i]);
  for (std::size_t i = 0; i < tail->size(); ++i) put(network, kGroups - tail->size() + i, (*tail)[i]);
  return true;
}

std::uint16_t group(const IpNetwork& network, std::size_t at) {
  return static_cast<std::uint16_t>(network.address[2 * at] << 8 | network.address[2 * at + 1]);
}

struct Run {
  std::size_t begin = 0;
  std::size_t length = 0;
};

// RFC 5952 4.2: the longest run of at least two zero groups, the first of equals.
Run longest_zeros(const IpNetwork& network) {
  Run best, run;
  for (std::size_t i = 0; i < kGroups; ++i) {
    run = group(network, i) == 0 ? Run{run.length == 0 ? i : run.begin, run.length + 1} : Run{};
    if (run.length > best.length) best = run;
  }
  return best.length < 2 ? Run{kGroups, 0} : best;
}

std::string v6_text(const IpNetwork& network) {
  const Run gap = longest_zeros(network);
  std::string text;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == gap.begin) {
      text += "::";
      i += gap.length - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    text += std::format("{:x}", group(network, i));
  }
  return text;
}

bool same_bits(const IpNetwork& a, const IpNetwork& b, unsigned bits) {
  for (std::size_t i = 0; bits > 0; ++i) {
    const unsigned take = std::min(bits, 8U);
    const unsigned mask = (0xFF00U >> take) & 0xFF;
    if (((a.address[i] ^ b.address[i]) & mask) != 0) return false;
    bits -= take;
  }
  return true;
}

}  // namespace

std::optional<IpNetwork> ip_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  IpNetwork network;
  network.v6 = address.contains(':');
  network.prefix = network.v6 ? 128 : 32;
  if (!(network.v6 ? read_v6(address, network) : read_v4(address, network))) return std::nullopt;
  if (slash == std::string_view::npos) return network;
  const auto prefix = small_number(text.substr(slash + 1), network.prefix);
  if (!prefix) return std::nullopt;
  network.prefix = *prefix;
  return network;
}

std::string text_of(const IpNetwork& value) {
  const auto& a = value.address;
  std::string text = value.v6 ? v6_text(value) : std::format("{}.{}.{}.{}", a[0], a[1], a[2], a[3]);
  if (value.prefix != (value.v6 ? 128 : 32)) text += std::format("/{}", value.prefix);
  return text;
}

bool in_range(const IpNetwork& inner, const IpNetwork& outer) {
  return inner.v6 == outer.v6 && inner.prefix >= outer.prefix && same_bits(inner, outer, outer.prefix);
}

bool is_loopback(const IpNetwork& network) {
  static constexpr IpNetwork kV4{.v6 = false, .prefix = 8, .address = {127}};
  static constexpr IpNetwork kV6{
      .v6 = true, .prefix = 128, .address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return in_range(network, network.v6 ? kV6 : kV4);
}

bool is_multicast(const IpNetwork& network) {
  static constexpr IpNetwork kV4{.v6 = false, .prefix = 4, .address = {224}};
  static constexpr IpNetwork kV6{.v6 = true, .prefix = 8, .address = {0xFF}};
  return in_range(network, network.v6 ? kV6 : kV4);
}

}  // namespace cordon::policy
