// Which keys must have signed a log's checkpoint: those an auditor trusts, followed through the log's statements of
// changed keys (rotation/1, rotation/2...), each signed with the old and the new keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cordon/archive/statement.h"
#include "cordon/transparency/tile.h"
#include "cordon/transparency/witness_policy.h"

namespace cordon::archive {

inline constexpr std::string_view kKeysFile = "log.vkeys";
inline constexpr std::size_t kMostRotations = 1000;
std::string rotation_file(std::size_t number);  // from 1

Result<std::vector<transparency::VerifierKey>> parse_vkeys(std::string_view text, std::string_view file);
std::string vkeys_text(std::span<const transparency::VerifierKey> keys);

// All statements of changed keys, each verified with its own old and new keys and following from the one before.
Result<std::vector<SignedStatement>> read_rotations(const transparency::ReadResource& read, std::string_view origin);

struct KeyChain {
  // keys[i] signed checkpoints up to (and with) until[i]; the last ones have no end.
  std::vector<std::vector<transparency::VerifierKey>> keys;
  std::vector<std::uint64_t> until;
  bool from_log = false;  // nobody vouched for the first keys: they are what the log itself says
  // All sets of keys that may have signed a checkpoint of that size: one, or two at a change.
  std::vector<std::vector<transparency::VerifierKey>> at(std::uint64_t size) const;
};
// trust: nothing, or no key of that origin in it: the log's own log.vkeys (from_log).
Result<KeyChain> key_chain(const transparency::ReadResource& read, std::string_view origin,
                           const std::optional<transparency::TrustPolicy>& trust);
// rotations: as read_rotations() verified them. Those that do not lead to the trusted keys count for nothing.
KeyChain key_chain(std::span<const SignedStatement> rotations, std::vector<transparency::VerifierKey> trusted);

// Log signatures by the chain's keys of that size, cosignatures by the policy.
Result<transparency::WitnessedBy> verify_signatures(const transparency::Note& checkpoint, const KeyChain& chain,
                                                    const std::optional<transparency::TrustPolicy>& trust);

}  // namespace cordon::archive
