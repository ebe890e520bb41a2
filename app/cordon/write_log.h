// The log writer's process.
#pragma once

#include <filesystem>

namespace cordon::app {

// Serves until SIGTERM; ends with a status when the log takes no more records, so that it is started anew and
// recovers.
int write_log(const std::filesystem::path& config);

}  // namespace cordon::app
