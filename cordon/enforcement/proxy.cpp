#include "cordon/enforcement/proxy.h"

#include <fcntl.h>

#include <set>

#include "cordon/base/log.h"
#include "cordon/enforcement/check_inspection.h"
#include "cordon/enforcement/check_token.h"
#include "cordon/enforcement/learn.h"
#include "cordon/enforcement/refusal_counters.h"
#include "cordon/evidence/record_cbor.h"

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
  bool shaking = true;  // counted in handshakes_ under this address
  std::string address;
  Sender sender;
  std::shared_ptr<const Protection> known_in;      // the protection sender was identified under, and keeps alive
  const identity::ExpectedNf* producer = nullptr;  // of it; null on the shared listener
  Admission::Visit visit;
  SteadyTime since{};
  std::uint64_t requests = 0;
  std::size_t open = 0;  // of them
};

struct Proxy::Exchange {
  std::shared_ptr<Peer> peer;
  std::int32_t stream = 0;
  std::shared_ptr<const Protection> protection;
  const identity::ExpectedNf* producer = nullptr;  // of protection
  wire::Request request;
  Verdict verdict;
  SteadyTime stage_start{};
  Admission::Ticket ticket;
  struct {
    std::string parent;  // the caller's span
    std::string number;  // of the record
    std::size_t received = 0;
    double judge = 0, evidence = 0, upstream = 0;
  } access;  // for the access log
};

struct Proxy::Meters {
  explicit Meters(Metrics& metrics)
      : permitted(metrics.counter("cordon_requests_total", "Requests by outcome", "outcome=\"permitted\"")),
        refused(metrics.counter("cordon_requests_total", "Requests by outcome", "outcome=\"refused\"")),
        by_rule(metrics),
        unrecorded(metrics.counter("cordon_requests_total", "Requests by outcome", "outcome=\"unrecorded\"")),
        queued(
            metrics.counter("cordon_evidence_queued_total", "Permits that took effect with their record queued", "")),
        upstream_failed(
            metrics.counter("cordon_requests_total", "Requests by outcome", "outcome=\"upstream_failed\"")),
        connections(metrics.gauge("cordon_connections", "Open connections from callers")),
        shaken(metrics.counter("cordon_tls_handshakes_total", "Handshakes of callers", "kind=\"full\"")),
        resumed(metrics.counter("cordon_tls_handshakes_total", "Handshakes of callers", "kind=\"resumed\"")),
        unshaken(metrics.counter("cordon_tls_handshakes_total", "Handshakes of callers", "kind=\"failed\"")),
        crowded(metrics.counter("cordon_tls_handshakes_total", "Handshakes of callers", "kind=\"too_many\"")),
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
  RefusalCounters by_rule;
  Counter& unrecorded;
  Counter& queued;
  Counter& upstream_failed;
  Gauge& connections;
  Counter& shaken;
  Counter& resumed;
  Counter& unshaken;
  Counter& crowded;
  Gauge& snapshot;
  Histogram& judge;
  Histogram& evidence;
  Histogram& upstream;
};

namespace {

constexpr std::chrono::milliseconds kUntilCut{300};
constexpr std::chrono::milliseconds kNotice{250};  // RFC 9113 6.8: at least a round trip between the two GOAWAYs
// So many requests are judged between two looks at the sockets; the others wait, and are taken in turn.
constexpr std::uint32_t kTurn = 64;
constexpr std::size_t kCostlyBytes = 4096;  // of a body: as much work as one more request
constexpr std::chrono::seconds kShedPeriod{10};

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
      upstreams_(loop, parts_.client_tls, parts_.upstream_time),
      admission_(parts_.limits, metrics),
      notes_(loop, evidence),
      handshakes_(parts_.handshakes),
      spare_(std::make_shared<std::vector<std::unique_ptr<Exchange>>>()) {
  parts_.checks.rates = &admission_.rates();
  upstreams_.refuse_when([this](const crypto::Certificate& certificate) {
    auto why = protection_ ? identity::revocation_of(certificate, protection_->inventory) : std::string();
    return why.empty() ? why : "the producer's certificate is refused: " + why;
  });
}

Proxy::~Proxy() = default;

// === listeners ===================================================================================================

Result<void> Proxy::apply(std::shared_ptr<const Protection> protection) {
  protection_ = std::move(protection);
  judge_.emplace(protection_, parts_.checks);
  meters_->snapshot.set(static_cast<std::int64_t>(protection_->sequence));
  // A moment for requests on their way to be refused with their reason; then the connections end.
  if (protection_->inventory.has_revoked()) {
    loop_.after(kUntilCut, [this, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) cut_revoked();
    });
  }
  if (!protection_->quarantine.empty()) cut_contained();
  return listen();
}

