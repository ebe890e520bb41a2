// Whom an auditor trusts (C2SP tlog-policy): the log's keys, witnesses, groups of them, and the quorum.
//   log vkey
//   witness NAME vkey [URL]
//   group NAME k|any|all MEMBER...
//   quorum NAME|none
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/transparency/note.h"

namespace cordon::transparency {

struct TrustPolicy {
  struct Witness {
    std::string name;
    VerifierKey key;
    std::string url;  // empty: nobody asks it
  };
  struct Group {
    std::string name;
    std::size_t needed = 0;
    std::vector<std::string> members;  // witnesses and groups declared before
  };
  std::vector<VerifierKey> logs;  // a checkpoint must carry the signatures of all that bear its origin as name
  std::vector<Witness> witnesses;
  std::vector<Group> groups;
  std::string quorum;  // name, or "none"
};
Result<TrustPolicy> parse_trust_policy(std::string_view text, std::string_view file);  // errors name file:line

struct WitnessedBy {
  std::vector<std::string> witnesses;  // whose cosignature holds
  bool quorum = false;
};
// corrupt: a signature of the log is missing or false. Cosignatures that are false or unknown do not count.
Result<WitnessedBy> verify_checkpoint(const Note& checkpoint, const TrustPolicy& policy);

}  // namespace cordon::transparency
