#include "lab/client.h"

#include <optional>

namespace cordon::lab {

Result<std::unique_ptr<SbiClient>> SbiClient::make(Loop& loop, const Identity& caller,
                                                   const std::vector<crypto::Certificate>& anchors) {
  crypto::TlsSettings settings;
  settings.chain = caller.chain;
  settings.key = caller.key;
  settings.anchors = anchors;
  auto context = crypto::TlsContext::client(settings);
  if (!context) return std::unexpected(within("SBI client", context.error()));
  return std::unique_ptr<SbiClient>(new SbiClient(loop, std::move(*context)));
}

SbiClient::SbiClient(Loop& loop, std::shared_ptr<const crypto::TlsContext> context)
    : loop_(loop), context_(std::move(context)) {}

SbiClient::~SbiClient() {
  *alive_ = false;
  close();
}

void SbiClient::close() {
  for (const auto& [to, connection] : connections_) connection->close();
  connections_.clear();
}

void SbiClient::request(const Endpoint& to, const std::string& server_name, wire::Request request, Done done) {
  send({to, server_name}, std::move(request), true, std::move(done));
}

// A connection kept from before may have died unnoticed: when the request certainly was not processed, one retry.
void SbiClient::send(const Destination& to, wire::Request request, bool may_retry, Done done) {
  const bool reused = connections_.contains(to) && connections_.at(to)->usable();
  const auto connection = connection_to(to);
  if (!connection) {
    loop_.defer([alive = alive_, done = std::move(done), error = connection.error()] {
      if (*alive) done(std::unexpected(error));
    });
    return;
  }
  const bool again = may_retry && reused;
  auto kept = again ? std::optional(request) : std::nullopt;
  auto answered = [this, alive = alive_, to, kept = std::move(kept),
                   done = std::move(done)](Result<wire::Response> result) {
    if (!*alive) return;
    if (!result && result.error().kind == ErrorKind::unavailable && kept) {
      connections_.erase(to);
      return send(to, *kept, false, done);
    }
    done(std::move(result));
  };
  (*connection)->request(std::move(request), limit_, std::move(answered));
}

Result<std::shared_ptr<wire::ClientConnection>> SbiClient::connection_to(const Destination& to) {
  const auto known = connections_.find(to);
  if (known != connections_.end() && known->second->usable()) return known->second;
  auto fd = connect_tcp(to.first);
  if (!fd) return std::unexpected(fd.error());
  auto stream = crypto::TlsStream::connect(context_, std::move(*fd), to.second);
  auto connection = wire::ClientConnection::start(loop_, std::move(stream), {}, [](const std::string&) {});
  connections_[to] = connection;
  return connection;
}

Result<wire::Response> SbiClient::exchange(const Endpoint& to, const std::string& server_name,
                                           wire::Request request) {
  auto answer = std::make_shared<std::optional<Result<wire::Response>>>();
  this->request(to, server_name, std::move(request),
                [answer](Result<wire::Response> result) { *answer = std::move(result); });
  while (!answer->has_value()) {
    if (!loop_.run_once(std::chrono::milliseconds{1000})) return fail(ErrorKind::unavailable, "the loop was stopped");
  }
  return std::move(**answer);
}

}  // namespace cordon::lab
