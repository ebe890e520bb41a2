// What a caller with an unknown path most likely meant. Bounded work: a few thousand short comparisons at most.
#pragma once

#include <string>
#include <string_view>

namespace cordon::wire::sbi {

// "; the closest known path is /nnrf-nfm/v1/nf-instances", or nothing when no service is near. The path has no fault.
std::string suggestion(std::string_view path);

}  // namespace cordon::wire::sbi
