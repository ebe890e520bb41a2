#include "lab/ngap.h"

namespace cordon::lab {

namespace {

using namespace std::string_view_literals;

constexpr auto kBeforeTeid =
    "\x00\x00\x04\x00\x82\x00\x0a\x0c\x3b\x9a\xca\x00\x30\x3b\x9a\xca\x00\x00\x8b\x00\x0a\x01\xf0\x7f\x00\x00\x07"sv;
constexpr auto kAfterTeid = "\x00\x86\x00\x01\x20\x00\x88\x00\x07\x00\x01\x00\x00\x09\x1c\x00"sv;
constexpr auto kResponse =
    "\x00\x13\xe0\x7f\x00\x00\x02\xfd\x69\xf2\x1d\x87\x3c\x00\xfa\x00"
    "\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x01\x00\x01"sv;
constexpr auto kTunnelElement = "\x00\x8b\x00\x0a\x01\xf0"sv;  // id 139, criticality, length, GTP tunnel over IPv4

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

}  // namespace

std::string setup_request_transfer(std::uint32_t teid) {
  return std::string(kBeforeTeid) + big_endian(teid) + std::string(kAfterTeid);
}

std::string setup_response_transfer() { return std::string(kResponse); }

std::string without_teid(std::string_view transfer) {
  std::string out(transfer);
  const auto element = transfer.find(kTunnelElement);
  const auto teid = element + kTunnelElement.size() + 4;  // behind the IPv4 address
  if (element == std::string_view::npos || teid + 4 > transfer.size()) return out;
  return out.replace(teid, 4, 4, '\0');
}

}  // namespace cordon::lab
