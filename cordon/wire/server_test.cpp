#include "cordon/wire/server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "cordon/wire/test_connections.h"
#include "cordon/wire/test_frames.h"

namespace cordon::wire {
namespace {

using namespace test;
using std::chrono::seconds;
using StreamId = ServerConnection::StreamId;

class Server : public testing::Test {
 protected:
  HttpServer::Settings settings() {
    HttpServer::Settings out;
    out.events.on_request = [](ServerConnection& connection, StreamId id, Request&& request) {
      connection.respond(id, {200, {}, request.path});
    };
    out.events.on_closed = [this](ServerConnection&, const std::string&) { ++closed; };
    return out;
  }
  void listen(HttpServer::Settings with) {
    auto made = HttpServer::listen(loop, {"127.0.0.1", 0}, std::move(with));
    ASSERT_TRUE(made) << made.error().message;
    server = std::move(*made);
    at = *server->endpoint();
  }
  std::shared_ptr<ClientConnection> connect() {
    auto fd = connect_tcp(at);
    EXPECT_TRUE(fd);
    return ClientConnection::start(loop, std::make_unique<PlainStream>(std::move(*fd)), {}, nullptr);
  }
  void ask(ClientConnection& client) {
    client.request({.method = "GET", .scheme = "http", .authority = "a", .path = "/x", .headers = {}, .body = {}},
                   seconds(600), [this](const Result<Response>& response) {
                     if (response && response->body == "/x") ++answered;
                     if (!response) ++failed;
                   });
  }

  Loop loop;
  std::unique_ptr<HttpServer> server;
  Endpoint at;
  int closed = 0;
  int answered = 0;
  int failed = 0;
};

TEST_F(Server, ServesConnectionsAndCountsThem) {
  listen(settings());
  std::vector<std::shared_ptr<ClientConnection>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(connect());
    ask(*clients.back());
  }
  EXPECT_TRUE(run_until(loop, [&] { return answered == 100; }));
  EXPECT_EQ(server->connections(), 100U);
  clients.resize(40);
  EXPECT_TRUE(run_until(loop, [&] { return server->connections() == 40 && closed == 60; }));
}

TEST_F(Server, LetsConnectionsBeyondTheLimitWait) {
  auto with = settings();
  with.max_connections = 2;
  listen(std::move(with));
  auto first = connect();
  auto second = connect();
  auto third = connect();
  for (auto* client : {&first, &second, &third}) ask(**client);
  EXPECT_TRUE(run_until(loop, [&] { return answered == 2; }));
  EXPECT_EQ(server->connections(), 2U);
  first.reset();
  EXPECT_TRUE(run_until(loop, [&] { return answered == 3; }));
}

TEST_F(Server, WrapsOrRefusesWhatItAccepts) {
  auto with = settings();
  int wrapped = 0;
  with.wrap = [&](Fd fd, const Endpoint& peer) -> std::unique_ptr<ByteStream> {
    EXPECT_EQ(peer.address, "127.0.0.1");
    if (++wrapped == 1) return nullptr;
    return std::make_unique<PlainStream>(std::move(fd));
  };
  listen(std::move(with));
  auto refused = connect();
  ask(*refused);
  EXPECT_TRUE(run_until(loop, [&] { return failed == 1; }));
  auto client = connect();
  ask(*client);
  EXPECT_TRUE(run_until(loop, [&] { return answered == 1; }));
}

TEST_F(Server, GoesAwayInOrder) {
  listen(settings());
  auto client = connect();
  ask(*client);
  EXPECT_TRUE(run_until(loop, [&] { return answered == 1; }));
  server->go_away();
  EXPECT_TRUE(run_until(loop, [&] { return server->connections() == 0 && !client->usable(); }));
  EXPECT_FALSE(server->endpoint());
  EXPECT_EQ(closed, 1);
}

TEST_F(Server, ClosesEverythingNow) {
  auto with = settings();
  with.events.on_request = [](ServerConnection&, StreamId, Request&&) {};
  listen(std::move(with));
  auto client = connect();
  ask(*client);
  EXPECT_TRUE(run_until(loop, [&] { return server->connections() == 1; }));
  server->close();
  EXPECT_TRUE(run_until(loop, [&] { return failed == 1 && closed == 1; }));
}

TEST_F(Server, MayGoBeforeItsConnections) {
  auto with = settings();
  std::shared_ptr<ServerConnection> kept;
  with.events.on_request = [&](ServerConnection& connection, StreamId, Request&&) {
    kept = connection.shared_from_this();
  };
  listen(std::move(with));
  auto client = connect();
  ask(*client);
  EXPECT_TRUE(run_until(loop, [&] { return kept != nullptr; }));
  server.reset();
  kept->respond(1, {200, {}, "/x"});
  EXPECT_TRUE(run_until(loop, [&] { return answered == 1; }));
  client.reset();
  loop.run_once(std::chrono::milliseconds(1));
  EXPECT_EQ(closed, 0) << "a server that is gone reports nothing";
}

TEST_F(Server, WaitsWhenDescriptorsRunOut) {
  listen(settings());
  auto client = connect();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  for (int i = 0; i < 20; ++i) loop.run_once(std::chrono::milliseconds(0));
  EXPECT_EQ(server->connections(), 0U);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ask(*client);
  EXPECT_TRUE(run_until(loop, [&] { return answered == 1; }));
}

TEST_F(Server, TakesAListenerItIsGiven) {
  auto listener = listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(listener);
  server = std::make_unique<HttpServer>(loop, std::move(*listener), settings());
  at = *server->endpoint();
  auto client = connect();
  ask(*client);
  EXPECT_TRUE(run_until(loop, [&] { return answered == 1; }));
  EXPECT_FALSE(HttpServer::listen(loop, at, settings()));
}

}  // namespace
}  // namespace cordon::wire
