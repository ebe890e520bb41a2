// What the evidence log keeps of one decision. Subscriber identifiers never stand here in clear: see pseudonym.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/base/result.h"

namespace cordon::evidence {

struct Record {
  std::uint64_t sequence = 0;     // given by the log, from 0
  WallTime time{};                // of the decision, by the proxy's clock
  std::string proxy;              // which enforcement point
  std::string kind = "decision";  // or "start", "snapshot", "repair", "gap"
  std::string decision;           // "permit" or "refuse"
  std::string rule;  // the determining policy or built-in rule: "own-profile-only", "identity-unknown-instance"
  std::vector<std::string> policies;  // all determining policies
  std::string policy_set;             // digest of the set that decided
  std::string caller;                 // NF instance id, or "" when unidentified
  std::string caller_type;            // "AMF"
  std::string caller_name;            // inventory name
  std::string peer;                   // address and port
  std::string certificate;            // SHA-256 thumbprint
  std::string producer;               // instance id of the NF asked
  std::string producer_type;
  std::string method;
  std::string action;                // "nnrf-nfm:RegisterNFInstance", or "" when unclassified
  std::string resource;              // path template with values; subscriber identifiers as pseudonyms
  std::string body;                  // what the body was: "json", "json-patch"...; empty: none
  std::string tls;                   // "TLSv1.3 X25519MLKEM768"; empty in cleartext
  std::vector<std::string> claims;   // what body and query asserted, "name=value", as pseudonyms where personal
  std::string reason;                // the sentence a person reads
  std::vector<std::string> details;  // near misses, errors: for cordon explain
  std::string trace;                 // W3C traceparent id, may be empty
  int status = 0;                    // what Cordon answered; 0 when the request was passed on
};

// One line of JSON without line breaks; unknown members are ignored when read (forward compatible).
std::string encode(const Record& record);
Result<Record> decode(std::string_view line);

}  // namespace cordon::evidence
