#include "benchmarks/soak_clients.h"

#include <algorithm>

#include "cordon/wire/json.h"
#include "lab/nf_type.h"

namespace cordon::bench {

namespace {

using lab::NfType;
using namespace std::chrono_literals;

constexpr std::size_t kClients = 20;      // connections at a time
constexpr std::size_t kOpenAtMost = 800;  // in flight of all; an enforcement point allows 1024 to each NF
constexpr std::size_t kHalfOpenAtMost = 16;
constexpr std::chrono::seconds kTokenAge{30};  // then no longer used, so that none expires on its way: they live 60 s
constexpr std::array kCallers = {NfType::amf, NfType::smf, NfType::ausf, NfType::pcf, NfType::udm};

// TS 29.510 6.1.6.2.16
std::string subscription(const lab::NfFacts& caller) {
  return std::format(
      R"({{"nfStatusNotificationUri":"https://{}/callbacks/status","reqNfType":"{}","reqNfInstanceId":"{}",)"
      R"("subscrCond":{{"nfType":"SMF"}},"validityTime":"2027-01-01T00:00:00Z"}})",
      lab::dns_name_of(*lab::nf_type(caller.name)), caller.name, caller.instance_id);
}

// TS 29.510 6.3.5.2.2
std::string token_request(const lab::NfFacts& caller) {
  return std::format("grant_type=client_credentials&nfInstanceId={}&nfType={}&targetNfType=NRF&scope=nnrf-disc",
                     caller.instance_id, caller.name);
}

}  // namespace

SoakClients::SoakClients(Loop& loop, Endpoint to, const lab::LabPki& pki)
    : loop_(loop), to_(std::move(to)), pki_(pki), callers_{} {}

Result<void> SoakClients::start() {
  for (std::size_t i = 0; i < callers_.size(); ++i) {
    const auto& identity = pki_.of(kCallers[i]);
    crypto::TlsSettings settings;
    settings.chain = identity.chain;
    settings.key = identity.key;
    settings.anchors = {pki_.pep_ca.certificate};
    auto tls = crypto::TlsContext::client(settings);
    if (!tls) return std::unexpected(tls.error());
    callers_[i] = {.type = kCallers[i], .tls = std::move(*tls), .token = {}, .token_until = {}};
  }
  for (std::size_t i = 0; i < kClients; ++i) open_client(callers_[i % callers_.size()]);
  ticked_ = system_clock().steady();
  renew_tokens();
  tick();
  return {};
}

void SoakClients::rate(double per_second) { rate_ = per_second, full_ = 0, due_ = 0; }
void SoakClients::full(std::size_t open) { full_ = open, rate_ = 0; }
void SoakClients::churn(double connections_per_second) { churn_ = connections_per_second; }
std::vector<double> SoakClients::take_latencies() { return std::exchange(latencies_, {}); }

SoakClients::ClientPtr SoakClients::open_client(Caller& caller) {
  auto fd = connect_tcp(to_);
  if (!fd) {
    if (first_failure_.empty()) first_failure_ = fd.error().message;
    return nullptr;
  }
  ++counts_.opened;
  auto client = std::make_shared<Client>();
  client->caller = &caller;
  auto stream = crypto::TlsStream::connect(caller.tls, std::move(*fd), lab::dns_name_of(NfType::nrf));
  client->connection =
      wire::ClientConnection::start(loop_, std::move(stream), {}, [this, client](const std::string&) {
        if (!client->leaving) ++counts_.retired;
        retire(client);
        client->connection.reset();  // the callback holds the client: a circle otherwise
      });
  clients_.push_back(client);
  return client;
}

void SoakClients::tick() {
  const auto now = system_clock().steady();
  const double passed = std::chrono::duration<double>(now - std::exchange(ticked_, now)).count();
  loop_.after(2ms, [this] { tick(); });
  due_connections_ += churn_ * passed;
  for (; due_connections_ >= 1; --due_connections_) replace_oldest();
  while (clients_.size() < kClients && open_client(callers_[clients_.size() % callers_.size()])) {
  }
  due_ += rate_ * passed;
  for (; due_ >= 1; --due_) {
    if (open_ < kOpenAtMost) {
      send_one();
    } else {
      ++counts_.skipped;
    }
  }
  while (open_ < full_ && next_client()) send_one();
}

// Most leave in order, when their last answer is there; every eighth cuts its connection under open requests, and
// every fourth time somebody begins a handshake and goes.
void SoakClients::replace_oldest() {
  if (clients_.empty()) return;
  const auto client = clients_.front();
  auto& caller = *client->caller;
  retire(client);
  if (++replaced_ % 8 == 0) client->cut = true;
  if (client->connection && (client->cut || client->open == 0)) client->connection->close();
  if (replaced_ % 4 == 0) leave_half_open();
  open_client(caller);
}

void SoakClients::leave_half_open() {
  if (auto fd = connect_tcp(to_)) {
    half_open_.push_back(std::move(*fd));
    ++counts_.half_open;
  }
  if (half_open_.size() > kHalfOpenAtMost) half_open_.erase(half_open_.begin());
}

void SoakClients::retire(const ClientPtr& client) {
  client->leaving = true;
  std::erase(clients_, client);
}

SoakClients::ClientPtr SoakClients::next_client() {
  for (std::size_t tries = 0; tries < clients_.size(); ++tries) {
    const auto client = clients_[turn_++ % clients_.size()];
    if (client->connection && client->connection->usable()) return client;
  }
  return nullptr;
}

wire::Request SoakClients::request(std::string method, std::string path) const {
  return {.method = std::move(method),
          .scheme = "https",
          .authority = lab::dns_name_of(NfType::nrf),
          .path = std::move(path),
          .headers = {{"accept", "application/json,application/problem+json"}},
          .body = ""};
}

// Of ten: one subscription which is taken back when it is there, five profiles, four searches, two of them with a
// token.
void SoakClients::send_one() {
  const auto client = next_client();
  if (!client) return;
  const auto kind = counts_.sent % 10;
  if (kind == 0) return subscribe(client);
  if (kind <= 5) {
    const auto path = std::format("/nnrf-nfm/v1/nf-instances/{}", lab::facts_of(NfType::nrf).instance_id);
    return send(client, request("GET", path), 200, {});
  }
  auto search = request("GET", std::format("/nnrf-disc/v1/nf-instances?target-nf-type=NRF&requester-nf-type={}",
                                           lab::name_of(client->caller->type)));
  if (kind <= 7 && system_clock().steady() < client->caller->token_until)
    search.headers.push_back({"authorization", "Bearer " + client->caller->token});
  send(client, std::move(search), 200, {});
}

void SoakClients::subscribe(const ClientPtr& client) {
  auto post = request("POST", "/nnrf-nfm/v1/subscriptions");
  post.headers.push_back({"content-type", "application/json"});
  post.body = subscription(lab::facts_of(client->caller->type));
  send(client, std::move(post), 201, [this, waiting = std::weak_ptr(client)](const wire::Response& response) {
    const auto still = waiting.lock();
    const auto location = wire::find_header(response.headers, "location");
    if (!still || !location || !still->connection || !still->connection->usable()) return;
    const auto path = location->find("/nnrf-nfm/");
    if (path != location->npos) send(still, request("DELETE", std::string(location->substr(path))), 204, {});
  });
}

void SoakClients::ask_token(const ClientPtr& client) {
  auto post = request("POST", "/oauth2/token");
  post.headers.push_back({"content-type", "application/x-www-form-urlencoded"});
  post.body = token_request(lab::facts_of(client->caller->type));
  send(client, std::move(post), 200,
       [caller = client->caller, until = system_clock().steady() + kTokenAge](const wire::Response& response) {
         const auto answer = wire::parse_json(response.body);
         const auto* token = answer ? answer->find("access_token") : nullptr;
         if (!token) return;
         caller->token = token->text();
         caller->token_until = until;
       });
}

void SoakClients::renew_tokens() {
  for (auto& caller : callers_) {
    const auto found = std::ranges::find_if(
        clients_, [&](const auto& each) { return each->caller == &caller && each->connection->usable(); });
    if (found != clients_.end()) ask_token(*found);
  }
  loop_.after(20s, [this] { renew_tokens(); });
}

void SoakClients::send(const ClientPtr& client, wire::Request request, int expected, Then then) {
  ++counts_.sent;
  ++open_;
  ++client->open;
  client->connection->request(
      std::move(request), 30s,
      [this, client, expected, then = std::move(then), start = system_clock().steady()](Result<wire::Response> got) {
        --open_;
        --client->open;
        if (got) latencies_.push_back(std::chrono::duration<double>(system_clock().steady() - start).count());
        finish(client, got, expected, then);
        if (client->leaving && client->open == 0 && client->connection) client->connection->close();
        if (open_ < full_) send_one();
      });
}

void SoakClients::finish(const ClientPtr& client, const Result<wire::Response>& got, int expected, const Then& then) {
  if (!got) {
    ++(client->cut ? counts_.abandoned : counts_.failed);
    if (!client->cut && first_failure_.empty()) first_failure_ = got.error().message;
    return;
  }
  ++counts_.statuses[got->status];
  if (got->status == expected) {
    ++counts_.answered;
    if (then) then(*got);
    return;
  }
  ++counts_.refused;
  if (first_refusal_.empty()) first_refusal_ = std::format("{}: {}", got->status, got->body.substr(0, 300));
}

}  // namespace cordon::bench
