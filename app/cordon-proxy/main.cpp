// cordon-proxy: the enforcement point alone. Configuration, parts, wire, serve, drain.
#include <sys/epoll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "app/cordon-proxy/lock_down.h"
#include "app/cordon-proxy/operations.h"
#include "app/cordon-proxy/parts.h"
#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/base/loop.h"
#include "cordon/base/metrics.h"
#include "cordon/base/signals.h"
#include "cordon/enforcement/access_log.h"
#include "cordon/enforcement/check_inspection.h"
#include "cordon/enforcement/metrics_page.h"
#include "cordon/enforcement/proxy.h"
#include "cordon/enforcement/settings.h"
#include "cordon/enforcement/snapshot_source.h"
#include "cordon/enforcement/tls_set.h"
#include "cordon/enforcement/token_gate.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/notebook.h"
#include "cordon/evidence/spool.h"

namespace {

using namespace cordon;

constexpr int kBadConfiguration = 64;  // EX_USAGE: nothing was opened yet

constexpr const char* kHelp =
    "cordon-proxy: the enforcement point. Usually started by 'cordon up'.\n"
    "\n"
    "usage: cordon-proxy --config cordon.yaml [--take-over] [--ready-fd N] [--listen-fds N]\n"
    "  --config FILE    the same file 'cordon up' takes\n"
    "  --take-over      from the one that runs on the same state: gets its listening sockets, then sends it away\n"
    "  --ready-fd N     write one line to descriptor N when listening\n"
    "  --listen-fds N   descriptors 3 to N+2 are listening sockets (systemd's LISTEN_FDS says the same)\n"
    "signals: SIGTERM, SIGINT drain and stop; SIGHUP reads the configuration again\n"
    "example: cordon-proxy --config /etc/cordon/cordon.yaml --take-over\n";

struct Options {
  std::string config;
  int ready_fd = -1;
  int listen_fds = 0;
  bool take_over = false;
};

// sd_listen_fds(3)
int activated() {
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  return pid != nullptr && count != nullptr && std::atoi(pid) == ::getpid() ? std::atoi(count) : 0;
}

Result<Options> read_options(int argc, char** argv) {
  Options options;
  options.listen_fds = activated();
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (i + 1 < argc && word == "--config") {
      options.config = argv[++i];
    } else if (i + 1 < argc && word == "--ready-fd") {
      options.ready_fd = std::atoi(argv[++i]);
    } else if (i + 1 < argc && word == "--listen-fds") {
      options.listen_fds = std::atoi(argv[++i]);
    } else if (word == "--take-over") {
      options.take_over = true;
    } else {
      return fail(ErrorKind::invalid_input,
                  std::format("unknown or incomplete option '{}'; see cordon-proxy --help", word));
    }
  }
  if (options.config.empty())
    return fail(ErrorKind::invalid_input, "--config FILE is missing; see cordon-proxy --help");
  return options;
}

// Ready means: listening, with a snapshot, and the log writer at hand. Told once.
class Readiness {
 public:
  Readiness(Loop& loop, int fd, const enforcement::Proxy& proxy, const evidence::Client& evidence,
            std::function<void()> then)
      : loop_(loop), fd_(fd), proxy_(proxy), evidence_(evidence), then_(std::move(then)) {}

  void on_snapshot() {
    if (!std::exchange(has_snapshot_, true)) check();
  }

 private:
  void check() {
    if (evidence_.pseudonyms()) return tell();
    loop_.after(std::chrono::milliseconds(20), [this] { check(); });
  }

  void tell() {
    std::string line = "ready";
    for (const auto& at : proxy_.listening()) line += " " + at.text();
    log(LogLevel::info, "listening", {{"on", std::string_view(line).substr(5)}});
    then_();
    if (fd_ < 0) return;
    line += "\n";
    [[maybe_unused]] const auto put = ::write(fd_, line.data(), line.size());  // nobody reads: nobody waits
    ::close(fd_);
  }

  Loop& loop_;
  int fd_;
  const enforcement::Proxy& proxy_;
  const evidence::Client& evidence_;
  std::function<void()> then_;
  bool has_snapshot_ = false;
};

evidence::Record note(const enforcement::Settings& settings, std::string kind, std::string reason) {
  evidence::Record record;
  record.time = system_clock().now();
  record.proxy = settings.name;
  record.kind = std::move(kind);
  record.reason = std::move(reason);
  return record;
}

// Two take the same calls from the moment both listen, so the new one listens when it can answer.
Result<void> wait_for(Loop& loop, const evidence::Client& evidence) {
  const auto end = system_clock().steady() + std::chrono::seconds(10);
  while (!evidence.pseudonyms() && system_clock().steady() < end) loop.run_once(std::chrono::milliseconds(20));
  if (evidence.pseudonyms()) return {};
  return fail(ErrorKind::unavailable, "the log writer is away: the running enforcement point is left in its place");
}

