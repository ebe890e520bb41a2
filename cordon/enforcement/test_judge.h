// Judging one request of the test network, without a connection.
#pragma once

#include <memory>
#include <string>

#include "cordon/enforcement/judge.h"
#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement::test {

const TestNetwork& network();                        // one for all tests
std::string source(const std::string& path);         // a file of the repository
std::shared_ptr<const Protection> default_policy();  // policies/sbi.cedar over that network

// One request as it arrives: whose connection, at which NF's listener, what it says.
struct Arrival {
  const char* caller = "amf1";  // "": nobody of the inventory
  const char* producer = "nrf1";
  wire::Request request = get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances");
};

Verdict judged(const Arrival& arrival, const Protection& by, WallTime now = system_clock().now());
Verdict judged(const Arrival& arrival, std::string policy = kPermitAll);

wire::Request with_body(std::string method, std::string path, std::string type, std::string body);

}  // namespace cordon::enforcement::test
