// What the evidence log keeps of one decision. Subscriber identifiers never stand here in clear: see pseudonym.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/base/result.h"

namespace cordon::evidence {

// A subscriber the record is about: the pseudonym stands in the texts, the identifier is sealed under the
// subscriber's own key and never stands anywhere in clear.
struct Subject {
  std::string pseudonym;   // "p:0123456789abcdef0123"
  std::string identifier;  // "imsi-999700000021309"; empty where a reader may not see it, or it was erased
  bool erased = false;     // his key was destroyed: nobody can read the identifier any more
  bool operator==(const Subject&) const = default;
};

// Where a record stood in an enforcement point's spool before the log had it: numbers from 1, without gaps.
struct SpoolMark {
  std::string source;  // the enforcement point and its run, at most 64 bytes
  std::uint64_t sequence = 0;
  bool operator==(const SpoolMark&) const = default;
};

// What a later version wrote and this one does not know: kept as it came, so that an older program on the way loses
// nothing.
struct Later {
  std::uint64_t members = 0;  // how many, also those beyond what is kept
  std::string header;         // pairs of CBOR
  std::string analyst;
  bool operator==(const Later&) const = default;
};

struct Record {
  std::uint64_t sequence = 0;     // given by the log, from 0
  WallTime time{};                // of the decision, by the proxy's clock
  std::string proxy;              // which enforcement point
  std::string kind = "decision";  // or "start", "snapshot", "repair", "gap"...: vault::EntryKind
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
  std::string action;                    // "nnrf-nfm:RegisterNFInstance", or "" when unclassified
  std::string resource;                  // path template with values; subscriber identifiers as pseudonyms
  std::string body;                      // what the body was: "json", "json-patch"...; empty: none
  std::string tls;                       // "TLSv1.3 X25519MLKEM768"; empty in cleartext
  std::vector<std::string> claims;       // what body and query asserted, "name=value", as pseudonyms where personal
  std::string reason;                    // the sentence a person reads
  std::vector<std::string> details;      // near misses, errors: for cordon explain
  std::string trace;                     // W3C traceparent id, may be empty
  int status = 0;                        // what Cordon answered; 0 when the request was passed on
  std::vector<Subject> subjects;         // at most 4
  std::string trust;                     // the caller's level when it was decided, empty: none known
  std::vector<std::string> obligations;  // what policy demanded beside the answer: "evidence=queued"
  std::vector<std::uint64_t> links;      // earlier records this one belongs to
  std::optional<SpoolMark> spool;        // set when it reached the log through a spool
  Later later;
  bool operator==(const Record&) const = default;
};

void clear(Record& record);  // as a new one; keeps the memory

// The printed form: one line of JSON without line breaks; unknown members are ignored when read (forward compatible).
std::string encode(const Record& record);
Result<Record> decode(std::string_view line);

}  // namespace cordon::evidence
