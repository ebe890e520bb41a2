#include <algorithm>

#include "cordon/enforcement/settings_sections.h"

namespace cordon::enforcement {

namespace {

// In the order of the enumerations.
const std::vector<std::string> kModes = {"off", "observe", "block"};
const std::vector<std::string> kFrom = {"instance", "set", "type"};

std::size_t place_of(const std::vector<std::string>& words, std::string_view word) {
  return static_cast<std::size_t>(std::ranges::find(words, word) - words.begin());
}

Strictness strictness(ConfigMap& map, std::string_view key, Strictness fallback) {
  const auto word = map.choice(key, kModes[static_cast<std::size_t>(fallback)], kModes);
  return static_cast<Strictness>(place_of(kModes, word));
}

}  // namespace

void read_notifications(ConfigMap map, LedgerRules& rules) {
  rules.notifications = strictness(map, "mode", rules.notifications);
  rules.from = static_cast<LedgerRules::From>(place_of(kFrom, map.choice("from", "set", kFrom)));
  rules.learning = std::chrono::seconds(map.number("learning_seconds", rules.learning.count(), 0, 30 * 86'400));
  map.finish();
}

void read_procedures(ConfigMap map, LedgerRules& rules) {
  rules.state = strictness(map, "mode", rules.state);
  rules.unknown = strictness(map, "unknown", rules.unknown);
  rules.entries =
      static_cast<std::size_t>(map.number("entries", static_cast<std::int64_t>(rules.entries), 1'000, 10'000'000));
  rules.life = std::chrono::seconds(map.number("seconds", rules.life.count(), 60, 365 * 86'400));
  map.finish();
}

}  // namespace cordon::enforcement
