// cordon authz: the enforcement point's decisions for proxies of others (Envoy, NGINX) that pass requests on
// themselves.
#include <sys/epoll.h>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/least_rights.h"
#include "app/cordon/output.h"
#include "cordon/base/log.h"
#include "cordon/base/signals.h"
#include "cordon/enforcement/check_inspection.h"
#include "cordon/enforcement/metrics_page.h"
#include "cordon/enforcement/rate.h"
#include "cordon/enforcement/settings.h"
#include "cordon/enforcement/snapshot_source.h"
#include "cordon/enforcement/tls_set.h"
#include "cordon/enforcement/token_gate.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/notebook.h"
#include "cordon/neighbours/adviser.h"
#include "cordon/neighbours/auth_request.h"
#include "cordon/neighbours/door.h"
#include "cordon/neighbours/ext_authz.h"

namespace cordon::app {

namespace {

using enforcement::NeighbourSettings;
using enforcement::Settings;

// Tokens are verified, and put in place where that is configured; they are issued by cordon-proxy only.
Settings without_issuing(Settings settings) {
  if (settings.tokens.authority) settings.tokens.authority->serve = false;
  return settings;
}

Result<void> keep_to_own_files(const Settings& settings) {
  std::vector<std::filesystem::path> sockets;
  for (const auto* door : {&settings.neighbours->envoy, &settings.neighbours->nginx}) {
    if (*door && !(*door)->listen) sockets.push_back((*door)->socket.parent_path());
  }
  return write_only_state(settings, std::move(sockets));
}

evidence::Record start_of(const std::string& name) {
  evidence::Record record;
  record.time = system_clock().now();
  record.proxy = name;
  record.kind = "start";
  record.reason = "answers for neighbours start";
  return record;
}

std::string where(const std::optional<NeighbourSettings::Door>& door) {
  if (!door) return "";
  return door->listen ? door->listen->text() : door->socket.string();
}

// One process with everything it holds; what is below may point to what is above.
class Authz {
 public:
  explicit Authz(const Settings& settings)
      : settings_(settings),
        asked_(*settings.neighbours),
        name_(settings.name + ".authz"),
        evidence_(evidence::Client::start(loop_, settings.evidence_socket())),
        notebook_(loop_, *evidence_) {}

  Result<void> serve() {
    const auto signals = stop_signals();
    for (const auto& step : {know_callers(), open_doors(), open_page(), keep_to_own_files(settings_),
                             make_folder(settings_.state / "authz", 0700)}) {
      if (!step) return step;
    }
    notebook_.keep(start_of(name_));
    const enforcement::SnapshotSource source(
        loop_,
        {settings_.engine_socket(), settings_.engine_public_key(), settings_.state / "authz" / "snapshot.json"},
        [this](std::shared_ptr<const enforcement::Protection> protection) {
          adviser_->apply(std::move(protection));
        });
    loop_.watch(signals.get(), EPOLLIN, [this](std::uint32_t) { loop_.stop(); });
    log(LogLevel::info, "neighbours may ask", {{"envoy", where(asked_.envoy)}, {"nginx", where(asked_.nginx)}});
    loop_.run();
    return {};
  }

 private:
  Result<void> know_callers() {
    auto callers = enforcement::load_callers(settings_.tls);
    if (!callers) return std::unexpected(callers.error());
    auto between = neighbours::read_certificates(asked_.intermediates);
    if (!between) return std::unexpected(between.error());
    auto checks = make_checks();
    if (!checks) return std::unexpected(checks.error());
    adviser_.emplace(neighbours::AdviserParts{name_, *checks, asked_.believe_principal, std::move(*between)},
                     *evidence_, metrics_);
    watch_.emplace(
        loop_, settings_.tls, callers->files, metrics_,
        [this](enforcement::TlsSet set) { adviser_->use_callers(std::move(set)); }, &enforcement::load_callers);
    adviser_->use_callers(std::move(*callers));
    return {};
  }

