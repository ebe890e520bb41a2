#include "cordon/neighbours/ext_authz.h"

#include <gtest/gtest.h>

#include "cordon/enforcement/test_network.h"
#include "cordon/neighbours/grpc.h"
#include "cordon/neighbours/test_protobuf.h"

namespace cordon::neighbours {
namespace {

using enforcement::test::TestCaller;
using enforcement::test::TestNetwork;

constexpr const char* kCheck = "/envoy.service.auth.v3.Authorization/Check";

class ExtAuthzTest : public testing::Test {
 protected:
  void start(EnvoyDoor door = {}) {
    auto fd = listen_tcp({"127.0.0.1", 0}).value();
    envoys.emplace(loop, std::move(fd), std::move(door), [this](Inquiry inquiry, const Advised& done) {
      asked.push_back(std::move(inquiry));
      done(advice);
    });
  }
  Result<wire::Response> ask(wire::Request request, const TestCaller::From& from = {}) {
    caller = std::make_unique<TestCaller>(loop, envoys->endpoint().value(), from);
    return caller->ask(std::move(request));
  }
  static wire::Request check(std::string body, std::string path = kCheck) {
    return {.method = "POST",
            .scheme = "http",
            .authority = "cordon",
            .path = std::move(path),
            .headers = {{"content-type", "application/grpc"}, {"te", "trailers"}},
            .body = std::move(body)};
  }

  Loop loop;
  std::vector<Inquiry> asked;
  Advice advice{.permit = true, .problem = {}, .rule = "all", .record = "12"};
  std::optional<ExtAuthz> envoys;
  std::unique_ptr<TestCaller> caller;
};

TEST_F(ExtAuthzTest, AnswersACheckInAFrameOfGrpc) {
  start();
  const auto got = ask(check(grpc_frame(test::Check{.producer = "udm1"}.text()))).value();
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(wire::find_header(got.headers, "content-type"), "application/grpc+proto");
  EXPECT_TRUE(grpc_message(got.body).value().contains("x-cordon-record"));
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].producer, "udm1");
}

// failure_mode_allow would let pass what ends in an error of gRPC.
TEST_F(ExtAuthzTest, WhatItCannotReadItRefuses) {
  start();
  for (const auto& body : {std::string("junk"), grpc_frame("\xff\xff"), std::string()}) {
    const auto got = ask(check(body)).value();
    EXPECT_TRUE(grpc_message(got.body).value().contains("malformed-inquiry"));
    EXPECT_TRUE(grpc_message(got.body).value().contains("\"status\":400"));
  }
  EXPECT_TRUE(asked.empty());
}

TEST_F(ExtAuthzTest, KnowsOneMethodOnly) {
  start();
  const auto other = ask(check("", "/envoy.service.auth.v2.Authorization/Check")).value();
  EXPECT_EQ(wire::find_header(other.headers, "grpc-status"), "12");
  const auto plain = ask(enforcement::test::get("cordon", kCheck)).value();
  EXPECT_EQ(wire::find_header(plain.headers, "grpc-status"), "12");
}

TEST_F(ExtAuthzTest, OverTlsOnlyThoseAskWhoAreNamed) {
  const TestNetwork network;
  start({.tls = crypto::TlsContext::server(network.tls_of("nrf1")).value(), .names = {network.nf("amf1").dns()}});
  const auto from = [&](const std::string& name) {
    return TestCaller::From{.tls = crypto::TlsContext::client(network.tls_of(name)).value(),
                            .server_name = network.nf("nrf1").dns(),
                            .source = ""};
  };
  EXPECT_TRUE(ask(check(grpc_frame(test::Check{}.text())), from("amf1")));
  EXPECT_FALSE(ask(check(grpc_frame(test::Check{}.text())), from("udm1")));
  EXPECT_EQ(asked.size(), 1U);
}

}  // namespace
}  // namespace cordon::neighbours
