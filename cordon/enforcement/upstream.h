// The way to the NFs behind us: one HTTP/2 connection per caller and producer, so two callers never share one.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/crypto/tls.h"
#include "cordon/identity/inventory.h"
#include "cordon/wire/connection.h"

namespace cordon::enforcement {

// Whether the limit ran out, whatever the request had become by then. A time-out is never a reason to send again.
bool timed_out(const Error& error);

class Upstreams {
 public:
  using Done = wire::ClientConnection::Done;

  // tls null: h2c, for a laboratory.
  Upstreams(Loop& loop, std::shared_ptr<const crypto::TlsContext> tls, std::chrono::milliseconds limit)
      : loop_(loop), tls_(std::move(tls)), limit_(limit) {}

  // done comes once, later (also when this object has gone); caller and producer live until then. A request that
  // certainly did not reach the producer (its connection was closing) is sent once more on a new connection; any
  // other failure is reported, never repeated.
  void send(const std::string& caller, const identity::ExpectedNf& producer, wire::Request request, Done done);

  // New connections from now on; open ones finish what they carry, take nothing new, and end.
  void use(std::shared_ptr<const crypto::TlsContext> tls);
  void allow(std::chrono::milliseconds limit) { limit_ = limit; }  // for requests from now on
  // Asked of every producer's certificate, when its connection opens and in close_refused().
  void refuse_when(crypto::TlsStream::Objection objection) { objection_ = std::move(objection); }
  void close_refused();
  // Now, those of a caller or to a producer that is so.
  void close_those(const std::function<bool(const std::string& caller, const Endpoint& producer)>& so);

  std::size_t connections() const { return connections_.size() + retired_.size(); }
  void close_all();

 private:
  using Key =
      std::tuple<std::string, Endpoint, std::string>;  // caller, where, the name its certificate was checked for

  wire::ClientConnection* usable(const std::string& caller, const identity::ExpectedNf& producer) const;
  Result<std::shared_ptr<wire::ClientConnection>> connection(const Key& key, const identity::ExpectedNf& producer);
  Result<std::unique_ptr<ByteStream>> open(const identity::ExpectedNf& producer);
  void end_retired();
  void forget(const Key& key, const wire::ClientConnection* closed);
  void send_anew(const std::string& caller, const identity::ExpectedNf& producer, wire::Request request, Done done);

  Loop& loop_;
  std::shared_ptr<const crypto::TlsContext> tls_;
  std::chrono::milliseconds limit_;
  crypto::TlsStream::Objection objection_;
  std::map<Key, std::shared_ptr<wire::ClientConnection>, std::less<>> connections_;
  std::vector<std::shared_ptr<wire::ClientConnection>> retired_;  // take no new requests, finish the open ones
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);    // for callbacks that come after us
};

}  // namespace cordon::enforcement
