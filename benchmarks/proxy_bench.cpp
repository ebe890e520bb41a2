// cordon-proxy with identity, catalogue, policy and durable evidence, beside NGINX, HAProxy and nghttpx which only
// proxy.
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <print>

#include "benchmarks/load.h"
#include "benchmarks/proxies.h"
#include "benchmarks/report.h"
#include "cordon/base/file.h"
#include "cordon/base/log.h"

namespace {

using namespace cordon;
using namespace cordon::bench;

struct Options {
  bool json = false;
  int rounds = 5;
  std::vector<std::string> only;   // names of rows; empty: all
  std::filesystem::path programs;  // cordon and cordon-proxy
};

struct Figures {
  std::vector<double> rate, cpu, p50, p99;  // requests/s, microseconds of processor a request, seconds, seconds
  std::uint64_t failed = 0;
};

constexpr std::string_view kNrf = "/nnrf-nfm/v1/";

std::vector<wire::Request> requests_to(bool cleartext) {
  const wire::Request get{.method = "GET",
                          .scheme = cleartext ? "http" : "https",
                          .authority = "bench.example",
                          .path = std::format("{}nf-instances/{}", kNrf, kNrfInstance),
                          .headers = {{"user-agent", "AMF"}, {"accept", "application/json,application/problem+json"}},
                          .body = ""};
  auto post = get;
  post.method = "POST";
  post.path = std::format("{}subscriptions", kNrf);
  post.headers.push_back({"content-type", "application/json"});
  post.body = subscription();
  return {get, post};
}

LoadPlan plan_for(const Target& target, std::shared_ptr<const crypto::TlsContext> tls, std::size_t connections,
                  std::size_t streams) {
  return {.to = target.at,
          .server_name = "bench.example",
          .tls = target.cleartext ? nullptr : std::move(tls),
          .requests = requests_to(target.cleartext),
          .connections = connections,
          .streams = streams};
}

void measure(const Target& target, const LoadPlan& plan, Figures& figures) {
  const double before = processor_seconds(target);
  const auto outcome = run_load(plan);
  const double used = processor_seconds(target) - before;
  // Warm-up requests are in used as well: count them at the measured rate.
  const double all = outcome.per_second() * std::chrono::duration<double>(plan.warm_up + plan.time).count();
  figures.rate.push_back(outcome.per_second());
  figures.cpu.push_back(all > 0 ? used / all * 1e6 : 0);
  figures.p50.push_back(outcome.percentile(0.50));
  figures.p99.push_back(outcome.percentile(0.99));
  figures.failed += outcome.failed;
}

Result<std::shared_ptr<const crypto::TlsContext>> caller_tls(const BenchPki& pki) {
  crypto::TlsSettings settings;
  settings.chain = {pki.caller};
  settings.key = pki.caller_key;
  settings.anchors = {pki.authority};
  return crypto::TlsContext::client(settings);
}

// What configuration alone can switch, each row with what the rows before it have. There is no switch for identity
// and evidence: what would be measured without them is not Cordon.
std::vector<CordonPlan> ladder(const BenchPki& pki) {
  const auto full = std::filesystem::absolute("policies/sbi.cedar");
  const auto queued = pki.folder / "queued.cedar";
  const auto open = pki.folder / "open.cedar";
  std::vector<CordonPlan> rows{{.name = "cleartext", .cleartext = true, .policy = open},
                               {.name = "identity", .policy = open},
                               {.name = "queued", .policy = queued},
                               {.name = "cordon", .policy = full}};
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].place = kFirstCordon + static_cast<int>(i);
  return rows;
}

// The default set with every rule's evidence queued, and one rule that permits everything.
Result<void> write_policies(const BenchPki& pki) {
  const auto full = read_file("policies/sbi.cedar", 1 << 20);
  if (!full) return std::unexpected(full.error());
  std::string queued;
  std::string_view rest = *full;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n') + 1);
    if (line.starts_with("@id(")) queued += "@evidence(\"queued\")\n";
    queued += line;
    rest.remove_prefix(line.size());
  }
  if (auto written = write_file(pki.folder / "queued.cedar", queued); !written) return written;
  return write_file(pki.folder / "open.cedar",
                    "@id(\"all\")\n@evidence(\"queued\")\npermit (principal, action, resource);\n");
}

bool wanted(const Options& options, std::string_view name) {
  return options.only.empty() || std::ranges::contains(options.only, name);
}

Result<std::vector<Target>> start_all(const BenchPki& pki, const Options& options) {
  std::vector<Target> targets;
  std::vector<std::pair<std::string, std::function<Result<Target>()>>> starts{
      {"backend", [&] { return start_backend(pki); }},
      {"nginx", [&] { return start_nginx(pki); }},
      {"haproxy", [&] { return start_haproxy(pki); }},
      {"nghttpx", [&] { return start_nghttpx(pki); }}};
  for (const auto& plan : ladder(pki)) {
    starts.push_back({plan.name, [&, plan] { return start_cordon(pki, options.programs, plan); }});
  }
  for (const auto& [name, begin] : starts) {
    if (name != "backend" && !wanted(options, name)) continue;
    auto started = begin();
    if (!started) return std::unexpected(started.error());
    targets.push_back(std::move(*started));
  }
  return targets;
}

