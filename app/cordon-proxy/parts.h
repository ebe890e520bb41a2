// From the configuration to what the enforcement point is made of.
#pragma once

#include "cordon/enforcement/proxy.h"
#include "cordon/enforcement/settings.h"

namespace cordon {

Result<enforcement::ProxyParts> proxy_parts(const enforcement::Settings& settings);

}  // namespace cordon
