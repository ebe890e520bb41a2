// The naive core as a running network: nine HTTP/2 servers over mutual TLS on loopback addresses, in one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/base/result.h"
#include "cordon/base/socket.h"
#include "cordon/crypto/certificate.h"
#include "cordon/wire/server.h"
#include "lab/client.h"
#include "lab/functions.h"
#include "lab/pki.h"

namespace cordon::lab {

using Endpoints = std::map<NfType, Endpoint>;

Endpoints endpoints_in(int network);  // 127.0.<network>.N:7777 for all nine

struct LabSettings {
  Endpoints listen;                          // an NF without an endpoint is not served
  std::vector<crypto::Certificate> anchors;  // whom the NFs believe, as servers and as clients
  CoreSettings core;
  Endpoints peers;  // where NFs reach each other; port 0: wherever that NF of this core listens. Empty: only by plain
                    // calls, as a replay needs it
  std::function<void(NfType, const wire::Request&)> on_request;  // sees what arrives at an NF
};

// The two shapes of the core: bare on 127.0.2.N believing the operator's CA, as cores are today; protected on
// 127.0.0.N believing only the enforcement point's CA, with the enforcement point on 127.0.1.N before it.
LabSettings bare_core(const LabPki& pki);
LabSettings protected_core(const LabPki& pki);

class LabCore {
 public:
  static Result<std::unique_ptr<LabCore>> start(Loop& loop, const LabPki& pki, LabSettings settings);
  ~LabCore();
  LabCore(const LabCore&) = delete;
  LabCore& operator=(const LabCore&) = delete;

  void stop(NfType type);             // its socket closes; its state stays
  Result<void> restart(NfType type);  // listens where it did before
  void reset() { functions_->reset(); }

  Functions& functions() { return *functions_; }
  const Endpoints& endpoints() const { return bound_; }  // where each NF listens; ports are never 0
  std::uint64_t requests() const { return requests_; }   // that reached any NF over the network

 private:
  LabCore(Loop& loop, const LabPki& pki, LabSettings settings);
  Result<void> make_functions();
  Result<void> listen(NfType type);
  void serve(NfType type, wire::ServerConnection& connection, std::int32_t stream, const wire::Request& request);

  Loop& loop_;
  const LabPki pki_;
  LabSettings settings_;
  Endpoints bound_;
  std::map<NfType, std::unique_ptr<SbiClient>> clients_;
  std::unique_ptr<Functions> functions_;
  std::map<NfType, std::unique_ptr<wire::HttpServer>> servers_;
  std::uint64_t requests_ = 0;
};

}  // namespace cordon::lab
