// Consumers that come and go: connections of several NFs, requests at a fixed rate, and what became of each of them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/base/socket.h"
#include "cordon/crypto/tls.h"
#include "cordon/wire/connection.h"
#include "lab/pki.h"

namespace cordon::bench {

struct SoakCounts {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;   // as expected: 200, 201, 204
  std::uint64_t refused = 0;    // any other status
  std::uint64_t failed = 0;     // no answer, and not by our doing
  std::uint64_t abandoned = 0;  // no answer, because we cut the connection under it
  std::uint64_t skipped = 0;    // not sent: too many were open already
  std::uint64_t opened = 0;     // connections
  std::uint64_t half_open = 0;  // of which the handshake was never finished
  std::uint64_t retired = 0;    // connections that Cordon sent away (GOAWAY) or that ended
  std::map<int, std::uint64_t> statuses;
};

class SoakClients {
 public:
  SoakClients(Loop& loop, Endpoint to, const lab::LabPki& pki);  // pki must outlive it
  Result<void> start();

  void rate(double per_second);               // open loop; 0: nothing
  void full(std::size_t open);                // closed loop: so many are open all the time; 0: nothing
  void churn(double connections_per_second);  // new connections in the place of old ones

  const SoakCounts& counts() const { return counts_; }
  std::size_t open() const { return open_; }
  std::size_t connections() const { return clients_.size(); }
  const std::string& first_refusal() const { return first_refusal_; }  // empty: none
  const std::string& first_failure() const { return first_failure_; }
  std::vector<double> take_latencies();  // seconds, since the last call

 private:
  struct Caller {
    lab::NfType type;
    std::shared_ptr<const crypto::TlsContext> tls;
    std::string token;
    SteadyTime token_until{};
  };
  struct Client {
    Caller* caller = nullptr;
    std::shared_ptr<wire::ClientConnection> connection;
    std::size_t open = 0;
    bool leaving = false;  // takes no new requests
    bool cut = false;      // by us, with requests open
  };
  using ClientPtr = std::shared_ptr<Client>;
  using Then = std::function<void(const wire::Response&)>;

  ClientPtr open_client(Caller& caller);
  void tick();
  void replace_oldest();
  void leave_half_open();
  void retire(const ClientPtr& client);
  ClientPtr next_client();
  void send_one();
  void send(const ClientPtr& client, wire::Request request, int expected, Then then);
  void finish(const ClientPtr& client, const Result<wire::Response>& got, int expected, const Then& then);
  void subscribe(const ClientPtr& client);
  void ask_token(const ClientPtr& client);
  void renew_tokens();
  wire::Request request(std::string method, std::string path) const;

  Loop& loop_;
  const Endpoint to_;
  const lab::LabPki& pki_;
  std::array<Caller, 5> callers_;
  std::vector<ClientPtr> clients_;  // the oldest first
  std::vector<Fd> half_open_;
  std::vector<double> latencies_;
  SoakCounts counts_;
  std::string first_refusal_, first_failure_;
  std::size_t open_ = 0, full_ = 0, turn_ = 0, replaced_ = 0;
  double rate_ = 0, churn_ = 0, due_ = 0, due_connections_ = 0;
  SteadyTime ticked_{};
};

}  // namespace cordon::bench
