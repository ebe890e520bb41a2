#include "benchmarks/proxies.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "cordon/base/file.h"

namespace cordon::bench {

namespace {

const Endpoint kBackend{"127.0.3.1", 8443};
const Endpoint kClearBackend{"127.0.3.1", 8080};

Result<void> write_pair(const BenchPki& pki, const std::string& name, const crypto::Certificate& certificate,
                        const crypto::PrivateKey& key) {
  if (auto written = write_file(pki.folder / (name + ".crt"), certificate.pem()); !written) return written;
  if (auto written = write_file(pki.folder / (name + ".key"), key.pem(), 0600); !written) return written;
  return write_file(pki.folder / (name + ".pem"), certificate.pem() + key.pem(), 0600);  // as HAProxy wants it
}

Result<void> wait_for(const Endpoint& at) {
  for (int i = 0; i < 200; ++i) {
    if (connect_tcp_blocking(at, std::chrono::milliseconds(50))) return {};
    ::usleep(50'000);
  }
  return fail(ErrorKind::unavailable, "nothing listens on " + at.text() + " after ten seconds");
}

Result<Target> start(std::string name, const Endpoint& at, int cpu, std::vector<std::string> words) {
  words.insert(words.begin(), {"/usr/bin/taskset", "-c", std::to_string(cpu)});
  const auto quiet = open_file("/dev/null", O_WRONLY);
  if (!quiet) return std::unexpected(quiet.error());
  auto process = Process::spawn(
      {.arguments = std::move(words), .environment = {}, .descriptors = {{quiet->get(), 1}, {quiet->get(), 2}}});
  if (!process) return std::unexpected(within(name, process.error()));
  Target target;
  target.name = std::move(name);
  target.at = at;
  target.processes.push_back(std::move(*process));
  if (auto up = wait_for(at); !up) return std::unexpected(within(target.name, up.error()));
  return target;
}

std::string nginx_head(const BenchPki& pki, const std::string& name) {
  return std::format(
      "daemon off; worker_processes 1; pid {0}/{1}.pid; error_log /dev/null;\n"
      "events {{ worker_connections 4096; }}\n"
      "http {{ access_log off; client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; fastcgi_temp_path {0}/t3;\n"
      "  uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5; keepalive_requests 100000000; http2_max_concurrent_streams "
      "256;\n"
      "  ssl_protocols TLSv1.3; ssl_certificate {0}/server.crt; ssl_certificate_key {0}/server.key;\n"
      "  ssl_client_certificate {0}/ca.crt; ssl_verify_client on;\n",
      pki.folder.string(), name);
}

Result<Target> start_nginx_with(const BenchPki& pki, const std::string& name, const Endpoint& at, int cpu,
                                const std::string& body) {
  const auto file = pki.folder / (name + ".conf");
  if (auto written = write_file(file, nginx_head(pki, name) + body); !written)
    return std::unexpected(written.error());
  return start(name, at, cpu, {"/usr/sbin/nginx", "-c", file.string(), "-p", pki.folder.string()});
}

// JSON of about 512 bytes: what head and tail leave is filled with slices.
std::string filled(std::string text, std::string_view tail) {
  for (int i = 0; text.size() + tail.size() < 484; ++i)
    text += std::format("{}{{\"sst\":1,\"sd\":\"{:06x}\"}}", i == 0 ? "" : ",", i);
  return text.append(tail);
}

// TS 29.510 6.1.6.2.2
std::string profile() {
  return filled(R"({"nfInstanceId":")" + std::string(kNrfInstance) +
                    R"(","nfType":"NRF","nfStatus":"REGISTERED","ipv4Addresses":["127.0.3.1"],"sNssais":[)",
                "]}");
}

std::set<pid_t> with_children(std::set<pid_t> pids) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    const auto stat = read_file(entry.path() / "stat", 4096);
    if (!stat) continue;
    std::istringstream in(stat->substr(stat->rfind(')') + 2));
    char state = 0;
    pid_t parent = 0;
    in >> state >> parent;
    if (pids.contains(parent)) pids.insert(static_cast<pid_t>(std::stol(name)));
  }
  return pids;
}

}  // namespace

