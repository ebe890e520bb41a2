#include "cordon/enforcement/settings_sections.h"

namespace cordon::enforcement {

namespace {

inspection::Mode read_mode(ConfigMap& map, std::string_view key) {
  return *inspection::mode_named(map.choice(key, "block", {"off", "observe", "warn", "block"}));
}

}  // namespace

InspectionSettings read_inspection(ConfigMap map, const std::filesystem::path& folder) {
  InspectionSettings settings;
  settings.mode = read_mode(map, "mode");
  if (const auto overlay = map.optional_text("overlay")) settings.overlay = folder / *overlay;
  auto rules = map.map("rules");
  for (const auto& id : rules.keys()) settings.rules.emplace_back(id, read_mode(rules, id));
  rules.finish();
  map.finish();
  return settings;
}

}  // namespace cordon::enforcement
