// What the process gives up before it faces anybody.
#pragma once

namespace cordon {

void lock_down();

}  // namespace cordon
