// Copies a log's public part into a folder and verifies it on the way: the copy's checkpoint is written last, and
// only when everything it promises was copied and holds.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cordon/archive/verify.h"

namespace cordon::archive {

struct Copied {
  VerifyReport verified;    // not ok(): the copy stands where it stood before
  std::uint64_t from = 0;   // entries the copy held before
  std::uint64_t files = 0;  // written
  std::uint64_t bytes = 0;
};

// into: empty, or an earlier copy, which is continued; only what it lacks is read.
Result<Copied> copy_log(const std::filesystem::path& from, const std::filesystem::path& into,
                        const VerifyOptions& options);

// Files as they are, without looking into them; those already alike stay.
Result<void> copy_file_durably(const std::filesystem::path& from, const std::filesystem::path& into, mode_t mode);

}  // namespace cordon::archive
