// Checkpoints: the writer's signed word on how long the log was and what its last line was. They find a cut-off tail,
// which a hash chain alone does not. The file is text, so that OpenSSL's own tool can verify it:
//   cordon-evidence-checkpoint-v1
//   size 1234
//   head <64 hexadecimal digits>
//   time 2026-11-21T02:48:04.730123Z
//   signature <base64: Ed25519 over the four lines above, with their line ends>
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cordon/base/clock.h"
#include "cordon/crypto/key.h"
#include "cordon/evidence/chain.h"
#include "cordon/evidence/disk.h"

namespace cordon::evidence {

inline constexpr std::string_view kCheckpointFile = "checkpoint";

struct Checkpoint {
  Head head;
  WallTime time{};
};

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const crypto::PrivateKey& key);
Result<Checkpoint> read_checkpoint(std::string_view text, const crypto::PublicKey& key);

Result<void> store_checkpoint(Disk& disk, const Checkpoint& checkpoint, const crypto::PrivateKey& key);
Result<std::optional<Checkpoint>> load_checkpoint(Disk& disk, const crypto::PublicKey& key);  // nothing: no such file

// log-key.pem (mode 0600) and log-key.pub of a log's folder. They are made when both they and the log are new; a log
// whose key is gone is an error, because a new key would make its checkpoint look forged.
Result<crypto::PrivateKey> log_key(const std::filesystem::path& folder);
Result<crypto::PublicKey> log_public_key(const std::filesystem::path& folder);

}  // namespace cordon::evidence
