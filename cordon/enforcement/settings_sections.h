// The sections of cordon.yaml, a file each: settings_<section>.cpp. Mistakes are noted in the map.
#pragma once

#include <filesystem>

#include "cordon/base/config.h"
#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {

TlsFiles read_tls(ConfigMap map, const std::filesystem::path& folder, bool needed);
EvidenceSettings read_evidence(ConfigMap map, const std::filesystem::path& folder, const Settings& settings);

}  // namespace cordon::enforcement
