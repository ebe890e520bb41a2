// The load of ./bench soak, one process: a producer behind Cordon and its consumers before it, told what to do on
// standard input, reporting once a second on standard output. Driven by tests/soak.py.
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <print>

#include "benchmarks/soak_clients.h"
#include "cordon/base/log.h"
#include "cordon/wire/json.h"
#include "cordon/wire/server.h"

namespace cordon::bench {
namespace {

using namespace std::chrono_literals;
using lab::NfType;
using wire::Json;

// A naive NRF: the same profile for whoever asks, a new name for every subscription.
class Producer {
 public:
  static Result<std::unique_ptr<Producer>> listen(Loop& loop, const Endpoint& at, const lab::LabPki& pki) {
    crypto::TlsSettings tls;
    tls.chain = pki.of(NfType::nrf).chain;
    tls.key = pki.of(NfType::nrf).key;
    tls.anchors = {pki.pep_ca.certificate};
    const auto context = crypto::TlsContext::server(tls);
    if (!context) return std::unexpected(context.error());
    auto producer = std::make_unique<Producer>();
    wire::HttpServer::Settings settings;
    settings.wrap = [context = *context](Fd accepted, const Endpoint&) -> std::unique_ptr<ByteStream> {
      return crypto::TlsStream::accept(context, std::move(accepted));
    };
    settings.events.on_request = [p = producer.get()](wire::ServerConnection& connection, std::int32_t stream,
                                                      wire::Request&& request) {
      connection.respond(stream, p->answer(request));
    };
    auto server = wire::HttpServer::listen(loop, at, std::move(settings));
    if (!server) return std::unexpected(server.error());
    producer->server_ = std::move(*server);
    return producer;
  }

 private:
  wire::Response answer(const wire::Request& request) {
    const wire::Header json{"content-type", "application/json"};
    if (request.method == "DELETE") return {.status = 204, .headers = {}, .body = ""};
    if (request.method == "POST") {
      const auto name = std::format("{:08x}", ++subscriptions_);
      return {
          .status = 201,
          .headers = {json,
                      {"location",
                       std::format("https://{}/nnrf-nfm/v1/subscriptions/{}", lab::dns_name_of(NfType::nrf), name)}},
          .body = request.body.substr(0, request.body.rfind('}')) + std::format(R"(,"subscriptionId":"{}"}})", name)};
    }
    if (request.path.starts_with("/nnrf-disc/"))
      return {.status = 200, .headers = {json}, .body = R"({"validityPeriod":60,"nfInstances":[)" + profile_ + "]}"};
    return {.status = 200, .headers = {json}, .body = profile_};
  }

  std::unique_ptr<wire::HttpServer> server_;
  std::uint64_t subscriptions_ = 0;
  const std::string profile_ =
      std::format(R"({{"nfInstanceId":"{}","nfType":"NRF","nfStatus":"REGISTERED","ipv4Addresses":["127.0.9.10"],)"
                  R"("sNssais":[{{"sst":1,"sd":"000001"}},{{"sst":1,"sd":"000002"}}]}})",
                  lab::facts_of(NfType::nrf).instance_id);
};

class SoakLoad {
 public:
  SoakLoad(std::filesystem::path folder, lab::LabPki pki) : folder_(std::move(folder)), pki_(std::move(pki)) {}

  Result<void> run(const Endpoint& cordon, const Endpoint& upstream) {
    auto producer = Producer::listen(loop_, upstream, pki_);
    if (!producer) return std::unexpected(producer.error());
    clients_ = std::make_unique<SoakClients>(loop_, cordon, pki_);
    loop_.watch(STDIN_FILENO, EPOLLIN, [this](std::uint32_t) { on_input(); });
    say(Json(wire::JsonObject{}).set("nfs", who_takes_part()));
    report_every_second();
    loop_.run();
    return {};
  }

 private:
  static void say(const Json& line) {
    std::println("{}", line.dump());
    std::fflush(stdout);
  }

  // For the inventory: as their certificates have it.
  static Json who_takes_part() {
    wire::JsonArray nfs;
    for (const auto type : {NfType::nrf, NfType::amf, NfType::smf, NfType::ausf, NfType::pcf, NfType::udm}) {
      nfs.push_back(Json(wire::JsonObject{})
                        .set("type", lab::name_of(type))
                        .set("instance", lab::facts_of(type).instance_id)
                        .set("dns", lab::dns_name_of(type)));
    }
    return Json(std::move(nfs));
  }

