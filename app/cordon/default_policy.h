// policies/sbi.cedar as built in.
#pragma once

#include <string_view>

namespace cordon::app {

inline constexpr std::string_view kDefaultPolicy =
#include "app/default_policy.inc"
    ;

}  // namespace cordon::app
