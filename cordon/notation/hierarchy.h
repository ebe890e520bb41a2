// What entities must be together.
#pragma once

#include <vector>

#include "cordon/notation/spot.h"
#include "cordon/policy/entities.h"

namespace cordon::notation {

// Drops repetitions of the same entity; refuses two that differ, and an entity among its own ancestors.
Result<std::vector<policy::Entity>> joined(const Spot& document, std::vector<policy::Entity> entities);

}  // namespace cordon::notation