Result<void> Proxy::listen() {
  if (draining_ || !protection_) return {};
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
  parts_.taken.clear();
  if (!failures.empty()) return fail(ErrorKind::io, "cannot listen: " + failures);
  return {};
}

Result<void> Proxy::open_listener(const Endpoint& at, bool shared) {
  auto listener = std::make_unique<Listener>(Listener{at, shared, nullptr});
  wire::HttpServer::Settings settings;
  settings.wrap = [this, raw = listener.get()](Fd fd, const Endpoint& from) {
    return welcome(*raw, std::move(fd), from);
  };
  settings.max_connections = parts_.limits.connections;
  settings.limits.max_streams = parts_.limits.streams;
  settings.limits.idle_time = parts_.limits.idle;
  settings.events.on_request = [this](wire::ServerConnection& connection, std::int32_t stream,
                                      wire::Request&& request) {
    const auto& peer = peers_.at(&connection.stream());
    if (peer->connection.expired()) peer->connection = connection.weak_from_this();
    on_request(peer, stream, std::move(request));
  };
  settings.events.on_ready = [this](wire::ServerConnection& connection) {
    peers_.at(&connection.stream())->connection = connection.weak_from_this();
    end_handshake(connection.stream());
    introduce(connection);
  };
  settings.events.on_closed = [this](wire::ServerConnection& connection, const std::string& why) {
    part(connection.stream(), why);
  };
  auto socket = listener_at(at);
  if (!socket) return std::unexpected(socket.error());
  listener->server = std::make_unique<wire::HttpServer>(loop_, std::move(*socket), std::move(settings));
  listeners_[at] = std::move(listener);
  return {};
}

Result<Fd> Proxy::listener_at(const Endpoint& at) {
  if (auto taken = parts_.taken.extract(at)) return std::move(taken.mapped());
  const auto lasting = parts_.inherited.find(at);
  if (lasting != parts_.inherited.end()) return Fd(::fcntl(lasting->second.get(), F_DUPFD_CLOEXEC, 3));
  return listen_tcp(at);
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
  if (!handshakes_.enter(from.address)) {
    meters_->crowded.add();
    return nullptr;
  }
  std::unique_ptr<ByteStream> stream;
  if (parts_.server_tls) {
    stream = crypto::TlsStream::accept(parts_.server_tls, std::move(fd));
  } else {
    stream = std::make_unique<PlainStream>(std::move(fd));
  }
  auto peer = std::make_shared<Peer>();
  if (!admission_.accept(peer->visit, from.address)) {
    handshakes_.leave(from.address);
    note_shed();
    return nullptr;
  }
  peer->address = from.address;
  peer->listener = listener.at;
  peer->shared_listener = listener.shared;
  peer->sender.address = from.text();
  peer->since = system_clock().steady();
  peers_[stream.get()] = std::move(peer);
  meters_->connections.set(static_cast<std::int64_t>(peers_.size()));
  return stream;
}

// The handshake is done: who it is decides how many connections it may have.
void Proxy::introduce(wire::ServerConnection& connection) {
  auto& peer = *peers_.at(&connection.stream());
  know_sender(peer);
  if (admission_.introduce(peer.visit, peer.sender.nf ? std::string_view(peer.sender.nf->name) : "")) return;
  note_shed();
  connection.close();
}

