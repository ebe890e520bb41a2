// From files on disk to one checked snapshot.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/administrator/read_policy.h"
#include "cordon/base/clock.h"
#include "cordon/base/result.h"
#include "cordon/bundle/bundle.h"
#include "cordon/crypto/key.h"
#include "cordon/enforcement/snapshot.h"

namespace cordon::administrator {

// The key that signs snapshots: read, or made at first start (0600, with the public half beside it as .pub).
Result<crypto::PrivateKey> signing_key(const std::filesystem::path& file);

struct Assembled {
  enforcement::Snapshot snapshot;
  std::shared_ptr<const enforcement::Protection> protection;  // the snapshot, compiled
  std::optional<bundle::Bundle> bundle;  // its version is to be accepted before the snapshot is published
  std::string policy_set_hash;
  std::vector<std::string> warnings;
};

// Reads all sources, verifies the bundle, validates policies and entities strictly, and compiles; an error anywhere
// refuses the whole snapshot. Knows nothing of versions.
Result<Assembled> assemble(const Sources& sources, std::uint64_t sequence, WallTime now, std::chrono::seconds life);

}  // namespace cordon::administrator
