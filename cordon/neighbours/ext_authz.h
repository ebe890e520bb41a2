// Envoy's external authorization, v3: envoy.service.auth.v3.Authorization/Check, over gRPC.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cordon/crypto/tls.h"
#include "cordon/neighbours/inquiry.h"
#include "cordon/wire/server.h"

namespace cordon::neighbours {

// Who may ask: whoever can open the Unix socket, or over TLS whose certificate has one of the names.
struct EnvoyDoor {
  std::shared_ptr<const crypto::TlsContext> tls;  // null: a Unix socket
  std::vector<std::string> names{};
};

class ExtAuthz {
 public:
  ExtAuthz(Loop& loop, Fd listener, EnvoyDoor door, Ask ask);
  ~ExtAuthz();
  ExtAuthz(const ExtAuthz&) = delete;
  ExtAuthz& operator=(const ExtAuthz&) = delete;

  Result<Endpoint> endpoint() const { return server_->endpoint(); }

 private:
  void meet(wire::ServerConnection& connection) const;
  void on_request(wire::ServerConnection& connection, std::int32_t stream, const wire::Request& request) const;

  EnvoyDoor door_;
  Ask ask_;
  std::unique_ptr<wire::HttpServer> server_;
};

}  // namespace cordon::neighbours