void Proxy::part(const ByteStream& stream, const std::string& why) {
  const auto found = peers_.find(&stream);
  if (found == peers_.end()) return;
  if (!why.empty()) log(LogLevel::info, "connection ended", {{"peer", found->second->sender.address}, {"why", why}});
  if (found->second->shaking) {
    handshakes_.leave(found->second->address);
    meters_->unshaken.add();
  }
  admission_.depart(found->second->visit);
  peers_.erase(found);
  meters_->connections.set(static_cast<std::int64_t>(peers_.size()));
  if (draining_ && peers_.empty() && open_exchanges_ == 0) tell_drained(0);
}

void Proxy::end_handshake(const ByteStream& stream) {
  auto& peer = *peers_.at(&stream);
  if (!std::exchange(peer.shaking, false)) return;
  handshakes_.leave(peer.address);
  const auto* tls = dynamic_cast<const crypto::TlsStream*>(&stream);
  (tls && tls->facts().resumed ? meters_->resumed : meters_->shaken).add();
}

void Proxy::use_tls(TlsSet set) {
  parts_.server_tls = std::move(set.server);
  parts_.client_tls = std::move(set.client);
  parts_.anchor_networks = std::move(set.networks);
  upstreams_.use(parts_.client_tls);
  for (auto& [stream, peer] : peers_) peer->known_in.reset();
  cut_revoked();
}

void Proxy::cut_revoked() {
  if (!protection_) return;
  upstreams_.close_refused();
  std::vector<std::weak_ptr<Peer>> all;
  for (const auto& [stream, peer] : peers_) all.push_back(peer);
  cut_revoked(std::move(all));
}

// A share at a time, so that requests do not wait while thousands of connections are looked at.
void Proxy::cut_revoked(std::vector<std::weak_ptr<Peer>> left) {
  constexpr std::size_t kShare = 100;
  for (std::size_t i = 0; i < kShare && !left.empty(); ++i) {
    const auto peer = left.back().lock();
    left.pop_back();
    const auto connection = peer ? peer->connection.lock() : nullptr;
    if (!connection) continue;
    know_sender(*peer);
    const auto* nf = peer->sender.nf;
    const bool contained = nf && protection_->quarantine.of(*nf, system_clock().now());
    if (contained || peer->sender.unidentified.rule == "identity-revoked") connection->close();
  }
  if (left.empty()) return;
  loop_.after(std::chrono::milliseconds(1), [this, alive = std::weak_ptr(alive_), left = std::move(left)] {
    if (!alive.expired()) cut_revoked(left);
  });
}

// At once: connections of a contained NF, those made for it, and those to it.
void Proxy::cut_contained() {
  const auto now = system_clock().now();
  std::set<std::string> instances;
  std::set<Endpoint> endpoints;
  for (const auto& nf : protection_->inventory.nfs()) {
    if (!protection_->quarantine.of(nf, now)) continue;
    instances.insert(nf.instance.text());
    if (nf.upstream) endpoints.insert(*nf.upstream);
  }
  upstreams_.close_those([&](const std::string& caller, const Endpoint& producer) {
    return instances.contains(caller) || endpoints.contains(producer);
  });
  if (!instances.empty()) cut_revoked();
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
  peer.producer = peer.shared_listener ? nullptr : find_by_listener(protection_->inventory, peer.listener);
  const auto connection = peer.connection.lock();
  if (!connection) return;
  if (const auto* tls = dynamic_cast<crypto::TlsStream*>(&connection->stream())) {
    identify_by_certificate(peer.sender, *tls, protection_->inventory, parts_.anchor_networks);
    refuse_withdrawn(peer.sender, *tls, *parts_.server_tls);
  } else {
    identify_by_address(peer.sender, protection_->inventory);
  }
}

const identity::ExpectedNf* Proxy::producer_of(const Peer& peer, const wire::Request& request) const {
  return peer.shared_listener ? find_by_authority(protection_->inventory, request.authority) : peer.producer;
}

