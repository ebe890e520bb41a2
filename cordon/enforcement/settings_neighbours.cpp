#include "cordon/enforcement/settings_sections.h"

namespace cordon::enforcement {

namespace {

using Folder = const std::filesystem::path&;
using Door = NeighbourSettings::Door;

void read_listener(ConfigMap& map, Folder folder, Door& door) {
  const auto parsed = Endpoint::parse(map.required_text("listen"));
  if (parsed) {
    door.listen = *parsed;
  } else {
    map.note("listen", parsed.error().message);
  }
  door.certificate = folder / map.required_text("certificate");
  door.key = folder / map.required_text("key");
  door.anchors = folder / map.required_text("anchors");
  door.names = map.texts("names");
  // Whoever may ask may fill the log: somebody must say who.
  if (door.names.empty()) map.note("names", "name the DNS names of the certificates that may ask");
}

// A socket whose permissions say who may ask, or, where network is allowed, a listener with mutual TLS.
Door read_door(ConfigMap& map, Folder folder, const Settings& settings, std::string_view name, bool network) {
  Door door;
  if (network && map.has("listen")) {
    read_listener(map, folder, door);
  } else {
    const auto socket = map.optional_text("socket");
    door.socket = socket ? folder / *socket : settings.state / "run" / name;
    door.group = map.text("group", "");
  }
  return door;
}

}  // namespace

NeighbourSettings read_neighbours(ConfigMap map, const std::filesystem::path& folder, const Settings& settings) {
  NeighbourSettings out;
  if (settings.lab_cleartext) map.note("envoy", "callers are told apart by certificate here: not with lab_cleartext");
  if (map.has("envoy")) {
    auto envoy = map.map("envoy");
    out.envoy = read_door(envoy, folder, settings, "envoy.sock", true);
    out.believe_principal = envoy.choice("identity", "certificate", {"certificate", "principal"}) == "principal";
    envoy.finish();
  }
  if (map.has("nginx")) {
    auto nginx = map.map("nginx");
    out.nginx = read_door(nginx, folder, settings, "nginx.sock", false);
    nginx.finish();
  }
  if (!out.envoy && !out.nginx) map.note("envoy", "name who asks: envoy, nginx, or both");
  for (const auto& file : map.texts("intermediates")) out.intermediates.push_back(folder / file);
  if (const auto metrics = map.optional_text("metrics")) {
    const auto parsed = Endpoint::parse(*metrics);
    if (parsed) out.metrics = *parsed;
    if (!parsed) map.note("metrics", parsed.error().message);
  }
  map.finish();
  return out;
}

}  // namespace cordon::enforcement
