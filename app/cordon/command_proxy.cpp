// cordon proxy: the enforcement point while it runs.
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/output.h"
#include "cordon/base/loop.h"
#include "cordon/base/socket.h"
#include "cordon/enforcement/line_channel.h"
#include "cordon/enforcement/settings.h"

namespace cordon::app {

namespace {

using wire::Json;

constexpr std::size_t kLongestAnswer = 1U << 20;
const Shape kShape{.flags = {"--json"}, .options = {"--config"}};

std::string text_at(const Json& json, std::string_view path) {
  const auto* found = json.at(path);
  if (!found) return "-";
  return std::string(found->is_number() ? found->number_text() : found->text());
}

// One word, one line of JSON back.
Result<Json> ask(const std::filesystem::path& socket, std::string_view word, std::chrono::seconds patience) {
  auto fd = connect_unix(socket);
  if (!fd) return std::unexpected(fd.error());
  Loop loop;
  std::string line;
  enforcement::LineChannel channel(loop, std::move(*fd), kLongestAnswer,
                                   {[&](std::string_view text) {
                                      line = text;
                                      loop.stop();
                                    },
                                    [&] { loop.stop(); }});
  channel.send(word);
  loop.after(patience, [&] { loop.stop(); });
  loop.run();
  if (line.empty())
    return fail(ErrorKind::unavailable, std::format("no answer to '{}' in {}: see its log", word, patience));
  auto answer = wire::parse_json(line);
  if (!answer) return std::unexpected(within("the answer", answer.error()));
  if (const auto* error = answer->find("error")) return fail(ErrorKind::invalid_input, std::string(error->text()));
  return answer;
}

struct Asked {
  enforcement::Settings settings;
  bool json = false;
};

Result<Asked> settings_of(const Words& words) {
  const auto arguments = Arguments::parse(words, kShape);
  if (!arguments) return std::unexpected(arguments.error());
  auto settings = enforcement::load_settings(arguments->option("--config").value_or("cordon.yaml"));
  if (!settings) return std::unexpected(settings.error());
  return Asked{std::move(*settings), arguments->has("--json")};
}

Result<Json> ask_proxy(const enforcement::Settings& settings, std::string_view word) {
  auto answer = ask(settings.proxy_socket(), word, settings.drain_time + std::chrono::seconds(10));
  if (answer || answer.error().kind == ErrorKind::invalid_input) return answer;
  return fail(ErrorKind::unavailable, std::format("no enforcement point runs on {}: start it with cordon up ({})",
                                                  settings.state.string(), answer.error().message));
}

// The file is looked at here first only where its own mistakes are what is asked about: a wrong one is then refused
// by the process that uses it, with the same words.
int run_with(std::string_view word, const Words& words, void (*print)(const Json&)) {
  const auto name = std::format("proxy {}", word);
  const auto asked = settings_of(words);
  if (!asked) return report(name, asked.error());
  const auto answer = ask_proxy(asked->settings, word);
  if (!answer) {
    report(name, answer.error(), asked->json);
    return answer.error().kind == ErrorKind::invalid_input ? kFailed : kUsage;
  }
  asked->json ? print_json(*answer) : print(*answer);
  return kOk;
}

void print_done(const Json& answer) {
  const auto cut = text_at(answer, "cut");
  std::println("{}{}", text_at(answer, "done"), cut == "-" || cut == "0" ? "" : std::format(", {} cut", cut));
}

void print_status(const Json& answer) {
  const auto at = [&](std::string_view path) { return text_at(answer, path); };
  std::string listening;
  if (const auto* list = answer.find("listening")) {
    for (const auto& each : list->array()) listening += (listening.empty() ? "" : " ") + std::string(each.text());
  }
  std::println("{:<10} {} (process {}, version {}, up {} s)", at("name"), at("state"), at("pid"), at("version"),
               at("uptime_seconds"));
  std::println("{:<10} {} of policy set {:.16}, good for {} s", "snapshot", at("snapshot/sequence"),
               at("snapshot/policy_set"), at("snapshot/seconds_left"));
  std::println("{:<10} {}", "listening", listening.empty() ? "nowhere" : listening);
  std::println("{:<10} {} permitted, {} refused, {} unrecorded, {} without answer, {} open", "requests",
               at("requests/permitted"), at("requests/refused"), at("requests/unrecorded"),
               at("requests/upstream_failed"), at("requests/open"));
  std::println("{:<10} {} from callers, {} to producers", "connected", at("connections"), at("upstream_connections"));
  std::println("{:<10} log writer {}, {} records wait in the spool", "evidence", at("evidence/log_writer"),
               at("evidence/waiting_in_spool"));
  std::println("{:<10} {}", "confined", at("confined"));
}

void print_connections(const Json& answer) {
  std::vector<std::vector<Cell>> rows{
      {{"PEER"}, {"IDENTITY"}, {"LISTENER"}, {"TLS"}, {"GROUP"}, {"OPEN"}, {"REQUESTS"}, {"SECONDS"}}};
  for (const auto& each : answer.find("connections")->array()) {
    std::vector<Cell> row;
    for (const auto* name : {"peer", "identity", "listener", "tls", "group", "open", "requests", "seconds"})
      row.push_back({text_at(each, name)});
    rows.push_back(std::move(row));
  }
  print_table(rows);
  std::println("{} connections", text_at(answer, "total"));
}

int run_status(const Words& words) { return run_with("status", words, print_status); }
int run_connections(const Words& words) { return run_with("connections", words, print_connections); }
int run_drain(const Words& words) { return run_with("drain", words, print_done); }
int run_undrain(const Words& words) { return run_with("undrain", words, print_done); }

// What is wrong in the file is told by the file's reader; what cannot change by the process.
int run_reload(const Words& words) { return run_with("reload", words, print_done); }

int run_upgrade(const Words& words) {
  const auto asked = settings_of(words);
  if (!asked) return report("proxy upgrade", asked.error());
  auto answer = ask(asked->settings.up_socket(), "upgrade", std::chrono::seconds(90));
  if (!answer && answer.error().kind != ErrorKind::invalid_input) {
    answer =
        fail(ErrorKind::unavailable,
             std::format("no 'cordon up' answers ({}); without it start the new one by hand: cordon-proxy --config "
                         "FILE --take-over",
                         answer.error().message));
  }
  if (!answer) {
    report("proxy upgrade", answer.error(), asked->json);
    return kFailed;
  }
  asked->json ? print_json(*answer) : print_done(*answer);
  return kOk;
}

#define OPTIONS "\n\n  --config FILE  default cordon.yaml in this folder\n  --json         one object\n\nexample: "

const Command kStatus{.name = "status",
                      .summary = "version, snapshot, listeners, requests, evidence",
                      .help = "usage: cordon proxy status [--config FILE] [--json]" OPTIONS
                              "cordon proxy status --config /etc/cordon/cordon.yaml",
                      .run = run_status};
const Command kConnections{.name = "connections",
                           .summary = "who is connected, and how",
                           .help =
                               "usage: cordon proxy connections [--config FILE] [--json]\n\n"
                               "At most 1,000 are shown." OPTIONS "cordon proxy connections --json",
                           .run = run_connections};
const Command kDrain{.name = "drain",
                     .summary = "take no new connections, let the open ones finish",
                     .help =
                         "usage: cordon proxy drain [--config FILE] [--json]\n\n"
                         "Returns when the last connection has gone, or after drain_seconds, then saying how many\n"
                         "were cut. The process stays; undrain makes it listen again." OPTIONS "cordon proxy drain",
                     .run = run_drain};
const Command kUndrain{.name = "undrain",
                       .summary = "listen again after a drain",
                       .help = "usage: cordon proxy undrain [--config FILE] [--json]" OPTIONS "cordon proxy undrain",
                       .run = run_undrain};
const Command kReload{.name = "reload",
                      .summary = "read cordon.yaml again, wholly or not at all",
                      .help =
                          "usage: cordon proxy reload [--config FILE] [--json]\n\n"
                          "Changes tls, limits, shared_listen, upstream_milliseconds and drain_seconds. Anything\n"
                          "wrong, or a change of another key, refuses the file as a whole and says which." OPTIONS
                          "cordon proxy reload",
                      .run = run_reload};
const Command kUpgrade{.name = "upgrade",
                       .summary = "another process in its place, without a lost request",
                       .help =
                           "usage: cordon proxy upgrade [--config FILE] [--json]\n\n"
                           "'cordon up' starts the cordon-proxy that is on disk now; it gets the listening sockets,\n"
                           "and when it serves, the old one finishes what it has and goes. If the new one does not\n"
                           "get ready, the old one stays." OPTIONS "cordon proxy upgrade",
                       .run = run_upgrade};

std::vector<const Command*> parts() { return {&kStatus, &kConnections, &kDrain, &kUndrain, &kReload, &kUpgrade}; }

int run(const Words& words) { return run_one_of(parts(), "proxy", words); }

}  // namespace

const Command kProxyCommand{.name = "proxy",
                            .summary = "look at, drain, reload and upgrade the enforcement point",
                            .help =
                                "usage: cordon proxy COMMAND [OPTION...]\n\n"
                                "  status       version, snapshot, listeners, requests, evidence\n"
                                "  connections  who is connected, and how\n"
                                "  drain        take no new connections, let the open ones finish\n"
                                "  undrain      listen again\n"
                                "  reload       read cordon.yaml again, wholly or not at all\n"
                                "  upgrade      another process in its place, without a lost request\n\n"
                                "example: cordon proxy status",
                            .run = run,
                            .parts = parts};

}  // namespace cordon::app
