// A receipt that stands alone (C2SP tlog-proof): index, inclusion proof, checkpoint with its signatures.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cordon/transparency/note.h"
#include "cordon/transparency/witness_policy.h"

namespace cordon::transparency {

struct LogProof {
  std::optional<Bytes> extra;
  std::uint64_t index = 0;
  std::vector<Hash> inclusion;
  Note checkpoint;
  std::string text() const;
};
Result<LogProof> parse_log_proof(std::string_view text);

// The checkpoint is the trusted log's, its witnesses suffice, and the entry is in it.
Result<Checkpoint> verify_log_proof(const LogProof& proof, BytesView entry, const TrustPolicy& policy);

}  // namespace cordon::transparency
