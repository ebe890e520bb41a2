#include "cordon/enforcement/settings_sections.h"

namespace cordon::enforcement {

namespace {

Limits::Privilege read_privilege(ConfigMap map) {
  Limits::Privilege out;
  out.service = map.required_text("service");
  out.caller = map.text("caller", "");
  out.priority = static_cast<int>(map.number("best", 0, 0, 15));
  out.always = map.flag("always", false);
  map.finish();
  return out;
}

}  // namespace

Limits read_limits(ConfigMap map) {
  Limits limits;
  const auto read = [&map](std::string_view key, std::uint32_t& into, std::int64_t least, std::int64_t most) {
    into = static_cast<std::uint32_t>(map.number(key, into, least, most));
  };
  constexpr std::int64_t kMost = 1'000'000;
  read("connections", limits.connections, 1, kMost);
  read("connections_per_address", limits.connections_per_address, 1, kMost);
  read("connections_per_peer", limits.connections_per_peer, 1, kMost);
  read("streams", limits.streams, 1, 65'536);
  read("in_flight", limits.in_flight, 1, kMost);
  read("in_flight_per_peer", limits.in_flight_per_peer, 1, kMost);
  read("in_flight_per_producer", limits.in_flight_per_producer, 1, kMost);
  read("reserved_percent", limits.reserved_percent, 0, 90);
  limits.idle = std::chrono::seconds(map.number("idle_seconds", limits.idle.count(), 0, 86'400));
  if (const auto text = map.optional_text("rate_per_peer")) {
    limits.rate_per_peer = parse_rate(*text);
    if (!limits.rate_per_peer) map.note("rate_per_peer", "expected a rate: 100/s, 30/m or 100/s burst 20");
  }
  if (map.has("priority")) {
    limits.priority.clear();
    for (auto& each : map.maps("priority")) limits.priority.push_back(read_privilege(std::move(each)));
  }
  map.finish();
  return limits;
}

}  // namespace cordon::enforcement