void Proxy::on_request(const std::shared_ptr<Peer>& peer, std::int32_t stream, wire::Request&& request) {
  know_sender(*peer);
  auto exchange = new_exchange();
  exchange->peer = peer;
  exchange->stream = stream;
  exchange->protection = protection_;
  exchange->request = std::move(request);
  exchange->producer = producer_of(*peer, exchange->request);
  exchange->access.received = exchange->request.body.size();
  if (parts_.tracing) exchange->access.parent = traces_.enter(exchange->request.headers);
  exchange->stage_start = system_clock().steady();
  ++open_exchanges_;
  ++peer->requests;
  ++peer->open;
  if (const auto problem = admit(*exchange)) return refuse(*exchange, *problem);
  line_up(std::move(exchange));
}

// One that is done with, for its memory; whoever lets go of it last gives it back.
std::shared_ptr<Proxy::Exchange> Proxy::new_exchange() {
  constexpr std::size_t kMostSpare = 1024;
  auto made = spare_->empty() ? std::make_unique<Exchange>() : std::move(spare_->back());
  if (!spare_->empty()) spare_->pop_back();
  return {made.release(), [spare = spare_](Exchange* done) {
            std::unique_ptr<Exchange> exchange(done);
            auto record = std::move(exchange->verdict.record);
            evidence::clear(record);
            *exchange = {.verdict = {.problem = {}, .record = std::move(record)}};
            if (spare->size() < kMostSpare) spare->push_back(std::move(exchange));
          }};
}

std::optional<wire::Problem> Proxy::admit(Exchange& exchange) {
  const auto* caller = exchange.peer->sender.nf;
  const auto priority = admission_.priority_of(caller ? std::string_view(caller->type) : "", exchange.request);
  const auto producer = exchange.producer ? std::string_view(exchange.producer->name) : "";
  auto problem = admission_.take(exchange.ticket, exchange.peer->visit, producer, priority, exchange.stage_start);
  if (problem) note_shed();
  return problem;
}

// A record for each would be the costly thing that shedding avoids: one says how many there were.
void Proxy::note_shed() {
  if (std::exchange(shed_noted_, true)) return;
  loop_.after(kShedPeriod, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    shed_noted_ = false;
    evidence::Record record;
    record.time = system_clock().now();
    record.proxy = parts_.name;
    record.kind = "gap";
    record.rule = "limits";
    record.reason = std::format("{} connections and requests beyond the limits were refused unjudged in {}",
                                admission_.take_shed_count(), kShedPeriod);
    log(LogLevel::warn, "limits", {{"why", record.reason}});
    notes_.keep(std::move(record));
  });
}

void Proxy::line_up(std::shared_ptr<Exchange> exchange) {
  call_turn();
  if (waiting_.size() == 0 && judged_this_turn_ < kTurn) {
    ++judged_this_turn_;
    return judge(exchange);
  }
  const auto ticket = exchange->ticket;
  const auto cost = static_cast<std::uint32_t>(1 + exchange->request.body.size() / kCostlyBytes);
  waiting_.push(ticket.account, ticket.priority, cost, std::move(exchange));
}

void Proxy::call_turn() {
  if (std::exchange(turn_called_, true)) return;
  loop_.defer([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) take_turn();
  });
}

void Proxy::take_turn() {
  turn_called_ = false;
  judged_this_turn_ = 0;
  while (judged_this_turn_ < kTurn) {
    const auto next = waiting_.pop();
    if (!next) return;
    // CVE-2023-44487: what was reset while it waited is not worth judging.
    const auto connection = (*next)->peer->connection.lock();
    if (!connection || !connection->awaits((*next)->stream)) {
      finish(**next);
      continue;
    }
    ++judged_this_turn_;
    judge(*next);
  }
  call_turn();
}

