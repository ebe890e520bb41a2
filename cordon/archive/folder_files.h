// What lies in a log's folder beside what its checkpoint calls for.
#pragma once

#include <filesystem>
#include <vector>

#include "cordon/archive/verify.h"

namespace cordon::archive {

struct FolderFiles {
  std::uint64_t ahead = 0;    // beyond the checkpoint
  std::vector<Fault> faults;  // badly named, or a narrower tile that says something else than the one it became
};
Result<FolderFiles> check_files(const std::filesystem::path& folder, const LogReader& log, std::uint64_t minimum);

}  // namespace cordon::archive
