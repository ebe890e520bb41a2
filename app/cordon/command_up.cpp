// cordon up: log writer, engine and enforcement point as one supervised tree.
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/keep_index.h"
#include "app/cordon/least_rights.h"
#include "app/cordon/output.h"
#include "app/cordon/service_manager.h"
#include "app/cordon/supervise.h"
#include "cordon/administrator/assemble.h"
#include "cordon/base/log.h"
#include "cordon/base/signals.h"
#include "cordon/enforcement/control.h"
#include "cordon/enforcement/settings.h"

namespace cordon::app {

namespace {

struct Up {
  std::string config;
  bool json = false;
  enforcement::Settings settings;
  int sockets = 0;      // that the service manager opened for us
  std::string program;  // where this one was when it started: a later one may lie there
};

std::string own_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

Supervisor::Part cordon_part(const std::string& name, std::vector<std::string> words, const Up& up) {
  words.insert(words.begin(), up.program);
  words.insert(words.end(), {"--config", up.config});
  return {.name = name, .order = {.arguments = std::move(words), .environment = {}, .descriptors = {}}};
}

Supervisor::Part proxy_part(const Up& up, int ready_fd) {
  const auto program = std::filesystem::path(up.program).parent_path() / "cordon-proxy";
  ProcessOrder order;
  order.arguments = {program.string(),
                     "--config",
                     up.config,
                     "--listen-fds",
                     std::to_string(up.sockets),
                     "--ready-fd",
                     std::to_string(3 + up.sockets)};
  for (int fd = 3; fd < 3 + up.sockets; ++fd) order.descriptors.push_back({fd, fd});
  order.descriptors.push_back({ready_fd, 3 + up.sockets});
  return {.name = "proxy", .order = std::move(order)};
}

void print_ready(const Up& up, const Supervisor& supervisor, std::string_view line) {
  if (up.json) {
    wire::Json processes{wire::JsonObject{}};
    for (const auto& [name, pid] : supervisor.running()) processes.set(name, static_cast<std::int64_t>(pid));
    wire::Json json{wire::JsonObject{}};
    json.set("ready", true)
        .set("listening", line.substr(std::min<std::size_t>(line.size(), 6)))
        .set("processes", processes);
    json.set("evidence", up.settings.evidence_folder().string());
    print_json(json);
  } else {
    for (const auto& [name, pid] : supervisor.running()) std::println("{:<10} process {}", name, pid);
    std::println("{:<10} {}", "listening", line.substr(std::min<std::size_t>(line.size(), 6)));
    std::println("{:<10} {}", "policy", up.settings.policy.string());
    std::println("{:<10} {} (cordon log show --config {})", "evidence", up.settings.evidence_folder().string(),
                 up.config);
    if (up.settings.metrics) std::println("{:<10} http://{}/metrics", "metrics", up.settings.metrics->text());
  }
  std::fflush(stdout);
  tell_service_manager("READY=1");
}

// SIGUSR2, or cordon proxy upgrade: the cordon-proxy on disk takes over from the one that runs.
void upgrade(Supervisor& supervisor, const Up& up, const Supervisor::Replaced& done) {
  const auto successor = [&up](int ready_fd) {
    auto order = proxy_part(up, ready_fd).order;
    order.arguments.emplace_back("--take-over");
    return order;
  };
  supervisor.replace("proxy", successor, up.settings.drain_time + std::chrono::seconds(30), [done](Result<void> how) {
    log(how ? LogLevel::info : LogLevel::error, how ? "upgraded" : "not upgraded",
        {{"why", how ? "" : how.error().message}});
    done(std::move(how));
  });
}

Result<std::unique_ptr<enforcement::Control>> take_orders(Loop& loop, Supervisor& supervisor, const Up& up) {
  return enforcement::Control::open(loop, up.settings.up_socket(), [&](const enforcement::Control::Order& order) {
    if (order.word != "upgrade") return order.answer(enforcement::refusal("unknown order: only upgrade is known"));
    upgrade(supervisor, up, [answer = order.answer](const Result<void>& how) {
      answer(how ? enforcement::done("upgraded: the new process serves, the old one finishes")
                 : enforcement::refusal(how.error().message));
    });
  });
}

// Everything that can be wrong in files is found before a process starts or a socket opens.
Result<void> check_first(const Up& up) {
  const auto snapshot = administrator::assemble(administrator::sources_of(up.settings), 1, system_clock().now(),
                                                up.settings.snapshot_life);
  if (!snapshot) return std::unexpected(snapshot.error());
  if (auto made = make_folder(up.settings.state, 0700); !made) return made;
  return make_folder(up.settings.engine_socket().parent_path(), 0700);
}

Result<void> serve(const Up& up) {
  if (auto checked = check_first(up); !checked) return checked;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  const Fd ready(ends[0]);
  Fd tell(ends[1]);

  const auto signals = signals_as_events({SIGTERM, SIGINT, SIGHUP, SIGUSR2});
  Loop loop;
  std::optional<std::string> final;
  Supervisor supervisor(loop, [&](std::string why) {
    final = std::move(why);
    loop.stop();
  });
  for (auto part : {cordon_part("evidence", {"log", "write"}, up), cordon_part("engine", {"engine"}, up),
                    proxy_part(up, tell.get())}) {
    if (auto started = supervisor.start(std::move(part)); !started) return started;
  }
  if (up.settings.neighbours) {
    if (auto started = supervisor.start(cordon_part("authz", {"authz"}, up)); !started) return started;
  }
  const auto control = take_orders(loop, supervisor, up);
  if (!control) return std::unexpected(control.error());
  loop.watch(signals.get(), EPOLLIN, [&](std::uint32_t) {
    const int number = take_signal(signals);
    if (number == SIGHUP) return supervisor.signal("proxy", SIGHUP);
    if (number == SIGUSR2) return upgrade(supervisor, up, [](const Result<void>&) {});
    tell_service_manager("STOPPING=1");
    loop.stop();
  });
  loop.watch(ready.get(), EPOLLIN, [&](std::uint32_t) {
    std::array<char, 8192> text;
    const auto got = ::read(ready.get(), text.data(), text.size());
    if (got > 0)
      print_ready(
          up, supervisor,
          std::string_view(text.data(), static_cast<std::size_t>(got)).substr(0, static_cast<std::size_t>(got) - 1));
    loop.forget(ready.get());
  });
  std::optional<IndexKeeper> index;
  index.emplace(loop, up.settings.evidence_folder(),
                cordon_part("index", {"log", "index", "build", "--background"}, up).order);
  loop.run();
  index.reset();
  supervisor.stop(up.settings.drain_time + std::chrono::seconds(5));
  if (final) return fail(ErrorKind::invalid_input, *final + " and would again: see its message above");
  return {};
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json"}, .options = {"--config"}});
  if (!arguments) return report("up", arguments.error());
  Up up{.config = arguments->option("--config").value_or("cordon.yaml"),
        .json = arguments->has("--json"),
        .settings = {},
        .sockets = sockets_given(),
        .program = own_program()};
  auto settings = enforcement::load_settings(up.config);
  if (!settings) return report("up", settings.error(), up.json);
  up.settings = std::move(*settings);
  if (auto became = become_user_of(up.settings); !became) return report("up", became.error(), up.json);
  const auto served = serve(up);
  return served ? kOk : report("up", served.error(), up.json);
}

}  // namespace

const Command kUpCommand{
    .name = "up",
    .summary = "start enforcement point, engine and evidence log",
    .help =
        "usage: cordon up [--config FILE] [--json]\n\n"
        "Starts the enforcement point (cordon-proxy), the policy engine and the evidence log writer as three\n"
        "processes, restarts what dies, prints what listens where, and drains on SIGTERM or Ctrl-C.\n"
        "With neighbours: in cordon.yaml also the answers for Envoy and NGINX (cordon authz).\n"
        "SIGHUP reads cordon.yaml again, SIGUSR2 puts a new enforcement point in place (cordon proxy).\n"
        "The index of the evidence is built beside it, at the lowest priority (cordon log index).\n"
        "A wrong configuration, policy or inventory stops it before a socket opens.\n\n"
        "  --config FILE  default cordon.yaml in this folder ('cordon init' writes one)\n"
        "  --json         one object when ready; logs are JSON lines whenever they do not go to a terminal\n\n"
        "example: cordon up --config /etc/cordon/cordon.yaml",
    .run = run};

}  // namespace cordon::app
