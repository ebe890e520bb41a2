#include "cordon/enforcement/settings.h"

#include <algorithm>

#include "cordon/base/config.h"

namespace cordon::enforcement {

namespace {

constexpr std::size_t kLongestOrigin = 128;

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

TlsFiles read_tls(ConfigMap map, const std::filesystem::path& folder, bool needed) {
  const auto file = [&](std::string_view key) {
    return needed ? folder / map.required_text(key) : folder / map.text(key, "");
  };
  TlsFiles tls;
  tls.certificate = file("certificate");
  tls.key = file("key");
  tls.callers = file("callers");
  tls.producers = file("producers");
  // TS 33.210 6.2 asks for 1.2 and 1.3; 1.3 alone is stricter, so 1.2 is an explicit choice.
  if (map.flag("tls12", false)) tls.lowest = crypto::TlsVersion::tls12;
  tls.groups = map.texts("groups");
  map.finish();
  return tls;
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

// Origins are schema-less URLs (C2SP tlog-checkpoint). A default name is good for one machine; for a log that others
// witness, a person names it.
EvidenceSettings read_evidence(ConfigMap map, const std::filesystem::path& folder, const Settings& settings) {
  EvidenceSettings evidence;
  evidence.origin = map.text("origin", settings.name + ".cordon.invalid/evidence");
  if (evidence.origin.size() > kLongestOrigin || evidence.origin.find_first_of(" +\t\n") != std::string::npos)
    map.note("origin", "a log's name has 1 to 128 characters, and no space and no '+'");
  evidence.root_key_file =
      map.optional_text("key_file") ? folder / map.text("key_file", "") : settings.state / "vault-key";
  if (const auto file = map.optional_text("passphrase_file")) evidence.passphrase = folder / *file;
  if (map.is_map("token")) {
    auto token = map.map("token");
    evidence.token = {token.required_text("module"), token.required_text("label"),
                      folder / token.required_text("pin_file")};
    token.finish();
  }
  if (evidence.token && evidence.passphrase) map.note("token", "a token or a passphrase_file, not both");
  if (const auto file = map.optional_text("witnesses")) evidence.witnesses = folder / *file;
  evidence.witness_time = std::chrono::milliseconds(map.number("witness_milliseconds", 500, 10, 60'000));
  constexpr std::int64_t kMebi = 1 << 20;
  evidence.spool_bytes = static_cast<std::uint64_t>(map.number("spool_mebibytes", 64, 1, 65'536) * kMebi);
  evidence.free_bytes = static_cast<std::uint64_t>(map.number("free_mebibytes", 256, 0, 1'048'576) * kMebi);
  map.finish();
  return evidence;
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
