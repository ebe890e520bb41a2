#include "cordon/enforcement/settings.h"

#include <algorithm>

#include "cordon/enforcement/settings_sections.h"

namespace cordon::enforcement {

namespace {

std::optional<Endpoint> endpoint(ConfigMap& map, std::string_view key) {
  const auto text = map.optional_text(key);
  if (!text) return std::nullopt;
  auto parsed = Endpoint::parse(*text);
  if (!parsed) {
    map.note(key, parsed.error().message);
    return std::nullopt;
  }
  return *parsed;
}

// policy: FILE, or policy: {bundle: FILE, keys: [FILE...]}
void read_policy(ConfigMap& root, const std::filesystem::path& folder, Settings& settings) {
  if (!root.is_map("policy")) {
    settings.policy = folder / root.required_text("policy");
  } else {
    auto map = root.map("policy");
    settings.policy = folder / map.required_text("bundle");
    BundleTrust trust;
    for (const auto& key : map.texts("keys")) trust.keys.push_back(folder / key);
    // Without keys any bundle would have to be refused, or believed: a person must say whose signature counts.
    if (trust.keys.empty()) map.note("keys", "name at least one public key file (cordon policy bundle keygen)");
    const auto most = static_cast<std::int64_t>(std::max(std::size_t{1}, trust.keys.size()));
    trust.threshold = static_cast<std::size_t>(map.number("threshold", 1, 1, most));
    trust.name = map.text("name", "");
    map.finish();
    settings.bundle = std::move(trust);
  }
  if (const auto schema = root.optional_text("schema")) settings.schema = folder / *schema;
}

}  // namespace

Result<Settings> parse_settings(std::string_view yaml, const std::filesystem::path& file) {
  auto config = Config::parse(yaml, file.string());
  if (!config) return std::unexpected(config.error());
  auto& root = config->root();
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");

  Settings settings;
  settings.name = root.text("name", "cordon");
  settings.state = folder / root.text("state", "state");
  read_policy(root, folder, settings);
  settings.inventory = folder / root.required_text("inventory");
  settings.lab_cleartext = root.flag("lab_cleartext", false);
  settings.tls = read_tls(root.map("tls"), folder, !settings.lab_cleartext);
  settings.shared_listen = endpoint(root, "shared_listen");
  settings.metrics = endpoint(root, "metrics");
  settings.upstream_time = std::chrono::milliseconds(root.number("upstream_milliseconds", 10'000, 10, 600'000));
  settings.snapshot_life = std::chrono::seconds(root.number("snapshot_seconds", 3600, 1, 30 * 86'400));
  settings.evidence = read_evidence(root.map("evidence"), folder, settings);
  settings.limits = read_limits(root.map("limits"));
  read_notifications(root.map("notifications"), settings.ledger);
  read_procedures(root.map("procedures"), settings.ledger);
  if (root.has("tokens")) settings.tokens = read_tokens(root.map("tokens"), folder, settings);
  settings.inspection = read_inspection(root.map("inspection"), folder);
  settings.privilege = read_own_rights(root.map("privilege"));
  if (root.has("neighbours")) settings.neighbours = read_neighbours(root.map("neighbours"), folder, settings);
  if (const auto lines = root.optional_text("access_log"))
    settings.access_log = *lines == "stdout" ? "" : folder / *lines;
  settings.tracing = root.flag("tracing", false);
  settings.drain_time = std::chrono::seconds(root.number("drain_seconds", 8, 0, 3600));
  root.finish();
  if (auto checked = config->check(); !checked) return std::unexpected(checked.error());
  return settings;
}

Result<Settings> load_settings(const std::filesystem::path& file) {
  const auto yaml = read_file(file, 1 << 20);
  if (!yaml) return std::unexpected(yaml.error());
  return parse_settings(*yaml, file);
}

}  // namespace cordon::enforcement
