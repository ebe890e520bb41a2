// cordon-proxy: the enforcement point alone. Configuration, parts, wire, serve, drain.
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "cordon/base/file.h"
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

// No core files, no ptrace by others of the same user: the process holds the enforcement point's key.
void lock_down() {
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;  // one descriptor a connection
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

Result<std::vector<crypto::Certificate>> certificates(const std::filesystem::path& file) {
  const auto pem = read_file(file, 1 << 20);
  if (!pem) return std::unexpected(pem.error());
  auto chain = crypto::Certificate::chain_from_pem(*pem);
  if (!chain) return std::unexpected(within(file.string(), chain.error()));
  return chain;
}

Result<crypto::PrivateKey> private_key(const std::filesystem::path& file) {
  auto pem = read_file(file, 1 << 16);
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::PrivateKey::from_pem(*pem);
  wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!key) return std::unexpected(within(file.string(), key.error()));
  return key;
}

using Contexts = std::pair<std::shared_ptr<const crypto::TlsContext>, std::shared_ptr<const crypto::TlsContext>>;

// Server side first, then client side. The client side must offer P-256: Open5GS accepts nothing else.
Result<Contexts> tls_contexts(const enforcement::TlsFiles& files) {
  const auto chain = certificates(files.certificate);
  if (!chain) return std::unexpected(chain.error());
  const auto key = private_key(files.key);
  if (!key) return std::unexpected(key.error());
  const auto callers = certificates(files.callers);
  if (!callers) return std::unexpected(callers.error());
  const auto producers = certificates(files.producers);
  if (!producers) return std::unexpected(producers.error());

  crypto::TlsSettings settings;
  settings.chain = *chain;
  settings.key = *key;
  settings.lowest = files.lowest;
  if (!files.groups.empty()) settings.groups = files.groups;
  settings.anchors = *callers;
  auto server = crypto::TlsContext::server(settings);
  if (!server) return std::unexpected(within("tls", server.error()));
  settings.groups = crypto::TlsSettings{}.groups;
  settings.anchors = *producers;
  settings.lowest = crypto::TlsVersion::tls12;
  auto client = crypto::TlsContext::client(settings);
  if (!client) return std::unexpected(within("tls", client.error()));
  return Contexts{*server, *client};
}

Result<enforcement::ProxyParts> proxy_parts(const enforcement::Settings& settings) {
  enforcement::ProxyParts parts;
  parts.name = settings.name;
  parts.shared_listen = settings.shared_listen;
  parts.upstream_time = settings.upstream_time;
  if (settings.lab_cleartext) {
    log(LogLevel::warn, "cleartext laboratory mode: callers are told apart by address only, nothing is encrypted");
    return parts;
  }
  auto contexts = tls_contexts(settings.tls);
  if (!contexts) return std::unexpected(contexts.error());
  std::tie(parts.server_tls, parts.client_tls) = std::move(*contexts);
  return parts;
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