// TS 29.510 6.1.6.2.16
std::string subscription(const std::string& more) {
  return filled("{" + more +
                    R"("nfStatusNotificationUri":"https://amf1.example/callbacks/status","reqNfType":"AMF",)" +
                    R"("reqNfInstanceId":")" + std::string(kCallerInstance) +
                    R"(","subscrCond":{"nfType":"SMF"},"reqSnssais":[)",
                "]}");
}

// In order: a killed NGINX master would leave its worker behind.
Target::~Target() {
  for (auto& process : processes) [[maybe_unused]]
    const auto ended = process.stop(std::chrono::seconds(3));
}

Result<BenchPki> BenchPki::make(const std::filesystem::path& folder) {
  BenchPki pki{.folder = folder, .authority = {}, .caller = {}, .caller_key = {}};
  const auto now = system_clock().now();
  const auto ca_key = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256);
  const auto server_key = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256);
  const auto caller_key = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256);
  if (!ca_key || !server_key || !caller_key) return fail(ErrorKind::internal, "cannot make keys");
  auto ca = crypto::issue(
      {.common_name = "bench authority", .public_key = ca_key->public_key(), .now = now, .authority = true}, {},
      *ca_key);
  if (!ca) return std::unexpected(ca.error());
  crypto::IssueRequest server{.common_name = "bench server",
                              .dns_names = {"bench.example"},
                              .public_key = server_key->public_key(),
                              .now = now};
  for (int i = 1; i <= kLastAddress; ++i) server.ip_addresses.push_back("127.0.3." + std::to_string(i));
  auto server_certificate = crypto::issue(server, *ca, *ca_key);
  if (!server_certificate) return std::unexpected(server_certificate.error());
  auto caller = crypto::issue({.common_name = "amf1",
                               .uris = {"urn:uuid:" + std::string(kCallerInstance)},
                               .dns_names = {"amf1.example"},
                               .nf_types = {"AMF"},
                               .public_key = caller_key->public_key(),
                               .now = now},
                              *ca, *ca_key);
  if (!caller) return std::unexpected(caller.error());
  if (auto written = write_file(folder / "ca.crt", ca->pem()); !written) return std::unexpected(written.error());
  if (auto written = write_pair(pki, "server", *server_certificate, *server_key); !written)
    return std::unexpected(written.error());
  if (auto written = write_pair(pki, "caller", *caller, *caller_key); !written)
    return std::unexpected(written.error());
  pki.authority = *ca;
  pki.caller = *caller;
  pki.caller_key = *caller_key;
  return pki;
}

Result<Target> start_backend(const BenchPki& pki) {
  return start_nginx_with(
      pki, "backend", kBackend, kLoadCpu,
      std::format("  server {{ listen {} ssl; listen {}; http2 on; default_type application/json;\n"
                  "    {} location / {{ return 200 '{}'; }} }} }}\n",
                  kBackend.text(), kClearBackend.text(),
                  "location = /nnrf-nfm/v1/subscriptions { add_header Location "
                  "https://bench.example/nnrf-nfm/v1/subscriptions/1; return 201 '" +
                      subscription(R"("subscriptionId":"1",)") + "'; }",
                  profile()));
}

Result<Target> start_nginx(const BenchPki& pki) {
  const Endpoint at{"127.0.3.2", 8443};
  return start_nginx_with(
      pki, "nginx", at, kProxyCpu,
      std::format(
          "  upstream backend {{ server {1}; keepalive 256; keepalive_requests 100000000; }}\n"
          "  server {{ listen {2} ssl; http2 on; location / {{ proxy_pass https://backend; proxy_http_version 1.1;\n"
          "    proxy_set_header Connection \"\"; proxy_ssl_certificate {0}/server.crt; proxy_ssl_certificate_key "
          "{0}/server.key;\n"
          "    proxy_ssl_trusted_certificate {0}/ca.crt; proxy_ssl_verify on; proxy_ssl_name bench.example; "
          "proxy_ssl_protocols TLSv1.3;\n"
          "  }} }} }}\n",
          pki.folder.string(), kBackend.text(), at.text()));
}

