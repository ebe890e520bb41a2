// What the processes beside the enforcement point give up: writing elsewhere than in the state, new privileges.
#pragma once

#include <vector>

#include "cordon/enforcement/settings.h"

namespace cordon::app {

// For a process that was started as root when privilege.user names another: that user from here on.
Result<void> become_user_of(const enforcement::Settings& settings);

// Writes below the state and `also`, and nowhere else. A kernel without Landlock: a warning.
Result<void> write_only_state(const enforcement::Settings& settings, std::vector<std::filesystem::path> also = {});

}  // namespace cordon::app
