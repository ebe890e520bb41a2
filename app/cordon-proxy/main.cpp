// cordon-proxy: the enforcement point alone. Configuration, parts, wire, serve, drain.
#include <sys/epoll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "app/cordon-proxy/lock_down.h"
#include "app/cordon-proxy/parts.h"
#include "cordon/base/log.h"
#include "cordon/base/loop.h"
#include "cordon/base/metrics.h"
#include "cordon/base/signals.h"
#include "cordon/enforcement/metrics_page.h"
#include "cordon/enforcement/proxy.h"
#include "cordon/enforcement/settings.h"
#include "cordon/enforcement/snapshot_source.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/notebook.h"
#include "cordon/evidence/spool.h"

namespace {

using namespace cordon;

constexpr int kBadConfiguration = 64;  // EX_USAGE: nothing was opened yet

constexpr const char* kHelp =
    "cordon-proxy: the enforcement point. Usually started by 'cordon up'.\n"
    "\n"
    "usage: cordon-proxy --config cordon.yaml [--ready-fd N]\n"
    "  --config FILE   the same file 'cordon up' takes\n"
    "  --ready-fd N    write one line to descriptor N when listening\n"
    "signals: SIGTERM, SIGINT drain and stop\n";

struct Options {
  std::string config;
  int ready_fd = -1;
};

Result<Options> read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (i + 1 < argc && word == "--config") {
      options.config = argv[++i];
    } else if (i + 1 < argc && word == "--ready-fd") {
      options.ready_fd = std::atoi(argv[++i]);
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
  Readiness(Loop& loop, int fd, const enforcement::Proxy& proxy, const evidence::Client& evidence)
      : loop_(loop), fd_(fd), proxy_(proxy), evidence_(evidence) {}

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
    if (fd_ < 0) return;
    line += "\n";
    [[maybe_unused]] const auto put = ::write(fd_, line.data(), line.size());  // nobody reads: nobody waits
    ::close(fd_);
  }

  Loop& loop_;
  int fd_;
  const enforcement::Proxy& proxy_;
  const evidence::Client& evidence_;
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

Result<void> serve(const Options& options) {
  const auto settings = enforcement::load_settings(options.config);
  if (!settings) return std::unexpected(settings.error());
  auto parts = proxy_parts(*settings);
  if (!parts) return std::unexpected(parts.error());

  const auto signals = stop_signals();
  Loop loop;
  Metrics metrics;
  const auto evidence = evidence::Client::start(loop, settings->evidence_socket());
  const auto spool = evidence::Spool::start(loop, *evidence, settings->spool_folder(), settings->name,
                                            {.bytes = settings->evidence.spool_bytes});
  if (!spool) return std::unexpected(spool.error());
  parts->spool = spool->get();
  enforcement::Proxy proxy(loop, std::move(*parts), *evidence, metrics);
  Readiness readiness(loop, options.ready_fd, proxy, *evidence);
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
  std::unique_ptr<enforcement::MetricsPage> page;
  if (settings->metrics) {
    auto opened = enforcement::MetricsPage::open(loop, *settings->metrics, metrics);
    if (!opened) return std::unexpected(opened.error());
    page = std::move(*opened);
  }
  loop.watch(signals.get(), EPOLLIN, [&](std::uint32_t) {
    loop.forget(signals.get());
    log(LogLevel::info, "draining");
    proxy.drain([&] { loop.stop(); });
    loop.after(std::chrono::seconds(10), [&] { loop.stop(); });
  });
  loop.run();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--help") return std::fputs(kHelp, stdout) < 0;
  std::signal(SIGPIPE, SIG_IGN);
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-proxy");
  lock_down();
  auto options = read_options(argc, argv);
  const auto served = options ? serve(*options) : Result<void>(std::unexpected(options.error()));
  if (served) return 0;
  std::fprintf(stderr, "cordon-proxy: %s\n", served.error().message.c_str());
  return kBadConfiguration;
}
