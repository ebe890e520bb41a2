// A proxy under test amid the test network.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "cordon/enforcement/proxy.h"
#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement::test {

class ProxyTest : public testing::Test {
 protected:
  ProxyTest() { start(); }
  ~ProxyTest() override { caller.reset(); }

  static std::shared_ptr<const crypto::TlsContext> server(const crypto::TlsSettings& settings) {
    return crypto::TlsContext::server(settings).value();
  }
  static std::shared_ptr<const crypto::TlsContext> client(const crypto::TlsSettings& settings) {
    return crypto::TlsContext::client(settings).value();
  }

  // The proxy anew, as the members below say.
  void start() {
    ProxyParts parts;
    parts.name = "edge1";
    if (!cleartext) {
      const auto settings = network.tls_of_proxy();
      parts.server_tls = server(settings);
      parts.client_tls = client(settings);
    }
    parts.shared_listen = shared_listen;
    parts.upstream_time = upstream_time;
    parts.spool = spool;
    parts.checks = checks;
    parts.limits = limits;
    proxy.reset();
    proxy = std::make_unique<Proxy>(loop, std::move(parts), evidence, metrics);
  }
  Result<void> apply(std::string policy = kPermitAll) {
    return proxy->apply(network.protection(std::move(policy), ++sequence));
  }

  TestProducer& behind(const std::string& name) {
    auto& nf = producers[name];
    nf = std::make_unique<TestProducer>(loop, network.nf(name), cleartext ? nullptr : server(network.tls_of(name)));
    return *nf;
  }
  // A new connection of one NF to where another one seems to be.
  TestCaller& call(const std::string& from, const std::string& to) {
    return call_at(network.nf(to).listen, from, to);
  }
  TestCaller& call_at(const Endpoint& at, const std::string& from, const std::string& to) {
    TestCaller::From how;
    if (cleartext) {
      how.source = network.nf(from).upstream.address;
    } else {
      how.tls = client(network.tls_of(from));
      how.server_name = network.nf(to).dns();
    }
    caller = std::make_unique<TestCaller>(loop, at, how);
    return *caller;
  }
  // Whatever was to happen without waiting has happened.
  void settle() {
    for (int round = 0; round < 20; ++round) loop.run_once(std::chrono::milliseconds(0));
  }

  bool cleartext = false;
  std::optional<Endpoint> shared_listen;
  std::chrono::milliseconds upstream_time{60'000};
  std::uint64_t sequence = 0;

  TestNetwork network;
  Loop loop;
  Metrics metrics;
  TestEvidence evidence{loop};
  evidence::Spool* spool = nullptr;
  Checks checks;
  Limits limits;
  std::map<std::string, std::unique_ptr<TestProducer>> producers;
  std::unique_ptr<Proxy> proxy;
  std::unique_ptr<TestCaller> caller;
};

}  // namespace cordon::enforcement::test
