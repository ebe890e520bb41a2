// The enforcement point (NIST SP 800-207 PEP): stands in for NFs, lets through what is permitted and recorded,
// refuses the rest.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/base/metrics.h"
#include "cordon/crypto/tls.h"
#include "cordon/enforcement/access_log.h"
#include "cordon/enforcement/admission.h"
#include "cordon/enforcement/fair_queue.h"
#include "cordon/enforcement/handover.h"
#include "cordon/enforcement/handshake_limit.h"
#include "cordon/enforcement/judge.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/enforcement/tls_set.h"
#include "cordon/enforcement/trace_context.h"
#include "cordon/enforcement/upstream.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/notebook.h"
#include "cordon/evidence/spool.h"
#include "cordon/wire/server.h"

namespace cordon::enforcement {

struct ProxyParts {
  std::string name;                                      // of this enforcement point
  std::shared_ptr<const crypto::TlsContext> server_tls;  // null: h2c, for a laboratory
  std::shared_ptr<const crypto::TlsContext> client_tls;  // null: h2c
  AnchorNetworks anchor_networks{};                      // whom the callers' anchors may speak for
  std::string tls_files{};                               // what their files looked like (TlsWatch)
  std::size_t handshakes = 64;                           // under way from one address
  std::optional<Endpoint> shared_listen;
  std::chrono::milliseconds upstream_time{10'000};
  evidence::Spool* spool = nullptr;  // null: every record is durable before its request has effect
  Limits limits{};                   // who may have how much
  Checks checks{};                   // what the judge consults
  Listeners inherited{};             // sockets others opened for us: listened on whenever something is to be there
  Listeners taken{};                 // those of a predecessor: used once, or closed
  AccessLog* access_log = nullptr;   // null: there is none
  bool tracing = false;              // our own hop is a span
};

// What can change while it runs.
struct Adjustments {
  std::optional<Endpoint> shared_listen;
  std::chrono::milliseconds upstream_time{10'000};
  Limits limits{};  // the number of streams and the idle time of a connection: for listeners opened from now on
};

// What an operator asks for.
struct ProxyState {
  std::shared_ptr<const Protection> protection;  // null: there was none yet
  bool draining = false;
  std::vector<Endpoint> listening;
  std::size_t connections = 0, upstreams = 0, open_requests = 0;
  std::uint64_t permitted = 0, refused = 0, unrecorded = 0, upstream_failed = 0, queued = 0;
};
struct ConnectionState {
  std::string address, listener, identity;  // identity: "AMF amf-1", or the rule by which it has none
  crypto::TlsFacts tls;
  std::size_t open = 0;
  std::uint64_t requests = 0;
  std::chrono::seconds age{};
};

// One thread, one Loop. Everything it refers to outlives it.
class Proxy {
 public:
  Proxy(Loop& loop, ProxyParts parts, evidence::Client& evidence, Metrics& metrics);
  ~Proxy();

  // Makes this the protection of every later request, and listens where its inventory says. The result names
  // listeners that could not be opened; the others work.
  Result<void> apply(std::shared_ptr<const Protection> protection);

  // New connections use these; open ones are judged anew by them and go on, unless their anchor is gone or their
  // certificate revoked.
  void use_tls(TlsSet set);

  std::vector<Endpoint> listening() const;
  std::vector<int> listening_sockets() const;  // descriptors; ours
  ProxyState state() const;
  std::vector<ConnectionState> connections(std::size_t most) const;
  Result<void> adjust(Adjustments to);  // as apply()

  // No new connections; open ones hear of it, finish what they carry, and end. done comes once: when the last has
  // gone, or after the limit, then with how many had to be cut.
  using Drained = std::function<void(std::size_t cut)>;
  void drain(std::chrono::milliseconds limit, Drained done);
  void undrain();  // listens again; done comes without further waiting

 private:
  struct Peer;
  struct Listener;
  struct Exchange;
  struct Meters;

  Result<void> listen();
  Result<Fd> listener_at(const Endpoint& at);
  Result<void> open_listener(const Endpoint& at, bool shared);
  void send_away();
  void cut_rest();
  void tell_drained(std::size_t cut);
  void close_listener(std::unique_ptr<Listener> listener);
  std::unique_ptr<ByteStream> welcome(const Listener& listener, Fd fd, const Endpoint& from);
  void introduce(wire::ServerConnection& connection);
  void part(const ByteStream& stream, const std::string& why);
  void end_handshake(const ByteStream& stream);
  void cut_revoked();
  void cut_revoked(std::vector<std::weak_ptr<Peer>> left);
  void cut_contained();
  void on_request(const std::shared_ptr<Peer>& peer, std::int32_t stream, wire::Request&& request);
  std::shared_ptr<Exchange> new_exchange();
  std::optional<wire::Problem> admit(Exchange& exchange);
  void note_shed();
  void line_up(std::shared_ptr<Exchange> exchange);
  void call_turn();
  void take_turn();
  void judge(const std::shared_ptr<Exchange>& exchange);
  void record(const std::shared_ptr<Exchange>& exchange);
  void on_recorded(const std::shared_ptr<Exchange>& exchange, const Result<std::uint64_t>& sequence);
  void forward(const std::shared_ptr<Exchange>& exchange);
  void on_upstream(const std::shared_ptr<Exchange>& exchange, Result<wire::Response> got);
  void learn_from(const Prospect& prospect, const wire::Response& response);
  void refuse(Exchange& exchange, const wire::Problem& problem);
  void answer(Exchange& exchange, wire::Response response);
  void write_access(const Exchange& exchange, const wire::Response& response) const;
  void finish(Exchange& exchange);
  void know_sender(Peer& peer) const;
  const identity::ExpectedNf* producer_of(const Peer& peer, const wire::Request& request) const;

  Loop& loop_;
  ProxyParts parts_;
  evidence::Client& evidence_;
  std::unique_ptr<Meters> meters_;
  Upstreams upstreams_;
  Admission admission_;
  evidence::Notebook notes_;                      // of what was refused without a record of its own
  bool shed_noted_ = false;                       // a note about the last seconds is to come
  FairQueue<std::shared_ptr<Exchange>> waiting_;  // to be judged
  std::uint32_t judged_this_turn_ = 0;
  bool lesson_unwritten_ = false;  // of the ledger; soon will be
  bool turn_called_ = false;
  std::shared_ptr<const Protection> protection_;
  std::optional<Judge> judge_;  // under protection_
  std::map<Endpoint, std::unique_ptr<Listener>> listeners_;
  std::unordered_map<const ByteStream*, std::shared_ptr<Peer>> peers_;  // open connections by their stream
  HandshakeLimit handshakes_;
  TraceContext traces_;
  std::size_t open_exchanges_ = 0;
  std::shared_ptr<std::vector<std::unique_ptr<Exchange>>> spare_;  // exchanges that are done with
  std::string encoded_;                                            // the record being sent, kept for its memory
  std::vector<std::unique_ptr<Listener>> closing_;                 // until their connections have said goodbye
  bool draining_ = false;
  std::vector<std::unique_ptr<Listener>> leaving_;  // closed by drain(), until their connections have ended
  std::vector<Drained> drained_;                    // to be told
  Loop::TimerId notice_ = 0, patience_ = 0;         // while draining: until the GOAWAY, and until the cut
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for callbacks that come after us
};

}  // namespace cordon::enforcement
