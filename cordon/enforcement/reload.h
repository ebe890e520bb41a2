// The configuration again, while it is in use: what changed, and whether it can change without a restart.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {

struct Reread {
  std::string yaml;
  Settings settings;
  std::set<std::string> changed;  // keys of the root; all can change while it runs
};

// An error, and nothing of it is to be used, when anything in the file is wrong or asks for a restart.
Result<Reread> reread(const std::filesystem::path& file, const std::string& running_yaml, const Settings& running);

}  // namespace cordon::enforcement
