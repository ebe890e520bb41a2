// The engine's local API: POST /access/v1/evaluation (OpenID AuthZEN 1.0), HTTP/2 over a Unix socket.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "cordon/base/loop.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/evidence/client.h"
#include "cordon/wire/server.h"

namespace cordon::administrator {

// Whoever may open the socket (mode 0600) may ask: enforcement points beside Cordon's own. Every answer is in the
// evidence log before it is given.
class AccessApi {
 public:
  struct Parts {
    std::string name;                                                            // of this Cordon, in the records
    std::function<std::shared_ptr<const enforcement::Protection>()> protection;  // null: none yet
    evidence::Client* evidence = nullptr;
  };

  static Result<std::unique_ptr<AccessApi>> start(Loop& loop, const std::filesystem::path& socket, Parts parts);
  explicit AccessApi(Parts parts) : parts_(std::move(parts)) {}

 private:
  void on_request(wire::ServerConnection& connection, wire::ServerConnection::StreamId stream,
                  wire::Request&& request);
  void evaluate(wire::ServerConnection& connection, wire::ServerConnection::StreamId stream, wire::Request&& request);

  Parts parts_;
  std::unique_ptr<wire::HttpServer> server_;
};

}  // namespace cordon::administrator
