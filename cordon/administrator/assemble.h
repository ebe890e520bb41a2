// From files on disk to one checked, signed snapshot.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "cordon/base/clock.h"
#include "cordon/base/result.h"
#include "cordon/crypto/key.h"
#include "cordon/enforcement/snapshot.h"

namespace cordon::administrator {

struct Sources {
  std::filesystem::path policy;
  std::filesystem::path inventory;
};

// The key that signs snapshots: read, or made at first start (0600, with the public half beside it as .pub).
Result<crypto::PrivateKey> signing_key(const std::filesystem::path& file);

// Reads and compiles both files; an error in either refuses the whole snapshot.
Result<enforcement::Snapshot> assemble(const Sources& sources, std::uint64_t sequence, WallTime now,
                                       std::chrono::seconds life);

}  // namespace cordon::administrator