void Proxy::judge(const std::shared_ptr<Exchange>& exchange) {
  exchange->stage_start = system_clock().steady();
  const auto pseudonyms = evidence_.pseudonyms();
  if (!pseudonyms) return on_recorded(exchange, fail(ErrorKind::unavailable, "it has not been reached yet"));
  exchange->verdict = judge_->judge(exchange->peer->sender, exchange->producer, exchange->request, *pseudonyms,
                                    system_clock().now(), std::move(exchange->verdict));
  exchange->verdict.record.proxy = parts_.name;
  meters_->judge.observe(exchange->access.judge = lap(exchange->stage_start));
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
  encoded_.clear();
  evidence::encode_record(verdict.record, encoded_);
  evidence_.append_encoded(encoded_, [this, alive = std::weak_ptr(alive_), exchange](Result<std::uint64_t> sequence) {
    if (alive.expired()) return;
    if (sequence && parts_.access_log) exchange->access.number = std::to_string(*sequence);
    on_recorded(exchange, sequence);
  });
}

void Proxy::on_recorded(const std::shared_ptr<Exchange>& exchange, const Result<std::uint64_t>& sequence) {
  meters_->evidence.observe(exchange->access.evidence = lap(exchange->stage_start));
  if (!sequence) {
    meters_->unrecorded.add();
    return refuse(*exchange, not_recorded(sequence.error()));
  }
  (exchange->verdict.permit ? meters_->permitted : meters_->refused).add();
  if (!exchange->verdict.permit) meters_->by_rule.add(exchange->verdict.record.rule);
  if (exchange->verdict.answer) return answer(*exchange, std::move(*exchange->verdict.answer));
  if (exchange->verdict.permit) return forward(exchange);
  auto problem = exchange->verdict.problem;
  problem.detail += std::format(" (rule {}, evidence record {})", exchange->verdict.record.rule, *sequence);
  problem.instance = std::format("urn:cordon:record:{}", *sequence);
  refuse(*exchange, problem);
}

void Proxy::forward(const std::shared_ptr<Exchange>& exchange) {
  put_authorization(exchange->request.headers, exchange->verdict.authorization);
  const auto& caller = exchange->verdict.record.caller;
  if (exchange->verdict.prospect) {
    expect(*parts_.checks.ledger, *exchange->verdict.prospect, system_clock().now());
  }
  upstreams_.send(caller, *exchange->producer, std::move(exchange->request),
                  [this, alive = std::weak_ptr(alive_), exchange](Result<wire::Response> got) {
                    if (!alive.expired()) on_upstream(exchange, std::move(got));
                  });
}

void Proxy::on_upstream(const std::shared_ptr<Exchange>& exchange, Result<wire::Response> got) {
  meters_->upstream.observe(exchange->access.upstream = lap(exchange->stage_start));
  if (got) {
    auto refused = inspect_response(*got, exchange->verdict.record, *exchange->protection, system_clock().now(),
                                    parts_.checks.inspection);
    if (refused) notes_.keep(std::move(*refused));
    if (exchange->verdict.prospect) learn_from(*exchange->verdict.prospect, *got);
    admission_.heed(exchange->ticket, got->headers, exchange->producer->instance, system_clock().steady());
    return answer(*exchange, std::move(*got));
  }
  meters_->upstream_failed.add();
  refuse(*exchange, not_reached(*exchange->producer, got.error()));
}

// What the answers of one round of the loop teach goes to the journal in one write.
void Proxy::learn_from(const Prospect& prospect, const wire::Response& response) {
  learn(*parts_.checks.ledger, prospect, response, system_clock().now());
  if (std::exchange(lesson_unwritten_, true)) return;
  loop_.defer([this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    lesson_unwritten_ = false;
    parts_.checks.ledger->flush();
  });
}

void Proxy::refuse(Exchange& exchange, const wire::Problem& problem) { answer(exchange, wire::to_response(problem)); }

void Proxy::answer(Exchange& exchange, wire::Response response) {
  if (parts_.access_log) write_access(exchange, response);
  if (const auto connection = exchange.peer->connection.lock())
    connection->respond(exchange.stream, std::move(response));
  finish(exchange);
}

void Proxy::write_access(const Exchange& exchange, const wire::Response& response) const {
  const auto& access = exchange.access;
  const AccessEntry entry{.record = exchange.verdict.record,
                          .number = access.number,
                          .parent = access.parent,
                          .status = response.status,
                          .received = access.received,
                          .sent = response.body.size(),
                          .judge = access.judge,
                          .evidence = access.evidence,
                          .upstream = access.upstream};
  parts_.access_log->write(access_line(entry, system_clock().now()));
}

