#include "cordon/enforcement/proxy.h"

#include "cordon/base/log.h"

namespace cordon::enforcement {

struct Proxy::Listener {
  Endpoint at;
  bool shared = false;
  std::unique_ptr<wire::HttpServer> server;
};

struct Proxy::Peer {
  std::weak_ptr<wire::ServerConnection> connection;
  Endpoint listener;
  bool shared_listener = false;
  Sender sender;
  std::shared_ptr<const Protection> known_in;  // the protection sender was identified under, and keeps alive
};

struct Proxy::Exchange {
  std::shared_ptr<Peer> peer;
  std::int32_t stream = 0;
  std::shared_ptr<const Protection> protection;
  const identity::ExpectedNf* producer = nullptr;  // of protection
  wire::Request request;
  Verdict verdict;
  SteadyTime stage_start{};
};

struct Proxy::Meters {
  explicit Meters(Metrics& metrics)
      : permitted(metrics.counter("cordon_requests_total", "Requests by outcome", "outcome=\"permitted\"")),
        refused(metrics.counter("cordon_requests_total", "Requests by outcome", "outcome=\"refused\"")),
        unrecorded(metrics.counter("cordon_requests_total", "Requests by outcome", "outcome=\"unrecorded\"")),
        queued(
            metrics.counter("cordon_evidence_queued_total", "Permits that took effect with their record queued", "")),
        upstream_failed(
            metrics.counter("cordon_requests_total", "Requests by outcome", "outcome=\"upstream_failed\"")),
        connections(metrics.gauge("cordon_connections", "Open connections from callers")),
        snapshot(metrics.gauge("cordon_snapshot_sequence", "Sequence of the running snapshot")),
        judge(stage(metrics, "judge")),
        evidence(stage(metrics, "evidence")),
        upstream(stage(metrics, "upstream")) {}

  static Histogram& stage(Metrics& metrics, std::string_view name) {
    return metrics.histogram("cordon_stage_seconds", "Time a request spends in each stage",
                             {1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 1e-1, 1},
                             std::format("stage=\"{}\"", name));
  }

