#include "cordon/enforcement/settings_sections.h"

namespace cordon::enforcement {

namespace {

std::optional<std::vector<std::uint16_t>> ports(ConfigMap& map, std::string_view key) {
  if (!map.has(key)) return std::nullopt;
  std::vector<std::uint16_t> out;
  for (const auto& text : map.texts(key)) {
    const auto parsed = Endpoint::parse("127.0.0.1:" + text);
    if (!parsed || parsed->port == 0) {
      map.note(key, std::format("'{}' is no port: a number from 1 to 65535", text));
    } else {
      out.push_back(parsed->port);
    }
  }
  return out;
}

}  // namespace

Privilege read_own_rights(ConfigMap map) {
  Privilege privilege;
  privilege.user = map.text("user", "");
  const auto calls = map.choice("system_calls", "kill", {"kill", "log", "off"});
  if (calls == "off") privilege.system_calls = Privilege::Calls::off;
  if (calls == "log") privilege.system_calls = Privilege::Calls::log;
  privilege.files = map.flag("files", true);
  privilege.listen_ports = ports(map, "listen_ports");
  privilege.connect_ports = ports(map, "connect_ports");
  map.finish();
  return privilege;
}

}  // namespace cordon::enforcement
