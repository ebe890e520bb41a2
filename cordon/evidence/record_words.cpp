#include "cordon/evidence/record_words.h"

#include <algorithm>
#include <array>
#include <format>
#include <numeric>

namespace cordon::evidence {

namespace {

// The first 24 take one byte. record-schema.md repeats the list, and record_text_test.cpp holds the two together.
constexpr auto kWords = std::to_array<std::string_view>(
    {"permit", "refuse", "GET", "POST", "PUT", "PATCH", "DELETE", "TLSv1.3 X25519MLKEM768", "json", "AMF", "SMF",
     "UDM", "UDR", "AUSF", "NRF", "PCF", "NSSF", "BSF", "SCP", "UPF", "NEF", "CHF", "no-permit", "TLSv1.3 X25519",
     // kinds
     "start", "snapshot", "repair", "gap", "trust", "policy", "verdict", "credential", "ai", "access", "erasure",
     "hold", "rotation", "index", "spool", "spool-gap", "spool-positions", "watermark",
     // methods, bodies
     "HEAD", "OPTIONS", "json-patch", "merge-patch", "multipart", "form", "other",
     // TS 29.510 6.1.6.3.3 NFType
     "SEPP", "SMSF", "NWDAF", "UDSF", "LMF", "GMLC", "5G_EIR", "AF", "N3IWF", "UCMF", "HSS", "CBCF", "EES", "NSSAAF",
     "5G_DDNMF", "MFAF", "DCCF", "ADRF", "TSCTSF", "AANF", "EASDF", "MB_SMF", "MBSF", "GBA_BSF", "MNPF", "NSACF",
     "SMS_GMSC", "SMS_IWMSC", "AMF_EIR",
     // TLS
     "TLSv1.3 SecP256r1MLKEM768", "TLSv1.3 secp256r1", "TLSv1.3 secp384r1", "TLSv1.3 x25519", "TLSv1.2 X25519",
     "TLSv1.2 secp256r1",
     // rules of Cordon's own
     "identity-unknown-instance", "identity-unknown-address", "identity-wrong-name", "service-not-here",
     "producer-unknown", "closed", "snapshot-expired",
     // trust
     "low", "medium", "high", "unknown",
     // kinds that came later
     "witness"});

using Order = std::array<std::uint16_t, kWords.size()>;

constexpr Order kSorted = [] {
  Order order{};
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  std::ranges::sort(order, {}, [](std::uint16_t number) { return kWords[number]; });
  return order;
}();

}  // namespace

std::optional<std::uint64_t> word_number(std::string_view word) {
  const auto found = std::ranges::lower_bound(kSorted, word, {}, [](std::uint16_t number) { return kWords[number]; });
  if (found == kSorted.end() || kWords[*found] != word) return {};
  return *found;
}

std::string word_of(std::uint64_t number) {
  return number < kWords.size() ? std::string(kWords[number]) : std::format("?{}", number);
}

}  // namespace cordon::evidence