  Counter& permitted;
  Counter& refused;
  Counter& unrecorded;
  Counter& queued;
  Counter& upstream_failed;
  Gauge& connections;
  Gauge& snapshot;
  Histogram& judge;
  Histogram& evidence;
  Histogram& upstream;
};

namespace {

// Time since the start of the stage; the next stage starts now.
double lap(SteadyTime& start) {
  const auto now = system_clock().steady();
  return std::chrono::duration<double>(now - std::exchange(start, now)).count();
}

wire::Problem not_recorded(const Error& error) {
  // "No evidence, no effect": nothing moves on that the log does not hold.
  const bool full = error.kind == ErrorKind::no_space;
  return {.status = full ? 500 : 503,
          .title = "Evidence cannot be recorded",
          .cause = full ? "INSUFFICIENT_RESOURCES" : "",
          .detail = "Cordon records every decision before it takes effect, and the evidence log does not answer: " +
                    error.message,
          .instance = ""};
}

wire::Problem not_reached(const identity::ExpectedNf& producer, const Error& error) {
  // TS 29.500 table 5.2.7.2-1: a time-out is the 504 of an intermediary, a refused connection its 502.
  const bool late = timed_out(error);
  return {.status = late ? 504 : 502,
          .title = late ? "The producer did not answer in time" : "The producer cannot be reached",
          .cause = late ? "TIMED_OUT_REQUEST" : "INBOUND_SERVER_ERROR",
          .detail = std::format("{} ({}): {}", producer.name, producer.upstream->text(), error.message),
          .instance = ""};
}

}  // namespace

Proxy::Proxy(Loop& loop, ProxyParts parts, evidence::Client& evidence, Metrics& metrics)
    : loop_(loop),
      parts_(std::move(parts)),
      evidence_(evidence),
      meters_(std::make_unique<Meters>(metrics)),
      upstreams_(loop, parts_.client_tls, parts_.upstream_time) {}

Proxy::~Proxy() = default;

// === listeners ===================================================================================================

Result<void> Proxy::apply(std::shared_ptr<const Protection> protection) {
  protection_ = std::move(protection);
  judge_.emplace(protection_);
  meters_->snapshot.set(static_cast<std::int64_t>(protection_->sequence));
  std::map<Endpoint, bool> wanted;  // endpoint -> shared
  for (const auto& nf : protection_->inventory.nfs()) {
    if (nf.listen) wanted[*nf.listen] = false;
  }
  if (parts_.shared_listen) wanted[*parts_.shared_listen] = true;  // whatever an inventory says later
  std::erase_if(listeners_, [&](auto& entry) {
    if (wanted.contains(entry.first)) return false;
    close_listener(std::move(entry.second));
    return true;
  });
  std::string failures;
  for (const auto& [at, shared] : wanted) {
    if (listeners_.contains(at)) continue;
    if (const auto opened = open_listener(at, shared); !opened) {
      failures += (failures.empty() ? "" : "; ") + opened.error().message;
    }
  }
  if (!failures.empty()) return fail(ErrorKind::io, "cannot listen: " + failures);
  return {};
}

Result<void> Proxy::open_listener(const Endpoint& at, bool shared) {
  auto listener = std::make_unique<Listener>(Listener{at, shared, nullptr});
  wire::HttpServer::Settings settings;
  settings.wrap = [this, raw = listener.get()](Fd fd, const Endpoint& from) {
    return welcome(*raw, std::move(fd), from);
  };
  settings.events.on_request = [this](wire::ServerConnection& connection, std::int32_t stream,
                                      wire::Request&& request) {
    const auto& peer = peers_.at(&connection.stream());
    if (peer->connection.expired()) peer->connection = connection.weak_from_this();
    on_request(peer, stream, std::move(request));
  };
  settings.events.on_closed = [this](wire::ServerConnection& connection, const std::string& why) {
    part(connection.stream(), why);
  };
  auto server = wire::HttpServer::listen(loop_, at, std::move(settings));
  if (!server) return std::unexpected(server.error());
  listener->server = std::move(*server);
  listeners_[at] = std::move(listener);
  return {};
}

// An NF that left the inventory: its connections end now, and the server goes when they have said so.
void Proxy::close_listener(std::unique_ptr<Listener> listener) {
  listener->server->close();
  const auto* gone = closing_.emplace_back(std::move(listener)).get();
  loop_.defer([this, alive = std::weak_ptr(alive_), gone] {
    if (!alive.expired()) std::erase_if(closing_, [gone](const auto& each) { return each.get() == gone; });
  });
}

std::unique_ptr<ByteStream> Proxy::welcome(const Listener& listener, Fd fd, const Endpoint& from) {
  std::unique_ptr<ByteStream> stream;
  if (parts_.server_tls) {
    stream = crypto::TlsStream::accept(parts_.server_tls, std::move(fd));
  } else {
    stream = std::make_unique<PlainStream>(std::move(fd));
  }
  if (!stream) return nullptr;
  auto peer = std::make_shared<Peer>();
  peer->listener = listener.at;
  peer->shared_listener = listener.shared;
  peer->sender.address = from.text();
  peers_[stream.get()] = std::move(peer);
  meters_->connections.set(static_cast<std::int64_t>(peers_.size()));
  return stream;
}

void Proxy::part(const ByteStream& stream, const std::string& why) {
  const auto found = peers_.find(&stream);
  if (found == peers_.end()) return;
  if (!why.empty()) log(LogLevel::info, "connection ended", {{"peer", found->second->sender.address}, {"why", why}});
  peers_.erase(found);
  meters_->connections.set(static_cast<std::int64_t>(peers_.size()));
}

std::vector<Endpoint> Proxy::listening() const {
  std::vector<Endpoint> out;
  for (const auto& [at, listener] : listeners_) out.push_back(at);
  return out;
}

// === one request =================================================================================================

// Identifies the sender once per connection and snapshot: a changed inventory is felt by connections that are open.
void Proxy::know_sender(Peer& peer) const {
  if (peer.known_in == protection_) return;
  peer.known_in = protection_;
  const auto connection = peer.connection.lock();
  if (!connection) return;
  if (const auto* tls = dynamic_cast<crypto::TlsStream*>(&connection->stream())) {
    identify_by_certificate(peer.sender, *tls, protection_->inventory);
  } else {
    identify_by_address(peer.sender, protection_->inventory);
  }
}

const identity::ExpectedNf* Proxy::producer_of(const Peer& peer, const wire::Request& request) const {
  const auto& inventory = protection_->inventory;
  return peer.shared_listener ? find_by_authority(inventory, request.authority)
                              : find_by_listener(inventory, peer.listener);
}

void Proxy::on_request(const std::shared_ptr<Peer>& peer, std::int32_t stream, wire::Request&& request) {
  know_sender(*peer);
  auto exchange = std::make_shared<Exchange>();
  exchange->peer = peer;
  exchange->stream = stream;
  exchange->protection = protection_;
  exchange->request = std::move(request);
  exchange->producer = producer_of(*peer, exchange->request);
  exchange->stage_start = system_clock().steady();
  ++open_exchanges_;
  const auto pseudonyms = evidence_.pseudonyms();
  if (!pseudonyms) return on_recorded(exchange, fail(ErrorKind::unavailable, "it has not been reached yet"));
  exchange->verdict =
      judge_->judge(peer->sender, exchange->producer, exchange->request, *pseudonyms, system_clock().now());
  exchange->verdict.record.proxy = parts_.name;
  meters_->judge.observe(lap(exchange->stage_start));
  record(exchange);
}

void Proxy::record(const std::shared_ptr<Exchange>& exchange) {
  const auto& verdict = exchange->verdict;
  if (verdict.queued && parts_.spool) {
    // A spool that is full or not open yet is no reason to let go of evidence: the request waits like any other.
    if (const auto number = parts_.spool->put(verdict.record)) {
      meters_->queued.add();
      return on_recorded(exchange, *number);
    }
  }
  auto record = verdict.record;
  evidence_.append(std::move(record),
                   [this, alive = std::weak_ptr(alive_), exchange](Result<std::uint64_t> sequence) {
                     if (!alive.expired()) on_recorded(exchange, sequence);
                   });
}

void Proxy::on_recorded(const std::shared_ptr<Exchange>& exchange, const Result<std::uint64_t>& sequence) {
  meters_->evidence.observe(lap(exchange->stage_start));
  if (!sequence) {
    meters_->unrecorded.add();
    return refuse(*exchange, not_recorded(sequence.error()));
  }
  if (exchange->verdict.permit) {
    meters_->permitted.add();
    return forward(exchange);
  }
  meters_->refused.add();
  auto problem = exchange->verdict.problem;
  problem.detail += std::format(" (rule {}, evidence record {})", exchange->verdict.record.rule, *sequence);
  problem.instance = std::format("urn:cordon:record:{}", *sequence);
  refuse(*exchange, problem);
}

void Proxy::forward(const std::shared_ptr<Exchange>& exchange) {
  const auto& caller = exchange->verdict.record.caller;
  upstreams_.send(caller, *exchange->producer, std::move(exchange->request),
                  [this, alive = std::weak_ptr(alive_), exchange](Result<wire::Response> got) {
                    if (!alive.expired()) on_upstream(exchange, std::move(got));
                  });
}

void Proxy::on_upstream(const std::shared_ptr<Exchange>& exchange, Result<wire::Response> got) {
  meters_->upstream.observe(lap(exchange->stage_start));
  if (got) return answer(*exchange, std::move(*got));
  meters_->upstream_failed.add();
  refuse(*exchange, not_reached(*exchange->producer, got.error()));
}

void Proxy::refuse(Exchange& exchange, const wire::Problem& problem) { answer(exchange, wire::to_response(problem)); }

void Proxy::answer(Exchange& exchange, wire::Response response) {
  if (const auto connection = exchange.peer->connection.lock())
    connection->respond(exchange.stream, std::move(response));
  --open_exchanges_;
  // Later, so that the last answer leaves first.
  if (drained_ && open_exchanges_ == 0) loop_.defer(std::exchange(drained_, nullptr));
}

void Proxy::drain(std::function<void()> done) {
  for (const auto& [at, listener] : listeners_) listener->server->go_away();
  if (open_exchanges_ == 0) return loop_.defer(std::move(done));
  drained_ = std::move(done);
}

}  // namespace cordon::enforcement