  Result<enforcement::Checks> make_checks() {
    auto tokens = enforcement::TokenGate::open(without_issuing(settings_), loop_, metrics_);
    if (!tokens) return std::unexpected(tokens.error());
    auto inspection = enforcement::Inspection::open(settings_.inspection, metrics_);
    if (!inspection) return std::unexpected(inspection.error());
    tokens_ = std::move(*tokens);
    inspection_ = std::move(*inspection);
    return enforcement::Checks{.tokens = tokens_.get(), .rates = &rates_, .inspection = inspection_.get()};
  }

  Result<void> open_doors() {
    const neighbours::Ask ask = [this](neighbours::Inquiry inquiry, const neighbours::Advised& done) {
      adviser_->advise(std::move(inquiry), done);
    };
    if (asked_.envoy) {
      auto opened = neighbours::open_envoy(*asked_.envoy);
      if (!opened) return std::unexpected(opened.error());
      envoy_.emplace(loop_, std::move(opened->first), std::move(opened->second), ask);
    }
    if (asked_.nginx) {
      auto opened = neighbours::open_socket(*asked_.nginx);
      if (!opened) return std::unexpected(opened.error());
      nginx_.emplace(loop_, std::move(*opened), ask);
    }
    return {};
  }

  Result<void> open_page() {
    if (!asked_.metrics) return {};
    auto opened = enforcement::MetricsPage::open(loop_, *asked_.metrics, metrics_);
    if (!opened) return std::unexpected(opened.error());
    page_ = std::move(*opened);
    return {};
  }

  const Settings& settings_;
  const NeighbourSettings& asked_;
  const std::string name_;
  Loop loop_;
  Metrics metrics_;
  std::unique_ptr<evidence::Client> evidence_;
  evidence::Notebook notebook_;
  std::unique_ptr<enforcement::TokenGate> tokens_;
  std::unique_ptr<enforcement::Inspection> inspection_;
  enforcement::Rates rates_;
  std::optional<neighbours::Adviser> adviser_;
  std::optional<enforcement::TlsWatch> watch_;
  std::optional<neighbours::ExtAuthz> envoy_;
  std::optional<neighbours::AuthRequest> nginx_;
  std::unique_ptr<enforcement::MetricsPage> page_;
};

Result<void> serve(const Settings& settings) {
  if (settings.neighbours) return Authz(settings).serve();
  return fail(ErrorKind::invalid_input, "nobody is to be answered: name envoy or nginx under neighbours:");
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json"}, .options = {"--config"}});
  if (!arguments) return report("authz", arguments.error());
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-authz");
  const auto settings = enforcement::load_settings(arguments->option("--config").value_or("cordon.yaml"));
  if (!settings) return report("authz", settings.error(), arguments->has("--json"));
  if (auto became = become_user_of(*settings); !became) return report("authz", became.error());
  const auto served = serve(*settings);
  return served ? kOk : report("authz", served.error(), arguments->has("--json"));
}

}  // namespace

const Command kAuthzCommand{
    .name = "authz",
    .summary = "the same decisions for Envoy (ext_authz) and NGINX (auth_request)",
    .help =
        "usage: cordon authz [--config FILE] [--json]\n\n"
        "Answers proxies of others that ask before they pass a request on, as neighbours: in cordon.yaml says:\n"
        "Envoy by ext_authz v3 over gRPC, NGINX by auth_request. Each answer is recorded before it is given.\n"
        "'cordon up' starts it by itself when neighbours: is there. See docs/guides/envoy.md and nginx.md.\n\n"
        "  --config FILE  default cordon.yaml\n"
        "  --json         errors as one object\n\n"
        "examples: cordon authz --config /etc/cordon/cordon.yaml\n"
        "          curl --unix-socket state/run/nginx.sock -H 'X-Original-Method: GET' \\\n"
        "            -H 'X-Original-URI: /nnrf-nfm/v1/nf-instances' http://cordon/auth/nrf",
    .run = run};

}  // namespace cordon::app
