// A small core for tests: an authority, four NFs behind loopback ports of their own, their answers, and an evidence
// log that does as it is told.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <format>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/base/socket.h"
#include "cordon/crypto/test_authority.h"
#include "cordon/crypto/tls.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/evidence/client.h"
#include "cordon/wire/server.h"
#include "cordon/wire/test_connections.h"

namespace cordon::enforcement::test {

using wire::test::run_until;

inline constexpr const char* kAmf = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
inline constexpr const char* kNrf = "f97352f8-e555-41f1-9f59-65bd764bf60d";
inline constexpr const char* kUdm = "f9953e2c-e555-41f1-bd8b-2941ce299b45";
inline constexpr const char* kUdr = "f999ee0e-e555-41f1-aeaf-196e09b4add1";
inline constexpr const char* kProxyInstance = "0b3a8dca-d35b-41f1-a13b-c1b0f3d63d4d";
inline constexpr const char* kPermitAll = "@id(\"all\") permit (principal, action, resource);\n";

// A test without its network cannot run.
[[noreturn]] inline void stop(const std::string& why) {
  std::cerr << why << '\n';
  std::abort();
}

// Ports for this process alone, below those the system chooses itself (Linux: 32768 and above). Another process of
// tests has another share: each share is held by an abstract socket's name (unix(7)) until the process ends.
inline int first_port_of_share() {
  constexpr int kFirst = 10'000;
  constexpr int kShares = 20;
  for (int share = 0; share < kShares; ++share) {
    sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
    const auto text = std::format("cordon-test-ports-{}", share);
    std::ranges::copy(text, std::next(std::begin(name.sun_path)));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
    Fd holder(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (::bind(holder.get(), reinterpret_cast<const sockaddr*>(&name), length) != 0) continue;
    holder.release();  // ends with the process
    return kFirst + share * 1000;
  }
  stop("twenty programs of tests run already");
}

// A port nobody listens on now. The listener of the test takes it a moment later: therefore never one just given.
inline Endpoint free_endpoint(const std::string& address = "127.0.0.1") {
  static const int kFirst = first_port_of_share();
  static int next = 0;
  for (int tried = 0; tried < 1000; ++tried) {
    const Endpoint wanted{address, static_cast<std::uint16_t>(kFirst + next)};
    next = (next + 1) % 1000;
    if (listen_tcp(wanted)) return wanted;
  }
  stop("no port is free for a test");
}

struct TestNf {
  std::string instance;
  std::string type;
  std::string name;
  Endpoint listen;
  Endpoint upstream;

  std::string dns() const { return name + ".5gc.test"; }
  std::string yaml() const {
    return std::format(
        "  - {{instance: {}, type: {}, name: {}, dns: [{}], plmn: \"99970\", listen: \"{}\", upstream: \"{}\", "
        "upstream_name: {}}}\n",
        instance, type, name, dns(), listen.text(), upstream.text(), dns());
  }
};

struct TestNetwork {
  std::vector<TestNf> nfs{{kAmf, "AMF", "amf1", free_endpoint(), free_endpoint("127.0.0.2")},
                          {kNrf, "NRF", "nrf1", free_endpoint(), free_endpoint("127.0.0.3")},
                          {kUdm, "UDM", "udm1", free_endpoint(), free_endpoint("127.0.0.4")},
                          {kUdr, "UDR", "udr1", free_endpoint(), free_endpoint("127.0.0.5")}};
  crypto::TestAuthority authority{system_clock().now()};
  std::string more_inventory;  // "revoked:" and its list

  const TestNf& nf(std::string_view name) const { return *std::ranges::find(nfs, name, &TestNf::name); }
  void remove(std::string_view name) {
    std::erase_if(nfs, [name](const TestNf& each) { return each.name == name; });
  }

  std::string inventory() const {
    std::string text = "nfs:\n";
    for (const auto& each : nfs) text += each.yaml();
    return text + more_inventory;
  }

  Snapshot snapshot(std::string policy = kPermitAll, std::uint64_t sequence = 1) const {
    const auto now = system_clock().now();
    return {.sequence = sequence,
            .issued = now,
            .expires = now + std::chrono::hours(1),
            .policy_file = "test.cedar",
            .policy = std::move(policy),
            .inventory_file = "inventory.yaml",
            .inventory = inventory()};
  }

  std::shared_ptr<const Protection> protection(std::string policy = kPermitAll, std::uint64_t sequence = 1) const {
    auto compiled = compile(snapshot(std::move(policy), sequence));
    if (!compiled) stop(compiled.error().message);  // the test's own texts
    return *compiled;
  }

  crypto::TlsSettings tls(const crypto::IssueRequest& request) const {
    const auto identity = authority.issue_for(request);
    crypto::TlsSettings settings;
    settings.chain = {identity.certificate};
    settings.key = identity.key;
    settings.anchors = {authority.certificate()};
    return settings;
  }
  crypto::TlsSettings tls_of(std::string_view name) const {
    return tls(crypto::TestAuthority::nf(nf(name).instance, nf(name).dns()));
  }
  // The enforcement point carries the names of all it stands in for.
  crypto::TlsSettings tls_of_proxy() const {
    auto request = crypto::TestAuthority::nf(kProxyInstance, "cordon.5gc.test");
    for (const auto& each : nfs) request.dns_names.push_back(each.dns());
    return tls(request);
  }
};

// Keeps records in memory. Acknowledges from the loop, or holds until release(), or fails.
class TestEvidence final : public evidence::Client {
 public:
  enum class Mode { acknowledge, hold, fail };

  explicit TestEvidence(Loop& loop) : loop_(loop) {}
  void append(evidence::Record record, Done done, std::optional<evidence::SpoolMark> mark = std::nullopt) override {
    if (mark) marks.push_back(*mark);
    records.push_back(std::move(record));
    const Result<std::uint64_t> sequence = records.size() - 1;
    if (mode == Mode::hold) {
      held_.emplace_back(std::move(done), sequence);
    } else {
      finish(std::move(done), mode == Mode::fail ? std::unexpected(error) : sequence);
    }
  }
  bool connected() const override { return true; }
  std::shared_ptr<const evidence::Pseudonyms> pseudonyms() const override { return names; }
  std::optional<Bytes> spool_key() const override { return key; }
  void release() {
    for (auto& [done, sequence] : std::exchange(held_, {})) finish(std::move(done), sequence);
  }

  Mode mode = Mode::acknowledge;
  Error error{ErrorKind::unavailable, "the evidence writer is away"};
  std::vector<evidence::Record> records;
  std::vector<evidence::SpoolMark> marks;
  std::optional<Bytes> key = to_bytes("a key for spools");
  std::shared_ptr<const evidence::Pseudonyms> names =
      std::make_shared<evidence::Pseudonyms>(to_bytes("a key for tests"));

 private:
  void finish(Done done, Result<std::uint64_t> result) {
    loop_.defer([done = std::move(done), result = std::move(result)] { done(result); });
  }

  Loop& loop_;
  std::vector<std::pair<Done, Result<std::uint64_t>>> held_;
};

// The NF behind the enforcement point: answers 200 with its name, or as `answer` says.
class TestProducer {
 public:
  using Answer = std::function<void(wire::ServerConnection&, std::int32_t)>;

  TestProducer(Loop& loop, const TestNf& nf, std::shared_ptr<const crypto::TlsContext> tls = nullptr)
      : answer([name = nf.name](wire::ServerConnection& connection, std::int32_t stream) {
          connection.respond(stream, {200, {{"content-type", "text/plain"}}, name});
        }) {
    wire::HttpServer::Settings settings;
    settings.wrap = [this, tls](Fd fd, const Endpoint&) -> std::unique_ptr<ByteStream> {
      ++accepted;
      if (tls) return crypto::TlsStream::accept(tls, std::move(fd));
      return std::make_unique<PlainStream>(std::move(fd));
    };
    settings.events.on_request = [this](wire::ServerConnection& connection, std::int32_t stream,
                                        wire::Request&& request) {
      requests.push_back(std::move(request));
      connections.push_back(connection.weak_from_this());
      streams.push_back(stream);
      answer(connection, stream);
    };
    auto made = wire::HttpServer::listen(loop, nf.upstream, std::move(settings));
    if (!made) stop(made.error().message);
    server = std::move(*made);
  }

  Answer answer;
  int accepted = 0;
  std::vector<wire::Request> requests;
  std::vector<std::weak_ptr<wire::ServerConnection>> connections;  // of each request
  std::vector<std::int32_t> streams;                               // of each request
  std::unique_ptr<wire::HttpServer> server;
};

inline wire::Request get(std::string authority, std::string path) {
  return {.method = "GET",
          .scheme = "https",
          .authority = std::move(authority),
          .path = std::move(path),
          .headers = {},
          .body = {}};
}

// An NF that calls: one connection, over TLS when given a context.
class TestCaller {
 public:
  struct From {
    std::shared_ptr<const crypto::TlsContext> tls;
    std::string server_name;
    std::string source;  // the address to come from
  };

  TestCaller(Loop& loop, const Endpoint& to, const From& from) : loop_(loop) {
    auto fd = connect_tcp(to, from.source);
    if (!fd) stop(fd.error().message);
    std::unique_ptr<ByteStream> stream;
    if (from.tls) {
      stream = crypto::TlsStream::connect(from.tls, std::move(*fd), from.server_name);
    } else {
      stream = std::make_unique<PlainStream>(std::move(*fd));
    }
    connection = wire::ClientConnection::start(loop, std::move(stream), {}, [this](const std::string& why) {
      closed = true;
      closed_why = why;
    });
  }

  std::size_t send(wire::Request request) {  // which answer to look for
    const auto place = answers_->size();
    answers_->emplace_back();
    connection->request(
        std::move(request), std::chrono::seconds(600),
        [answers = answers_, place](Result<wire::Response> got) { (*answers)[place] = std::move(got); });
    return place;
  }
  bool answered(std::size_t place) const { return (*answers_)[place].has_value(); }
  Result<wire::Response> answer(std::size_t place) const {
    if (!run_until(loop_, [&] { return answered(place); })) return fail(ErrorKind::internal, "no answer");
    return *(*answers_)[place];
  }
  Result<wire::Response> ask(wire::Request request) { return answer(send(std::move(request))); }

  std::shared_ptr<wire::ClientConnection> connection;
  bool closed = false;
  std::string closed_why;

 private:
  Loop& loop_;
  std::shared_ptr<std::deque<std::optional<Result<wire::Response>>>> answers_ =
      std::make_shared<std::deque<std::optional<Result<wire::Response>>>>();
};

}  // namespace cordon::enforcement::test
