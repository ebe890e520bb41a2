// The claims of access tokens and client credentials assertions: TS 29.510 6.3.5.2.4, TS 29.500 5.2.3.2.11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/crypto/digest.h"

namespace cordon::tokens {

inline constexpr std::size_t kLongestToken = 16U << 10;

struct Claims {
  std::string issuer;                        // NF instance of the NRF; empty in an assertion
  std::string subject;                       // NF instance of the consumer
  std::vector<std::string> audience;         // an NF type, or NF instances
  std::vector<std::string> scope;            // "nudm-sdm", "nudm-sdm:am-data:read"
  std::int64_t expires = 0;                  // seconds since 1970 (RFC 7519 2, NumericDate)
  std::optional<std::int64_t> issued;        // iat
  std::optional<std::int64_t> not_before;    // nbf
  std::string consumer_plmn, producer_plmn;  // "99970"; of a non-public network "99970-<nid>"; empty: not said
  std::vector<std::string> slices;           // producerSnssaiList as the inventory writes them: "1", "1-000001"
  std::vector<std::string> nsis;             // producerNsiList
  std::string nf_set, service_set;           // producerNfSetId, producerNfServiceSetId
  std::optional<crypto::Sha256Digest> certificate;  // cnf x5t#S256 (RFC 8705 3.1)

  bool operator==(const Claims&) const = default;
};

// Strict about the claims it knows: a wrong type, a value too long, or a confirmation (cnf) of another kind is an
// error. Claims it does not know are left aside (RFC 7519 4).
Result<Claims> parse_claims(std::string_view json);

std::string to_json(const Claims& claims);

// S-NSSAI (TS 29.571 5.4.4.2) as the inventory writes it.
std::string slice_text(std::int64_t sst, std::string_view sd);

}  // namespace cordon::tokens
