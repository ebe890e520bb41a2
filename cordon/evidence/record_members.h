// The members of a record in CBOR: which key, how packed, how long at most. record-schema.md says the same in CDDL.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/evidence/record.h"
#include "cordon/evidence/record_pack.h"
#include "cordon/evidence/record_text.h"

namespace cordon::evidence {

using Key = std::uint64_t;

inline constexpr std::uint64_t kRecordVersion = 1;
inline constexpr Key kVersionKey = 0;
inline constexpr std::size_t kMostLater = 1024;  // bytes of unknown members kept, of each group
inline constexpr std::size_t kMostItems = 4096;  // of a list

struct TextMember {
  Key key;
  std::string_view name;
  std::string Record::* text;
  Packing packing = Packing::text;
  std::size_t most = kShortText;
};

inline constexpr Key kTime = 1;
inline constexpr Key kStatus = 2;
inline constexpr std::array kTexts{
    TextMember{3, "proxy", &Record::proxy},
    TextMember{4, "kind", &Record::kind, Packing::word},
    TextMember{5, "decision", &Record::decision, Packing::word},
    TextMember{6, "rule", &Record::rule, Packing::word},
    TextMember{7, "policy_set", &Record::policy_set, Packing::hex},
    TextMember{8, "caller", &Record::caller, Packing::uuid},
    TextMember{9, "caller_type", &Record::caller_type, Packing::word},
    TextMember{10, "caller_name", &Record::caller_name},
    TextMember{11, "peer", &Record::peer, Packing::address},
    TextMember{12, "certificate", &Record::certificate, Packing::hex},
    TextMember{13, "producer", &Record::producer, Packing::uuid},
    TextMember{14, "producer_type", &Record::producer_type, Packing::word},
    TextMember{15, "method", &Record::method, Packing::references},
    TextMember{16, "action", &Record::action},
    TextMember{17, "resource", &Record::resource, Packing::references, kResourceText},
    TextMember{18, "body", &Record::body, Packing::word},
    TextMember{19, "tls", &Record::tls, Packing::word},
    TextMember{20, "reason", &Record::reason, Packing::references, kReasonText},
    TextMember{21, "trace", &Record::trace, Packing::hex},
    TextMember{22, "trust", &Record::trust, Packing::word},
};
inline constexpr Key kFirstText = kTexts.front().key;
inline constexpr Key kLastText = kTexts.back().key;
inline constexpr Key kLinks = 25;
inline constexpr Key kSpool = 26;
inline constexpr Key kIdentifier = 1;  // of a personal group

struct ListMember {
  Key key;
  std::string_view name;
  std::vector<std::string> Record::* texts;
  std::size_t most;
  bool references = false;  // subscribers may stand in it
};
inline constexpr ListMember kPolicies{23, "policies", &Record::policies, kPoliciesText};
inline constexpr ListMember kObligations{24, "obligations", &Record::obligations, kObligationsText};
inline constexpr ListMember kClaims{1, "claims", &Record::claims, kClaimsText, true};
inline constexpr ListMember kDetails{2, "details", &Record::details, kDetailsText, true};

}  // namespace cordon::evidence
