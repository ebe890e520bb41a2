// What the process gives up before it faces anybody.
#pragma once

#include <filesystem>
#include <string>

#include "cordon/enforcement/settings.h"

namespace cordon {

// At the very start.
void lock_down();

// As soon as the configuration is known: the user it shall be, with no capability but low ports.
Result<void> become_own_user(const enforcement::Settings& settings);

// When everything is open that other rights were needed for, and before there is a second thread. The result says in
// words what is in force.
Result<std::string> give_up_the_rest(const enforcement::Settings& settings, const std::filesystem::path& config);

}  // namespace cordon
