// The engine process: keeps the protection current and hands signed snapshots to the proxies.
#include <sys/epoll.h>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/least_rights.h"
#include "app/cordon/output.h"
#include "cordon/administrator/access_api.h"
#include "cordon/administrator/control.h"
#include "cordon/administrator/distribute.h"
#include "cordon/base/log.h"
#include "cordon/base/signals.h"
#include "cordon/enforcement/settings.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/notebook.h"

namespace cordon::app {

namespace {

// Every change of what protects the network is evidence, also one that was refused.
evidence::Record record_of(const administrator::PolicyChange& change, const std::string& name) {
  evidence::Record record;
  record.time = system_clock().now();
  record.proxy = name;
  record.kind = "policy";
  record.decision = !change.containment.empty() ? change.containment : change.accepted ? "activated" : "refused";
  if (!change.containment.empty()) record.rule = "quarantine";
  record.policy_set = change.policy_set;
  record.reason = change.accepted ? std::format("snapshot {}: {}", change.sequence, change.what) : change.what;
  return record;
}

Result<void> serve(const std::filesystem::path& config) {
  const auto settings = enforcement::load_settings(config);
  if (!settings) return std::unexpected(settings.error());
  if (auto kept = write_only_state(*settings); !kept) return kept;
  if (auto made = make_folder(settings->engine_socket().parent_path(), 0700); !made) return made;
  const auto signals = stop_signals();
  Loop loop;
  const auto evidence = evidence::Client::start(loop, settings->evidence_socket());
  evidence::Notebook notebook(loop, *evidence);
  const auto engine = administrator::Distributor::start(
      loop,
      {administrator::sources_of(*settings), settings->engine_socket(), settings->engine_key(),
       settings->state / "snapshot-sequence", settings->bundle_versions(), settings->quarantine_file()},
      settings->snapshot_life,
      [&](const administrator::PolicyChange& change) { notebook.keep(record_of(change, settings->name)); });
  if (!engine) return std::unexpected(engine.error());
  const auto access = administrator::AccessApi::start(
      loop, settings->access_socket(),
      {settings->name, [&engine = **engine] { return engine.protection(); }, evidence.get()});
  if (!access) return std::unexpected(access.error());
  const auto control = administrator::ControlPoint::start(loop, settings->control_socket(), **engine);
  if (!control) return std::unexpected(control.error());
  loop.watch(signals.get(), EPOLLIN, [&](std::uint32_t) { loop.stop(); });
  loop.run();
  return {};
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.options = {"--config"}});
  if (!arguments) return report("engine", arguments.error());
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-engine");
  const auto served = serve(arguments->option("--config").value_or("cordon.yaml"));
  return served ? kOk : report("engine", served.error());
}

}  // namespace

const Command kEngineCommand{
    .name = "engine",
    .summary = "the policy engine's process (started by 'cordon up')",
    .help =
        "usage: cordon engine [--config FILE]\n\n"
        "  --config FILE  default cordon.yaml\n\n"
        "Verifies the policy's bundle, validates policy and inventory strictly, signs them as one snapshot, and\n"
        "hands it to every proxy. A change is taken up within a second; a wrong or older one is refused and the\n"
        "last good one stays.",
    .run = run,
    .hidden = true};

}  // namespace cordon::app