  void on_input() {
    std::array<char, 256> chunk{};
    const auto got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (got <= 0) return loop_.stop();
    input_.append(chunk.data(), static_cast<std::size_t>(got));
    for (auto end = input_.find('\n'); end != input_.npos; end = input_.find('\n')) {
      if (auto done = obey(input_.substr(0, end)); !done)
        say(Json(wire::JsonObject{}).set("error", done.error().message));
      input_.erase(0, end + 1);
    }
  }

  Result<void> obey(const std::string& line) {
    const auto space = line.find(' ');
    const auto word = line.substr(0, space);
    double number = 0;
    if (space != line.npos) std::from_chars(line.data() + space + 1, line.data() + line.size(), number);
    if (word == "start") return clients_->start();
    if (word == "rate") return clients_->rate(number), Result<void>{};
    if (word == "full") return clients_->full(static_cast<std::size_t>(number)), Result<void>{};
    if (word == "churn") return clients_->churn(number), Result<void>{};
    if (word == "certificate") return new_certificate();
    return fail(ErrorKind::invalid_input, std::format("unknown order '{}'", line));
  }

  // For Cordon's listener: the same names, a new key.
  Result<void> new_certificate() {
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256);
    if (!key) return std::unexpected(key.error());
    const auto& old = pki_.proxy.chain.front();
    const auto made = crypto::issue({.common_name = "proxy",
                                     .uris = old.uris(),
                                     .dns_names = old.dns_names(),
                                     .ip_addresses = old.ip_addresses(),
                                     .public_key = key->public_key(),
                                     .now = system_clock().now()},
                                    pki_.pep_ca.certificate, pki_.pep_ca.key);
    if (!made) return std::unexpected(made.error());
    if (auto put = write_file(folder_ / "pki/proxy.key", key->pem(), 0600); !put) return put;
    return write_file(folder_ / "pki/proxy.pem", made->pem());
  }

  void report_every_second() {
    loop_.after(1s, [this] { report_every_second(); });
    const auto& counts = clients_->counts();
    auto latencies = clients_->take_latencies();
    std::ranges::sort(latencies);
    const auto at = [&](double p) {
      return latencies.empty() ? 0.0
                               : latencies[static_cast<std::size_t>(p * static_cast<double>(latencies.size()))] * 1e6;
    };
    Json statuses(wire::JsonObject{});
    for (const auto& [status, count] : counts.statuses) statuses.set(std::to_string(status), count);
    say(Json(wire::JsonObject{})
            .set("sent", counts.sent)
            .set("answered", counts.answered)
            .set("refused", counts.refused)
            .set("failed", counts.failed)
            .set("abandoned", counts.abandoned)
            .set("skipped", counts.skipped)
            .set("open", std::uint64_t{clients_->open()})
            .set("connections", std::uint64_t{clients_->connections()})
            .set("opened", counts.opened)
            .set("half_open", counts.half_open)
            .set("retired", counts.retired)
            .set("statuses", statuses)
            .set("p50_us", at(0.5))
            .set("p99_us", at(0.99))
            .set("first_refusal", clients_->first_refusal())
            .set("first_failure", clients_->first_failure()));
  }

  const std::filesystem::path folder_;
  const lab::LabPki pki_;
  Loop loop_;
  std::unique_ptr<SoakClients> clients_;
  std::string input_;
};

}  // namespace
}  // namespace cordon::bench

// usage: soak_load FOLDER CORDON-ENDPOINT UPSTREAM-ENDPOINT; orders: start, rate N, full N, churn N, certificate
int main(int argc, char** argv) {
  using namespace cordon;
  if (argc != 4) return std::println(stderr, "usage: soak_load FOLDER CORDON UPSTREAM (see tests/soak.py)"), 2;
  configure_log(LogLevel::error, LogFormat::json, "soak");
  const std::filesystem::path folder(argv[1]);
  const auto to = Endpoint::parse(argv[2]);
  const auto upstream = Endpoint::parse(argv[3]);
  auto pki = lab::LabPki::open(folder / "pki");
  if (!to || !upstream || !pki)
    return std::println(stderr, "soak_load: {}: wrong address or no certificates", argv[1]), 2;
  const auto done = bench::SoakLoad(folder, std::move(*pki)).run(*to, *upstream);
  if (!done) return std::println(stderr, "soak_load: {}", done.error().message), 1;
  return 0;
}