void Proxy::finish(Exchange& exchange) {
  admission_.leave(exchange.ticket);
  --open_exchanges_;
  --exchange.peer->open;
  if (draining_ && peers_.empty() && open_exchanges_ == 0) tell_drained(0);
}

// === operations ===================================================================================================

// Two GOAWAYs, so that no request is lost that was on its way when the first left.
void Proxy::drain(std::chrono::milliseconds limit, Drained done) {
  drained_.push_back(std::move(done));
  const auto cut = [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) cut_rest();
  };
  loop_.cancel(std::exchange(patience_, loop_.after(limit, cut)));
  if (std::exchange(draining_, true)) {
    if (peers_.empty() && open_exchanges_ == 0) tell_drained(0);
    return;
  }
  for (auto& [at, listener] : listeners_) {
    listener->server->announce_end();
    leaving_.push_back(std::move(listener));
  }
  listeners_.clear();
  notice_ =
      loop_.after(peers_.empty() ? std::chrono::milliseconds(0) : kNotice, [this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) send_away();
      });
}

void Proxy::send_away() {
  for (const auto& listener : leaving_) listener->server->go_away();
  if (peers_.empty() && open_exchanges_ == 0) tell_drained(0);
}

void Proxy::cut_rest() {
  const auto left = std::max(peers_.size(), open_exchanges_);
  for (const auto& listener : leaving_) listener->server->close();
  tell_drained(left);
}

// From the loop, so that what the connections still had to say has left.
void Proxy::tell_drained(std::size_t cut) {
  loop_.cancel(patience_);
  loop_.defer([this, alive = std::weak_ptr(alive_), cut, told = std::exchange(drained_, {})] {
    if (alive.expired()) return;
    std::erase_if(leaving_, [](const auto& each) { return each->server->connections() == 0; });
    for (const auto& done : told) done(cut);
  });
}

void Proxy::undrain() {
  if (!std::exchange(draining_, false)) return;
  loop_.cancel(notice_);
  send_away();
  tell_drained(0);
  if (const auto listening = listen(); !listening) {
    log(LogLevel::error, "not everything works", {{"why", listening.error().message}});
  }
}

Result<void> Proxy::adjust(Adjustments to) {
  parts_.shared_listen = to.shared_listen;
  parts_.limits = to.limits;
  admission_.use(std::move(to.limits));
  upstreams_.allow(to.upstream_time);
  return listen();
}

std::vector<int> Proxy::listening_sockets() const {
  std::vector<int> out;
  for (const auto& [at, listener] : listeners_) out.push_back(listener->server->listener());
  return out;
}

ProxyState Proxy::state() const {
  return {.protection = protection_,
          .draining = draining_,
          .listening = listening(),
          .connections = peers_.size(),
          .upstreams = upstreams_.connections(),
          .open_requests = open_exchanges_,
          .permitted = meters_->permitted.value(),
          .refused = meters_->refused.value(),
          .unrecorded = meters_->unrecorded.value(),
          .upstream_failed = meters_->upstream_failed.value(),
          .queued = meters_->queued.value()};
}

std::vector<ConnectionState> Proxy::connections(std::size_t most) const {
  std::vector<ConnectionState> out;
  const auto now = system_clock().steady();
  for (const auto& [stream, peer] : peers_) {
    if (out.size() == most) break;
    const auto* nf = peer->sender.nf;
    const auto* tls = dynamic_cast<const crypto::TlsStream*>(stream);
    out.push_back({.address = peer->sender.address,
                   .listener = peer->listener.text(),
                   .identity = peer->shaking ? ""
                               : nf          ? nf->name
                                             : peer->sender.unidentified.rule,
                   .tls = tls && !peer->shaking ? tls->facts() : crypto::TlsFacts{},
                   .open = peer->open,
                   .requests = peer->requests,
                   .age = std::chrono::duration_cast<std::chrono::seconds>(now - peer->since)});
  }
  return out;
}

}  // namespace cordon::enforcement
