#include "cordon/neighbours/auth_request.h"

#include <gtest/gtest.h>

namespace cordon::neighbours {
namespace {

wire::Request asked(std::string path = "/auth", wire::Headers more = {}) {
  wire::Request out{.method = "GET", .path = std::move(path)};
  out.headers = {{"x-original-method", "PUT"},
                 {"x-original-uri", "/nnrf-nfm/v1/nf-instances/x?a=%2f"},
                 {"x-original-host", "nrf1.5gc.test"},
                 {"x-client-cert", "-----BEGIN%20"},
                 {"x-client-address", "10.0.0.7:1"}};
  out.headers.insert(out.headers.end(), more.begin(), more.end());
  return out;
}

std::string refused(wire::Request request) {
  const auto read = read_auth_request(request);
  return read ? "" : read.error().message;
}

wire::Request without(std::string_view name) {
  auto out = asked();
  std::erase_if(out.headers, [name](const auto& header) { return header.name == name; });
  return out;
}

TEST(AuthRequestTest, IsReadFromWhatNginxSets) {
  const auto inquiry = read_auth_request(asked("/auth", {{"authorization", "Bearer t"},
                                                         {"content-type", "application/json"},
                                                         {"3gpp-sbi-oci", "x"}}))
                           .value();
  EXPECT_EQ(inquiry.request.method, "PUT");
  EXPECT_EQ(inquiry.request.path, "/nnrf-nfm/v1/nf-instances/x?a=%2f");
  EXPECT_EQ(inquiry.request.authority, "nrf1.5gc.test");
  EXPECT_EQ(inquiry.certificate, "-----BEGIN%20");
  EXPECT_EQ(inquiry.address, "10.0.0.7:1");
  EXPECT_FALSE(inquiry.shows_bodies);
  EXPECT_EQ(inquiry.producer, "");
  EXPECT_EQ(inquiry.request.headers, (wire::Headers{{"authorization", "Bearer t"}, {"3gpp-sbi-oci", "x"}}));
}

TEST(AuthRequestTest, TheProducerMayBeNamedInThePath) {
  auto request = without("x-original-host");
  request.path = "/auth/nrf1";
  EXPECT_EQ(read_auth_request(request).value().producer, "nrf1");
}

// A caller's own field beside NGINX's, or in the place of one that NGINX was not told to set.
TEST(AuthRequestTest, WhatNginxMustSetIsThereOnce) {
  EXPECT_TRUE(refused(without("x-original-method")).contains("x-original-method is missing"));
  EXPECT_TRUE(refused(without("x-original-uri")).contains("x-original-uri is missing"));
  EXPECT_TRUE(refused(without("x-original-host")).contains("x-original-host is missing"));
  EXPECT_EQ(refused(without("x-client-cert")), "") << "NGINX leaves out empty fields: there was no certificate";
  for (const auto* name : {"x-original-method", "x-original-uri", "x-original-host", "x-client-cert"}) {
    EXPECT_TRUE(refused(asked("/auth", {{name, "again"}})).contains("more than once")) << name;
  }
  EXPECT_TRUE(refused(asked("/other")).contains("/auth"));
  EXPECT_TRUE(refused(asked("/authority")).contains("/auth"));
}

TEST(AuthRequestTest, APermitIs204) {
  Advice advice{.permit = true, .problem = {}, .rule = "all", .record = "3"};
  const auto answer = write_auth_answer(advice);
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers, (wire::Headers{{"x-cordon-record", "3"}, {"x-cordon-rule", "all"}}));
  advice.authorization = "Bearer own";
  EXPECT_EQ(wire::find_header(write_auth_answer(advice).headers, "x-cordon-authorization"), "Bearer own");
}

TEST(AuthRequestTest, ARefusalIs403WithItsReasonAnd401OnlyForTokens) {
  Advice advice{
      .permit = false, .problem = {404, "No such NF", "", "caf\xc3\xa9\r\nx: y", ""}, .rule = "r", .record = "3"};
  auto answer = write_auth_answer(advice);
  EXPECT_EQ(answer.status, 403) << "ngx_http_auth_request_module makes an error 500 of any other";
  EXPECT_EQ(wire::find_header(answer.headers, "x-cordon-status"), "404");
  const auto problem = std::string(wire::find_header(answer.headers, "x-cordon-problem").value());
  EXPECT_TRUE(problem.contains("No such NF"));
  EXPECT_TRUE(std::ranges::all_of(problem, [](char c) { return c >= ' ' && c <= '~'; })) << problem;
  advice.problem.status = 401;
  advice.problem.challenge = "Bearer realm=\"nudm-sdm\"";
  answer = write_auth_answer(advice);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(wire::find_header(answer.headers, "www-authenticate"), "Bearer realm=\"nudm-sdm\"");
}

}  // namespace
}  // namespace cordon::neighbours
