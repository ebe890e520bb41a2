#include "cordon/enforcement/upstream.h"

#include "cordon/base/log.h"
#include "cordon/base/socket.h"

namespace cordon::enforcement {

namespace {

constexpr std::chrono::milliseconds kEndingEvery{500};

const std::string& name_at(const identity::ExpectedNf& producer) {
  return producer.upstream_name.empty() ? producer.upstream->address : producer.upstream_name;
}

}  // namespace

// The room wire says it in words: its kinds of errors tell whether the request was processed, not why it ended.
bool timed_out(const Error& error) { return error.message.ends_with("its time is up"); }

Result<std::unique_ptr<ByteStream>> Upstreams::open(const identity::ExpectedNf& producer) {
  auto fd = connect_tcp(*producer.upstream);
  if (!fd) return std::unexpected(fd.error());
  if (!tls_) return std::make_unique<PlainStream>(std::move(*fd));
  return crypto::TlsStream::connect(tls_, std::move(*fd), name_at(producer), objection_);
}

Result<std::shared_ptr<wire::ClientConnection>> Upstreams::connection(const Key& key,
                                                                      const identity::ExpectedNf& producer) {
  const auto found = connections_.find(key);
  if (found != connections_.end() && found->second->usable()) return found->second;
  auto stream = open(producer);
  if (!stream) return std::unexpected(stream.error());
  // The weak pointer breaks the circle: the connection must not keep itself alive through its own callback.
  auto self = std::make_shared<std::weak_ptr<wire::ClientConnection>>();
  const auto name = producer.name;
  auto made =
      wire::ClientConnection::start(loop_, std::move(*stream), {}, [this, key, self, name](const std::string& why) {
        if (!why.empty()) log(LogLevel::warn, "upstream connection ended", {{"producer", name}, {"why", why}});
        forget(key, self->lock().get());
      });
  *self = made;
  // One that closes keeps its open requests: RFC 9113 6.8, those below a GOAWAY's stream are still answered.
  if (found != connections_.end()) retired_.push_back(found->second);
  connections_[key] = made;
  return made;
}

void Upstreams::forget(const Key& key, const wire::ClientConnection* closed) {
  const auto found = connections_.find(key);
  if (found != connections_.end() && found->second.get() == closed) connections_.erase(found);
  std::erase_if(retired_, [closed](const auto& each) { return each.get() == closed; });
}

wire::ClientConnection* Upstreams::usable(const std::string& caller, const identity::ExpectedNf& producer) const {
  const auto found = connections_.find(std::tie(caller, *producer.upstream, name_at(producer)));
  return found != connections_.end() && found->second->usable() ? found->second.get() : nullptr;
}

void Upstreams::send(const std::string& caller, const identity::ExpectedNf& producer, wire::Request request,
                     Done done) {
  auto* way = usable(caller, producer);
  if (way == nullptr) return send_anew(caller, producer, std::move(request), std::move(done));
  way->request(std::move(request), limit_, std::move(done),
               [this, alive = std::weak_ptr(alive_), &caller, &producer](wire::Request&& again, Done ask) {
                 if (alive.expired()) return ask(fail(ErrorKind::unavailable, "the enforcement point is closing"));
                 send_anew(caller, producer, std::move(again), std::move(ask));
               });
}

// On another connection, unless the producer refused just this stream; and not a third time.
void Upstreams::send_anew(const std::string& caller, const identity::ExpectedNf& producer, wire::Request request,
                          Done done) {
  auto way = connection({caller, *producer.upstream, name_at(producer)}, producer);
  if (way) return (*way)->request(std::move(request), limit_, std::move(done), {});
  loop_.defer([done = std::move(done), error = way.error()] { done(std::unexpected(error)); });
}

void Upstreams::use(std::shared_ptr<const crypto::TlsContext> tls) {
  tls_ = std::move(tls);
  for (auto& [key, connection] : connections_) retired_.push_back(std::move(connection));
  connections_.clear();
  end_retired();
}

void Upstreams::end_retired() {
  for (const auto& connection : retired_) {
    if (connection->open_requests() == 0) connection->close();  // forgotten later, from the loop
  }
  if (retired_.empty()) return;
  loop_.after(kEndingEvery, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) end_retired();
  });
}

void Upstreams::close_refused() {
  for (const auto& [key, connection] : connections_) {
    const auto* tls = dynamic_cast<const crypto::TlsStream*>(&connection->stream());
    const auto certificate = tls ? tls->peer_certificate() : std::nullopt;
    if (certificate && objection_ && !objection_(*certificate).empty()) connection->close();
  }
}

void Upstreams::close_those(const std::function<bool(const std::string&, const Endpoint&)>& so) {
  for (const auto& [key, connection] : connections_) {
    if (so(std::get<0>(key), std::get<1>(key))) connection->close();  // forgotten later, from the loop
  }
}

void Upstreams::close_all() {
  for (const auto& [key, connection] : connections_) connection->close();
  for (const auto& connection : retired_) connection->close();
}

}  // namespace cordon::enforcement
