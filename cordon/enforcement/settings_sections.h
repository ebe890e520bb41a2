// The sections of cordon.yaml, a file each: settings_<section>.cpp. Mistakes are noted in the map.
#pragma once

#include <filesystem>

#include "cordon/base/config.h"
#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {

TlsFiles read_tls(ConfigMap map, const std::filesystem::path& folder, bool needed);
EvidenceSettings read_evidence(ConfigMap map, const std::filesystem::path& folder, const Settings& settings);
Limits read_limits(ConfigMap map);
void read_notifications(ConfigMap map, LedgerRules& rules);
Privilege read_own_rights(ConfigMap map);
void read_procedures(ConfigMap map, LedgerRules& rules);
TokenSettings read_tokens(ConfigMap map, const std::filesystem::path& folder, const Settings& settings);

NeighbourSettings read_neighbours(ConfigMap map, const std::filesystem::path& folder, const Settings& settings);
InspectionSettings read_inspection(ConfigMap map, const std::filesystem::path& folder);

}  // namespace cordon::enforcement
