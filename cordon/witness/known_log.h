// The logs a witness, mirror or monitor knows: an origin and the keys that sign for it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/transparency/note.h"
#include "cordon/transparency/witness_policy.h"

namespace cordon::witness {

struct KnownLog {
  std::string origin;
  std::vector<transparency::VerifierKey> keys;
};

// The `log` lines of a trust policy, those of one name together.
std::vector<KnownLog> known_logs(const transparency::TrustPolicy& policy);
// The only log of the policy, or the one of that origin.
Result<KnownLog> known_log(const transparency::TrustPolicy& policy, std::string_view origin);

// The lines of the note that those keys made, one a key. permission: there is none, or one that bears a key's name
// and id does not hold (C2SP tlog-witness: 403 for both).
Result<std::vector<transparency::NoteSignature>> signatures_of(const transparency::Note& note,
                                                               std::span<const transparency::VerifierKey> keys);

// Whether it is a checkpoint of that log, by its keys.
Result<transparency::Checkpoint> checkpoint_of(const transparency::Note& note, const KnownLog& log);

std::string origin_hash(std::string_view origin);  // lowercase hexadecimal SHA-256: how witnesses name a log in paths

}  // namespace cordon::witness
