// Whose signatures count, and the member signatures.json that carries them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/bundle/key_pair.h"

namespace cordon::bundle {

// Several keys are for rotation: the old and the new are trusted for a time, and a bundle may carry both signatures.
// More keys never make a weaker signature do: `threshold` different ones must have signed, each with both halves.
struct Trust {
  std::vector<PublicPair> keys;
  std::size_t threshold = 1;
};

// Refuses no keys, a key named twice (also one half of it), and a threshold that is none or cannot be reached.
Result<void> check(const Trust& trust);

struct Signature {
  std::string key;   // the id of the pair
  std::string name;  // as the signer calls it: a hint for people, never trusted
  PairSignature halves;
};

std::string to_text(const std::vector<Signature>& signatures);
Result<std::vector<Signature>> parse_signatures(std::string_view text);

Result<Signature> sign(std::string_view manifest, const SigningPair& pair);

// The names, as Trust has them, of those who signed. Signatures of unknown keys do not count; a wrong one of a known
// key refuses everything.
Result<std::vector<std::string>> verified_signers(std::string_view manifest, const std::vector<Signature>& signatures,
                                                  const Trust& trust);

}  // namespace cordon::bundle