using ByName = std::map<std::string, Figures>;

ByName run_rounds(const std::vector<Target>& targets, const std::shared_ptr<const crypto::TlsContext>& tls,
                  const Options& options, std::size_t connections, std::size_t streams) {
  ByName all;
  for (int round = 0; round < options.rounds; ++round) {
    for (const auto& target : targets) measure(target, plan_for(target, tls, connections, streams), all[target.name]);
    std::print(stderr, "\rproxy: {} connections x {} streams, round {} of {} ", connections, streams, round + 1,
               options.rounds);
  }
  std::println(stderr, "");
  return all;
}

constexpr std::array<std::string_view, 3> kPeers{"haproxy", "nginx", "nghttpx"};

// The peer that does best in this statistic of this run.
std::optional<Peer> best_peer(const ByName& all, std::vector<double> Figures::* values, bool most, double factor) {
  std::optional<Peer> best;
  for (const auto name : kPeers) {
    const auto found = all.find(std::string(name));
    if (found == all.end()) continue;
    const double value = median(found->second.*values) * factor;
    if (!best || (most ? value > best->value : value < best->value)) best = Peer{std::string(name), value};
  }
  return best;
}

void report(std::vector<Figure>& out, const ByName& all, const Options& options, const std::string& what,
            const std::string& unit, std::vector<double> Figures::* values, double factor) {
  const auto peer = best_peer(all, values, unit == "1/s", factor);
  for (const auto& [name, figures] : all) {
    if (name == "backend" && values == &Figures::cpu) continue;
    out.push_back({std::format("{}: {}", what, name), median(figures.*values) * factor, unit,
                   std::format("median of {}", options.rounds), peer});
  }
}

Result<void> check_answers(const ByName& all) {
  for (const auto& [name, figures] : all) {
    if (figures.failed == 0 && median(figures.rate) > 0) continue;
    return fail(ErrorKind::internal, std::format("{}: {} requests failed, {:.0f}/s answered: the figures would lie",
                                                 name, figures.failed, median(figures.rate)));
  }
  return {};
}

Result<std::vector<Figure>> run_all(const std::filesystem::path& folder, const Options& options) {
  const auto pki = BenchPki::make(folder);
  if (!pki) return std::unexpected(pki.error());
  if (auto written = write_policies(*pki); !written) return std::unexpected(written.error());
  const auto tls = caller_tls(*pki);
  if (!tls) return std::unexpected(tls.error());
  const auto targets = start_all(*pki, options);
  if (!targets) return std::unexpected(targets.error());

  std::vector<Figure> out;
  const auto full = run_rounds(*targets, *tls, options, 4, 16);
  if (auto good = check_answers(full); !good) return std::unexpected(good.error());
  report(out, full, options, "processor time a request", "us", &Figures::cpu, 1);
  report(out, full, options, "requests at full load", "1/s", &Figures::rate, 1);
  report(out, full, options, "p50 at full load", "us", &Figures::p50, 1e6);
  report(out, full, options, "p99 at full load", "us", &Figures::p99, 1e6);
  const auto single = run_rounds(*targets, *tls, options, 1, 1);
  report(out, single, options, "p50, one request at a time", "us", &Figures::p50, 1e6);
  report(out, single, options, "p99, one request at a time", "us", &Figures::p99, 1e6);
  return out;
}

Options parse(int argc, char** argv) {
  Options options;
  options.programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool last = i + 1 == argc;
    if (word == "--json") options.json = true;
    if (word == "--rounds" && !last) options.rounds = std::max(1, std::atoi(argv[++i]));
    if (word == "--only" && !last) options.only.emplace_back(argv[++i]);
    if (word == "--programs" && !last) options.programs = argv[++i];
  }
  return options;
}

}  // namespace

// usage: bench_proxy [--json] [--rounds N] [--only ROW]... [--programs FOLDER]
int main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  configure_log(LogLevel::error, LogFormat::json, "bench");
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(kLoadCpu, &cpus);
  ::sched_setaffinity(0, sizeof cpus, &cpus);
  // Evidence goes to the build folder's disk, as it would in service; a memory file system would flatter it.
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "bench-proxy";
  std::filesystem::remove_all(folder);
  if (const auto made = make_folder(folder, 0700); !made)
    return std::println(stderr, "bench: {}", made.error().message), 1;
  const auto figures = run_all(folder, options);
  if (!figures) return std::println(stderr, "bench proxy: {}", figures.error().message), 1;
  print("proxy", *figures, options.json);
  return 0;
}
