// An adviser over the test network.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "cordon/enforcement/test_network.h"
#include "cordon/neighbours/adviser.h"

namespace cordon::neighbours::test {

inline std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += plain ? std::string(1, c) : std::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

class AdviserTest : public testing::Test {
 protected:
  AdviserTest() { begin(); }
  void begin(AdviserParts parts = {.name = "edge1.authz", .checks = {}}) {
    adviser.emplace(std::move(parts), evidence, metrics);
    enforcement::TlsSet trust;
    trust.server = crypto::TlsContext::server(network.tls_of_proxy()).value();
    adviser->use_callers(std::move(trust));
  }
  void apply(std::string policy = enforcement::test::kPermitAll) {
    adviser->apply(network.protection(std::move(policy), ++sequence));
  }
  std::string certificate_of(const std::string& name) const {
    return escaped(network.tls_of(name).chain.front().pem());
  }
  Inquiry inquiry(const std::string& from = "amf1") const {
    return {.certificate = certificate_of(from),
            .address = "10.0.0.7:40001",
            .request = enforcement::test::get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances")};
  }
  Advice told(Inquiry asked) {
    std::optional<Advice> got;
    adviser->advise(std::move(asked), [&](const Advice& advice) { got = advice; });
    enforcement::test::run_until(loop, [&] { return got.has_value(); });
    return got.value();
  }

  enforcement::test::TestNetwork network;
  Loop loop;
  Metrics metrics;
  enforcement::test::TestEvidence evidence{loop};
  std::uint64_t sequence = 0;
  std::optional<Adviser> adviser;
};

}  // namespace cordon::neighbours::test