Result<Target> start_haproxy(const BenchPki& pki) {
  const Endpoint at{"127.0.3.3", 8443};
  const auto text = std::format(
      "global\n  nbthread 1\n  maxconn 4096\n  tune.h2.max-concurrent-streams 256\n"
      "defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n  http-reuse always\n"
      "frontend front\n  bind {2} ssl crt {0}/server.pem ca-file {0}/ca.crt verify required alpn h2 ssl-min-ver "
      "TLSv1.3\n  default_backend back\n"
      "backend back\n  server one {1} ssl crt {0}/server.pem ca-file {0}/ca.crt verify required alpn h2 sni "
      "str(bench.example) ssl-min-ver TLSv1.3\n",
      pki.folder.string(), kBackend.text(), at.text());
  if (auto written = write_file(pki.folder / "haproxy.cfg", text); !written) return std::unexpected(written.error());
  return start("haproxy", at, kProxyCpu, {"/usr/sbin/haproxy", "-db", "-f", pki.file("haproxy.cfg")});
}

Result<Target> start_nghttpx(const BenchPki& pki) {
  const Endpoint at{"127.0.3.4", 8443};
  return start("nghttpx", at, kProxyCpu,
               {"/usr/sbin/nghttpx", "--conf=/dev/null", "--workers=1", "--single-process",
                "--errorlog-file=/dev/null", "--accesslog-file=/dev/null", "--frontend=127.0.3.4,8443",
                std::format("--backend=127.0.3.1,8443;/;proto=h2;tls;sni=bench.example"),
                "--cacert=" + pki.file("ca.crt"), "--verify-client", "--verify-client-cacert=" + pki.file("ca.crt"),
                "--client-cert-file=" + pki.file("caller.crt"), "--client-private-key-file=" + pki.file("caller.key"),
                "--tls-min-proto-version=TLSv1.3", pki.file("server.key"), pki.file("server.crt")});
}

Result<Target> start_cordon(const BenchPki& pki, const std::filesystem::path& programs, const CordonPlan& plan) {
  const auto address = std::format("127.0.3.{}", plan.place);
  const Endpoint at{address, 8443};
  const auto file = [&](std::string_view what) { return std::format("{}-{}", plan.name, what); };
  const auto inventory = std::format(
      "nfs:\n  - {{instance: {}, type: AMF, name: amf1, dns: [amf1.example], upstream: 127.0.0.1:9}}\n"
      "  - {{instance: {}, type: NRF, name: nrf1, dns: [bench.example], listen: {}, upstream: {}, upstream_name: "
      "bench.example}}\n",
      kCallerInstance, kNrfInstance, at.text(), plan.cleartext ? kClearBackend.text() : kBackend.text());
  const auto config = std::format(
      "state: {0}\npolicy: {1}\ninventory: {2}\nmetrics: {3}:9464\n{4}{5}", file("state"), plan.policy.string(),
      file("inventory.yaml"), address,
      plan.cleartext ? "lab_cleartext: true\n"
                     : "tls: {certificate: server.crt, key: server.key, callers: ca.crt, producers: ca.crt}\n",
      plan.sections);
  if (auto written = write_file(pki.folder / file("inventory.yaml"), inventory); !written)
    return std::unexpected(written.error());
  if (auto written = write_file(pki.folder / file("cordon.yaml"), config); !written)
    return std::unexpected(written.error());
  auto target = start(plan.name, at, kProxyCpu,
                      {(programs / "cordon").string(), "up", "--json", "--config", pki.file(file("cordon.yaml"))});
  if (target) target->cleartext = plan.cleartext;
  return target;
}

double processor_seconds(const Target& target) {
  std::set<pid_t> pids;
  for (const auto& process : target.processes) pids.insert(process.pid());
  double ticks = 0;
  for (const auto pid : with_children(with_children(pids))) {
    const auto stat = read_file(std::format("/proc/{}/stat", pid), 4096);
    if (!stat) continue;
    std::istringstream in(stat->substr(stat->rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) in >> skipped;
    double user = 0;
    double system = 0;
    in >> user >> system;
    ticks += user + system;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace cordon::bench
