#include "cordon/wire/server.h"

#include <sys/epoll.h>

#include <unordered_map>
#include <utility>
#include <vector>

namespace cordon::wire {

namespace {
constexpr int kAcceptsPerRound = 64;
constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);
}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  State(Loop& on, Fd fd, Settings with) : loop(on), listener(std::move(fd)), settings(std::move(with)) {}
  ~State() {
    watch(false);
    loop.cancel(pause);
  }

  void watch(bool on);
  void accept_waiting();
  void pause_accepting();
  void serve(Accepted accepted);
  ServerConnection::Events events_of_one();
  void drop(ServerConnection& connection);
  std::vector<std::shared_ptr<ServerConnection>> all() const;

  Loop& loop;
  Fd listener;  // empty once accepting stopped
  Settings settings;
  std::unordered_map<ServerConnection*, std::shared_ptr<ServerConnection>> open;
  Loop::TimerId pause = 0;
  bool watching = false;
};

void HttpServer::State::watch(bool on) {
  if (on == watching || !listener) return;
  watching = on;
  if (!on) return loop.forget(listener.get());
  loop.watch(listener.get(), EPOLLIN, [weak = weak_from_this()](std::uint32_t) {
    if (const auto self = weak.lock()) self->accept_waiting();
  });
}

void HttpServer::State::accept_waiting() {
  for (int i = 0; i < kAcceptsPerRound && listener; ++i) {
    if (open.size() >= settings.max_connections) return watch(false);
    auto accepted = accept_one(listener.get());
    if (accepted) {
      serve(std::move(*accepted));
    } else if (accepted.error().kind == ErrorKind::unavailable) {
      return;
    } else {
      return pause_accepting();  // out of descriptors: the level-triggered listener would spin
    }
  }
}

void HttpServer::State::pause_accepting() {
  watch(false);
  pause = loop.after(kPauseWithoutDescriptors, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->watch(true);
  });
}

void HttpServer::State::serve(Accepted accepted) {
  auto stream = settings.wrap ? settings.wrap(std::move(accepted.fd), accepted.peer)
                              : std::make_unique<PlainStream>(std::move(accepted.fd));
  if (!stream) return;
  auto connection = ServerConnection::start(loop, std::move(stream), settings.limits, events_of_one());
  auto* key = connection.get();
  open.emplace(key, std::move(connection));
}

ServerConnection::Events HttpServer::State::events_of_one() {
  auto events = settings.events;
  events.on_closed = [weak = weak_from_this(), then = settings.events.on_closed](ServerConnection& connection,
                                                                                 std::string why) {
    const auto self = weak.lock();
    if (!self) return;
    self->drop(connection);
    if (then) then(connection, std::move(why));
  };
  return events;
}

void HttpServer::State::drop(ServerConnection& connection) {
  open.erase(&connection);  // the transport that calls us still holds it
  watch(true);
}

std::vector<std::shared_ptr<ServerConnection>> HttpServer::State::all() const {
  std::vector<std::shared_ptr<ServerConnection>> out;
  out.reserve(open.size());
  for (const auto& [key, connection] : open) out.push_back(connection);
  return out;
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(Loop& loop, const Endpoint& at, Settings settings) {
  auto listener = listen_tcp(at);
  if (!listener) return std::unexpected(std::move(listener.error()));
  return std::make_unique<HttpServer>(loop, std::move(*listener), std::move(settings));
}

HttpServer::HttpServer(Loop& loop, Fd listener, Settings settings)
    : state_(std::make_shared<State>(loop, std::move(listener), std::move(settings))) {
  state_->watch(true);
}

HttpServer::~HttpServer() = default;

Result<Endpoint> HttpServer::endpoint() const {
  if (!state_->listener) return fail(ErrorKind::unavailable, "the server no longer listens");
  return local_endpoint(state_->listener.get());
}

std::size_t HttpServer::connections() const { return state_->open.size(); }

int HttpServer::listener() const { return state_->listener.get(); }

void HttpServer::stop_accepting() {
  state_->watch(false);
  state_->listener.reset();
}

void HttpServer::announce_end() {
  stop_accepting();
  for (const auto& connection : state_->all()) connection->announce_end();
}

void HttpServer::go_away() {
  stop_accepting();
  for (const auto& connection : state_->all()) connection->go_away();
}

void HttpServer::close() {
  stop_accepting();
  for (const auto& connection : state_->all()) connection->close();
}

}  // namespace cordon::wire
