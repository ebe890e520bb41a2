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

constexpr int kRounds = 5;

struct Figures {
  std::vector<double> rate, cpu, p50, p99;  // requests/s, microseconds of processor a request, seconds, seconds
  std::uint64_t failed = 0;
};

LoadPlan plan_for(const Target& target, std::shared_ptr<const crypto::TlsContext> tls, std::size_t connections,
                  std::size_t streams) {
  LoadPlan plan{.to = target.at,
                .server_name = "bench.example",
                .tls = std::move(tls),
                .request = {},
                .connections = connections,
                .streams = streams};
  plan.request = {.method = "GET",
                  .scheme = "https",
                  .authority = "bench.example",
                  .path = "/nnrf-nfm/v1/nf-instances/" + std::string(kNrfInstance),
                  .headers = {{"user-agent", "AMF"}, {"accept", "application/json,application/problem+json"}},
                  .body = ""};
  return plan;
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

// The stage means the proxy itself counts: sum and count of cordon_stage_seconds.
std::map<std::string, double> stages() {
  std::map<std::string, double> sums, counts, means;
  auto fd = connect_tcp_blocking({"127.0.3.5", 9464}, std::chrono::seconds(2));
  if (!fd) return means;
  PlainStream stream(std::move(*fd));
  stream.write(as_bytes("GET /metrics HTTP/1.1\r\n\r\n"));
  std::string page;
  for (std::array<std::uint8_t, 4096> chunk;;) {
    const auto got = stream.read(chunk);
    if (got.state == StreamState::want_read) continue;
    if (got.state != StreamState::ok) break;
    page.append(as_text(BytesView(chunk).first(got.bytes)));
  }
  for (const std::string stage : {"judge", "evidence", "upstream"}) {
    for (auto* into : {&sums, &counts}) {
      const auto key =
          std::format("cordon_stage_seconds_{}{{stage=\"{}\"}} ", into == &sums ? "sum" : "count", stage);
      const auto at = page.find(key);
      if (at != page.npos) (*into)[stage] = std::strtod(page.c_str() + at + key.size(), nullptr);
    }
    if (counts[stage] > 0) means[stage] = sums[stage] / counts[stage];
  }
  return means;
}

Result<std::shared_ptr<const crypto::TlsContext>> caller_tls(const BenchPki& pki) {
  crypto::TlsSettings settings;
  settings.chain = {pki.caller};
  settings.key = pki.caller_key;
  settings.anchors = {pki.authority};
  return crypto::TlsContext::client(settings);
}

Result<std::vector<Target>> start_all(const BenchPki& pki, const std::filesystem::path& programs) {
  const auto policy = std::filesystem::absolute("policies/sbi.cedar");
  std::vector<Target> targets;
  const std::array<std::function<Result<Target>()>, 5> starts{
      [&] { return start_backend(pki); }, [&] { return start_nginx(pki); }, [&] { return start_haproxy(pki); },
      [&] { return start_nghttpx(pki); }, [&] { return start_cordon(pki, programs, policy); }};
  for (const auto& begin : starts) {
    auto started = begin();
    if (!started) return std::unexpected(started.error());
    targets.push_back(std::move(*started));
  }
  return targets;
}

using ByName = std::map<std::string, Figures>;

// Cordon's median beside each peer's; "backend" is the direct connection, the limit no proxy can pass.
void compare(std::vector<Figure>& out, const ByName& all, const std::string& what, const std::string& unit,
             const std::string& statistic, std::vector<double> Figures::* values, double factor) {
  const double own = median(all.at("cordon").*values) * factor;
  for (const auto& [name, figures] : all) {
    if (name == "cordon" || (name == "backend" && values == &Figures::cpu)) continue;
    const auto label = name == "backend" ? "direct to NGINX backend" : name + " (proxying only)";
    out.push_back({what, own, unit, statistic, Peer{label, median(figures.*values) * factor}});
  }
}

ByName run_rounds(const std::vector<Target>& targets, const std::shared_ptr<const crypto::TlsContext>& tls,
                  std::size_t connections, std::size_t streams) {
  ByName all;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& target : targets) measure(target, plan_for(target, tls, connections, streams), all[target.name]);
    std::print(stderr, "\rproxy: {} connections x {} streams, round {} of {} ", connections, streams, round + 1,
               kRounds);
  }
  std::println(stderr, "");
  return all;
}

Result<std::vector<Figure>> run_all(const std::filesystem::path& folder, const std::filesystem::path& programs) {
  const auto pki = BenchPki::make(folder);
  if (!pki) return std::unexpected(pki.error());
  const auto tls = caller_tls(*pki);
  if (!tls) return std::unexpected(tls.error());
  const auto targets = start_all(*pki, programs);
  if (!targets) return std::unexpected(targets.error());

  std::vector<Figure> out;
  const auto statistic = std::format("median of {}", kRounds);
  const auto full = run_rounds(*targets, *tls, 4, 16);
  compare(out, full, "requests at full load (4 connections x 16)", "1/s", statistic, &Figures::rate, 1);
  compare(out, full, "processor time a request, all processes", "us", statistic, &Figures::cpu, 1);
  compare(out, full, "p50 at full load", "us", statistic, &Figures::p50, 1e6);
  compare(out, full, "p99 at full load", "us", statistic, &Figures::p99, 1e6);
  const auto single = run_rounds(*targets, *tls, 1, 1);
  compare(out, single, "p50, one request at a time", "us", statistic, &Figures::p50, 1e6);
  compare(out, single, "p99, one request at a time", "us", statistic, &Figures::p99, 1e6);
  const auto means = stages();
  double total = 0;
  for (const auto& [stage, mean] : means) total += mean;
  for (const auto& [stage, mean] : means)
    out.push_back({"stage " + stage, mean * 1e6, "us", "mean of all", Peer{"all stages together", total * 1e6}});
  for (const auto& [name, figures] : full) {
    if (figures.failed > 0)
      return fail(ErrorKind::internal,
                  std::format("{}: {} requests failed: the figures would lie", name, figures.failed));
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 1 && std::string_view(argv[1]) == "--json";
  configure_log(LogLevel::error, LogFormat::json, "bench");
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(kLoadCpu, &cpus);
  ::sched_setaffinity(0, sizeof cpus, &cpus);
  // Evidence goes to the build folder's disk, as it would in service; a memory file system would flatter it.
  const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto folder = programs.parent_path() / "bench-proxy";
  std::filesystem::remove_all(folder);
  if (const auto made = make_folder(folder, 0700); !made)
    return std::println(stderr, "bench: {}", made.error().message), 1;
  const auto figures = run_all(folder, programs);
  if (!figures) return std::println(stderr, "bench proxy: {}", figures.error().message), 1;
  print("proxy", *figures, json);
  return 0;
}
