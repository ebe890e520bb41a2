#include "lab/lab_core.h"

#include <format>

#include "cordon/crypto/tls.h"

namespace cordon::lab {

namespace {

// RFC 9110 5.6.7 with milliseconds, as 3gpp-Sbi-Sender-Timestamp wants it (TS 29.500 5.2.3.2.9).
std::string sender_timestamp(WallTime now) {
  return std::format("{:%a, %d %b %Y %T} GMT", std::chrono::floor<std::chrono::milliseconds>(now));
}

// Each NF speaks over its own connections with its own certificate, as the recorded core does.
class NetworkPeers final : public Peers {
 public:
  NetworkPeers(NfType caller, SbiClient& client, const Endpoints& endpoints, Clock& clock)
      : caller_(caller), client_(client), endpoints_(endpoints), clock_(clock) {}

  void call(NfType target, wire::Request request, Reply reply) override {
    request.headers.push_back({"user-agent", std::string(name_of(caller_))});
    request.headers.push_back({"3gpp-sbi-sender-timestamp", sender_timestamp(clock_.now())});
    request.headers.push_back({"3gpp-sbi-max-rsp-time", "10000"});
    const auto server_name = std::format("127.0.1.{}", facts_of(target).host);
    client_.request(endpoints_.at(target), server_name, std::move(request), [reply](Result<wire::Response> result) {
      reply(result ? std::move(*result) : reply_problem(504, "Gateway Timeout", result.error().message));
    });
  }
  bool follow_up() const override { return true; }

 private:
  NfType caller_;
  SbiClient& client_;
  const Endpoints& endpoints_;
  Clock& clock_;
};

LabSettings shape(int network, const crypto::Certificate& anchor) {
  LabSettings settings;
  settings.listen = endpoints_in(network);
  settings.anchors = {anchor};
  return settings;
}

}  // namespace

Endpoints endpoints_in(int network) {
  Endpoints endpoints;
  for (const auto type : kNfTypes) {
    endpoints[type] = {.address = std::format("127.0.{}.{}", network, facts_of(type).host), .port = 7777};
  }
  return endpoints;
}

LabSettings bare_core(const LabPki& pki) { return shape(2, pki.operator_ca.certificate); }
LabSettings protected_core(const LabPki& pki) { return shape(0, pki.pep_ca.certificate); }

LabCore::LabCore(Loop& loop, const LabPki& pki, LabSettings settings)
    : loop_(loop), pki_(pki), settings_(std::move(settings)) {}

// Connections go before what their callbacks use.
LabCore::~LabCore() {
  servers_.clear();
  clients_.clear();
}

Result<std::unique_ptr<LabCore>> LabCore::start(Loop& loop, const LabPki& pki, LabSettings settings) {
  std::unique_ptr<LabCore> core(new LabCore(loop, pki, std::move(settings)));
  if (auto made = core->make_functions(); !made) return std::unexpected(made.error());
  for (const auto& [type, endpoint] : core->settings_.listen) {
    if (auto listening = core->listen(type); !listening) return std::unexpected(listening.error());
  }
  // Peers that were given as port 0 are the core's own NFs, wherever they came to listen.
  for (auto& [type, endpoint] : core->settings_.peers) {
    if (endpoint.port == 0 && core->bound_.contains(type)) endpoint = core->bound_.at(type);
  }
  return core;
}

Result<void> LabCore::make_functions() {
  if (settings_.peers.empty()) {
    functions_ = std::make_unique<Functions>(settings_.core);
    return {};
  }
  for (const auto type : kNfTypes) {
    auto client = SbiClient::make(loop_, pki_.of(type), settings_.anchors);
    if (!client) return std::unexpected(client.error());
    clients_[type] = std::move(*client);
  }
  functions_ = std::make_unique<Functions>(settings_.core, [this](NfType caller) {
    return std::make_unique<NetworkPeers>(caller, *clients_.at(caller), settings_.peers, *settings_.core.clock);
  });
  return {};
}

Result<void> LabCore::listen(NfType type) {
  crypto::TlsSettings tls;
  tls.chain = pki_.of(type).chain;
  tls.key = pki_.of(type).key;
  tls.anchors = settings_.anchors;
  const auto context = crypto::TlsContext::server(tls);
  if (!context) return std::unexpected(within(name_of(type), context.error()));

  wire::HttpServer::Settings server;
  server.wrap = [context = *context](Fd accepted, const Endpoint&) -> std::unique_ptr<ByteStream> {
    return crypto::TlsStream::accept(context, std::move(accepted));
  };
  server.events.on_request = [this, type](wire::ServerConnection& connection, std::int32_t stream,
                                          wire::Request&& request) { serve(type, connection, stream, request); };
  const auto at = bound_.contains(type) ? bound_.at(type) : settings_.listen.at(type);
  auto listening = wire::HttpServer::listen(loop_, at, std::move(server));
  if (!listening) return std::unexpected(within(name_of(type), listening.error()));
  const auto bound = (*listening)->endpoint();
  if (!bound) return std::unexpected(bound.error());
  bound_[type] = *bound;
  servers_[type] = std::move(*listening);
  return {};
}

void LabCore::serve(NfType type, wire::ServerConnection& connection, std::int32_t stream,
                    const wire::Request& request) {
  ++requests_;
  if (settings_.on_request) settings_.on_request(type, request);
  functions_->handle(type, request, [waiting = connection.weak_from_this(), stream](wire::Response response) {
    if (const auto still_there = waiting.lock()) still_there->respond(stream, std::move(response));
  });
}

void LabCore::stop(NfType type) { servers_.erase(type); }

Result<void> LabCore::restart(NfType type) {
  stop(type);
  return listen(type);
}

}  // namespace cordon::lab