Result<std::unique_ptr<enforcement::MetricsPage>> open_page(Loop& loop, const enforcement::Settings& settings,
                                                            const Metrics& metrics, enforcement::ProxyParts& parts) {
  if (!settings.metrics) return nullptr;
  for (auto* sockets : {&parts.taken, &parts.inherited}) {
    if (auto found = sockets->extract(*settings.metrics))
      return std::make_unique<enforcement::MetricsPage>(loop, std::move(found.mapped()), metrics);
  }
  return enforcement::MetricsPage::open(loop, *settings.metrics, metrics);
}

Result<void> serve(const Options& options) {
  auto yaml = read_file(options.config, 1 << 20);
  if (!yaml) return std::unexpected(yaml.error());
  const auto settings = enforcement::parse_settings(*yaml, options.config);
  if (!settings) return std::unexpected(settings.error());
  if (auto became = become_own_user(*settings); !became) return became;
  auto parts = proxy_parts(*settings);
  if (!parts) return std::unexpected(parts.error());
  auto sockets = enforcement::inherited(3, options.listen_fds);
  if (!sockets) return std::unexpected(sockets.error());
  parts->inherited = std::move(*sockets);
  auto predecessor = options.take_over ? enforcement::take_over(settings->proxy_socket())
                                       : Result<std::optional<enforcement::Predecessor>>(std::nullopt);
  if (!predecessor) return std::unexpected(predecessor.error());
  if (*predecessor) parts->taken = std::move((*predecessor)->listeners);

  const auto signals = signals_as_events({SIGTERM, SIGINT, SIGHUP});
  Loop loop;
  Metrics metrics;
  const auto evidence = evidence::Client::start(loop, settings->evidence_socket());
  const auto spool = evidence::Spool::start(loop, *evidence, settings->spool_folder(), settings->name,
                                            {.bytes = settings->evidence.spool_bytes});
  if (!spool) return std::unexpected(spool.error());
  parts->spool = spool->get();
  const auto tokens = enforcement::TokenGate::open(*settings, loop, metrics);
  if (!tokens) return std::unexpected(tokens.error());
  parts->checks.tokens = tokens->get();
  const auto ledger =
      enforcement::Ledger::open(settings->ledger_folder(), settings->ledger, system_clock().now(), metrics);
  if (!ledger) return std::unexpected(ledger.error());
  parts->checks.ledger = ledger->get();
  const auto inspection = enforcement::Inspection::open(settings->inspection, metrics);
  if (!inspection) return std::unexpected(inspection.error());
  parts->checks.inspection = inspection->get();
  std::optional<enforcement::AccessLog> access;
  if (settings->access_log) parts->access_log = &access.emplace(*settings->access_log, metrics);
  const auto tls_files = parts->tls_files;
  const auto page = open_page(loop, *settings, metrics, *parts);
  if (!page) return std::unexpected(page.error());
  enforcement::Proxy proxy(loop, std::move(*parts), *evidence, metrics);
  const auto confined = give_up_the_rest(*settings, options.config);
  if (!confined) return std::unexpected(confined.error());
  if (access) access->start();
  if (*predecessor) {
    if (auto reached = wait_for(loop, *evidence); !reached) return reached;
  }
  Operations operations({loop, metrics, proxy, **ledger, *evidence, **spool, page->get(), *confined, tls_files},
                        options.config, std::move(*yaml), *settings);
  Readiness readiness(loop, options.ready_fd, proxy, *evidence, [&] {
    if (const auto opened = operations.open(std::move(*predecessor)); !opened)
      log(LogLevel::error, "no orders are taken", {{"why", opened.error().message}});
  });
  evidence::Notebook notebook(loop, *evidence);
  notebook.keep(note(*settings, "start", "the enforcement point starts"));
  const enforcement::SnapshotSource source(
      loop, {settings->engine_socket(), settings->engine_public_key(), settings->last_snapshot()},
      [&](std::shared_ptr<const enforcement::Protection> protection) {
        auto record = note(*settings, "snapshot", std::format("snapshot {} is in force", protection->sequence));
        record.policy_set = protection->digest;
        if (const auto applied = proxy.apply(std::move(protection)); !applied) {
          log(LogLevel::error, "not everything works", {{"why", applied.error().message}});
          record.reason += "; but " + applied.error().message;
        }
        notebook.keep(std::move(record));
        readiness.on_snapshot();
      });
  loop.watch(signals.get(), EPOLLIN, [&](std::uint32_t) {
    const int number = take_signal(signals);
    if (access && number == SIGHUP) access->reopen();
    operations.on_signal(number);
  });
  loop.run();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--help") return std::fputs(kHelp, stdout) < 0;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGUSR2, SIG_IGN);  // the supervisor's: cordon up
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-proxy");
  lock_down();
  auto options = read_options(argc, argv);
  const auto served = options ? serve(*options) : Result<void>(std::unexpected(options.error()));
  if (served) return 0;
  std::fprintf(stderr, "cordon-proxy: %s\n", served.error().message.c_str());
  return kBadConfiguration;
}
