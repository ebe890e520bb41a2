// The bytes the log keeps of one record, and what anybody may read of them without a key. CBOR array, version 1:
//   [1, kind, epoch, nonce (12 bytes), terms (n * 8 bytes), header, analyst, [[pseudonym (10 bytes), payload]...]]
// header, analyst and payload are ciphertexts under a key of this record alone (see sealing.h); analyst and payloads
// may be empty. A leaf of the log is the hash of all of it, so destroying keys never breaks a proof.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"

namespace cordon::vault {

using Pseudonym = std::array<std::uint8_t, 10>;  // shown as "p:" and 20 hexadecimal digits
using Term = std::uint64_t;                      // keyed hash of something to search for ("rule:own-profile-only")
using EntryNonce = std::array<std::uint8_t, 12>;

enum class EntryKind : std::uint8_t {
  decision = 1,
  start,
  snapshot,
  repair,
  gap,
  trust,
  policy,
  verdict,
  credential,
  ai,
  access,
  erasure,
  hold,
  rotation,
  index,
  spool,
  other
};

struct SealedEntry {
  EntryKind kind = EntryKind::other;
  std::uint32_t epoch = 0;
  EntryNonce nonce{};
  std::vector<Term> terms;
  BytesView header;  // all views are into the parsed bytes
  BytesView analyst;
  struct Personal {
    Pseudonym pseudonym{};
    BytesView payload;
  };
  std::vector<Personal> personal;  // at most 4
  BytesView associated;            // what is authenticated beside every ciphertext: the entry up to its terms
};
// Unknown versions are an error that says so; unknown kinds become `other`.
Result<SealedEntry> parse_entry(BytesView entry);

}  // namespace cordon::vault
