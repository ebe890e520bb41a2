// What backing up and restoring a log share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string_view>

#include "cordon/archive/copy_log.h"
#include "cordon/wire/json.h"

namespace cordon::app {

// The copies of a vault in a backup, by their number: the last one is the newest.
std::map<std::uint64_t, std::filesystem::path> vault_copies(const std::filesystem::path& folder);

// As report(), and a copy that does not verify is exit status 1.
int report_copy(std::string_view command, const Error& error, bool json);
wire::Json copied_json(const archive::Copied& copied);

}  // namespace cordon::app
