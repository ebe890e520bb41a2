#include "cordon/enforcement/reload.h"

#include <algorithm>
#include <array>
#include <format>

#include "cordon/base/config.h"
#include "cordon/base/file.h"

namespace cordon::enforcement {

namespace {

constexpr std::array<std::string_view, 5> kWhileRunning = {"tls", "limits", "shared_listen", "upstream_milliseconds",
                                                           "drain_seconds"};
// Of the engine and the log writer too, which an upgrade of the enforcement point does not reach.
constexpr std::array<std::string_view, 8> kOfAll = {
    "name", "state", "policy", "schema", "evidence", "snapshot_seconds", "inventory", "neighbours"};

Result<std::map<std::string, std::string>> sections(std::string_view yaml, const std::filesystem::path& file) {
  const auto config = Config::parse(yaml, file.string());
  if (!config) return std::unexpected(config.error());
  return config->sections();
}

std::string remedy(std::string_view key) {
  return std::ranges::contains(kOfAll, key) ? "restart Cordon"
                                            : "run 'cordon proxy upgrade', which drops no connection";
}

Result<void> allowed(const std::string& key, const std::filesystem::path& file) {
  if (std::ranges::contains(kWhileRunning, key)) return {};
  return fail(ErrorKind::invalid_input,
              std::format("{}: '{}' changed, which a reload cannot do: {}; nothing was changed", file.string(), key,
                          remedy(key)));
}

// Connections have these from the moment their listener opened.
Result<void> same_of_connections(const Limits& now, const Limits& then, const std::filesystem::path& file) {
  if (now.connections == then.connections && now.streams == then.streams && now.idle == then.idle) return {};
  return fail(
      ErrorKind::invalid_input,
      std::format("{}: limits.connections, limits.streams or limits.idle_seconds changed, which a reload cannot "
                  "do: {}; nothing was changed",
                  file.string(), remedy("")));
}

}  // namespace

Result<Reread> reread(const std::filesystem::path& file, const std::string& running_yaml, const Settings& running) {
  auto yaml = read_file(file, 1 << 20);
  if (!yaml) return std::unexpected(yaml.error());
  auto settings = parse_settings(*yaml, file);
  if (!settings) return std::unexpected(settings.error());
  auto before = sections(running_yaml, file);
  const auto after = sections(*yaml, file);
  if (!before || !after) return std::unexpected(before ? after.error() : before.error());
  Reread out{std::move(*yaml), std::move(*settings), {}};
  for (const auto& [key, text] : *after) {
    const auto old = before->extract(key);
    if (!old || old.mapped() != text) out.changed.insert(key);
  }
  for (const auto& [key, text] : *before) out.changed.insert(key);  // gone
  for (const auto& key : out.changed) {
    if (auto good = allowed(key, file); !good) return std::unexpected(good.error());
  }
  if (auto good = same_of_connections(out.settings.limits, running.limits, file); !good)
    return std::unexpected(good.error());
  return out;
}

}  // namespace cordon::enforcement
