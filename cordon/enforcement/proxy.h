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
#include "cordon/enforcement/judge.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/enforcement/upstream.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/spool.h"
#include "cordon/wire/server.h"

namespace cordon::enforcement {

struct ProxyParts {
  std::string name;                                      // of this enforcement point
  std::shared_ptr<const crypto::TlsContext> server_tls;  // null: h2c, for a laboratory
  std::shared_ptr<const crypto::TlsContext> client_tls;  // null: h2c
  std::optional<Endpoint> shared_listen;
  std::chrono::milliseconds upstream_time{10'000};
  evidence::Spool* spool = nullptr;  // null: every record is durable before its request has effect
};

// One thread, one Loop. Everything it refers to outlives it.
class Proxy {
 public:
  Proxy(Loop& loop, ProxyParts parts, evidence::Client& evidence, Metrics& metrics);
  ~Proxy();

  // Makes this the protection of every later request, and listens where its inventory says. The result names
  // listeners that could not be opened; the others work.
  Result<void> apply(std::shared_ptr<const Protection> protection);

  std::vector<Endpoint> listening() const;
  void drain(std::function<void()> done);  // no new connections; done when the last request is answered

 private:
  struct Peer;
  struct Listener;
  struct Exchange;
  struct Meters;

  Result<void> open_listener(const Endpoint& at, bool shared);
  void close_listener(std::unique_ptr<Listener> listener);
  std::unique_ptr<ByteStream> welcome(const Listener& listener, Fd fd, const Endpoint& from);
  void part(const ByteStream& stream, const std::string& why);
  void on_request(const std::shared_ptr<Peer>& peer, std::int32_t stream, wire::Request&& request);
  void record(const std::shared_ptr<Exchange>& exchange);
  void on_recorded(const std::shared_ptr<Exchange>& exchange, const Result<std::uint64_t>& sequence);
  void forward(const std::shared_ptr<Exchange>& exchange);
  void on_upstream(const std::shared_ptr<Exchange>& exchange, Result<wire::Response> got);
  void refuse(Exchange& exchange, const wire::Problem& problem);
  void answer(Exchange& exchange, wire::Response response);
  void know_sender(Peer& peer) const;
  const identity::ExpectedNf* producer_of(const Peer& peer, const wire::Request& request) const;

  Loop& loop_;
  ProxyParts parts_;
  evidence::Client& evidence_;
  std::unique_ptr<Meters> meters_;
  Upstreams upstreams_;
  std::shared_ptr<const Protection> protection_;
  std::optional<Judge> judge_;  // under protection_
  std::map<Endpoint, std::unique_ptr<Listener>> listeners_;
  std::unordered_map<const ByteStream*, std::shared_ptr<Peer>> peers_;  // open connections by their stream
  std::size_t open_exchanges_ = 0;
  std::vector<std::unique_ptr<Listener>> closing_;  // until their connections have said goodbye
  std::function<void()> drained_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for callbacks that come after us
};

}  // namespace cordon::enforcement
