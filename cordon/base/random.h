// Randomness enters Cordon here: the kernel's generator, or a seeded one in tests and simulations.
#pragma once

#include <cstdint>
#include <span>

namespace cordon {

// Fills from getrandom(2); a machine that cannot give randomness stops the process.
void fill_random(std::span<std::uint8_t> bytes);
std::uint64_t random_u64();

}  // namespace cordon
