#include "cordon/neighbours/check_request.h"

#include <gtest/gtest.h>

#include "cordon/neighbours/test_protobuf.h"

namespace cordon::neighbours {
namespace {

using namespace test;

std::string refused(const std::string& message) {
  const auto read = read_check_request(message);
  return read ? "" : read.error().message;
}

TEST(CheckRequestTest, IsReadAsFarAsItIsNeeded) {
  const Check check{.certificate = "-----BEGIN%20",
                    .principal = "urn:uuid:x",
                    .method = "PUT",
                    .body = "{}",
                    .headers = entry(3, "Authorization", "Bearer t") + entry(3, "content-length", "2"),
                    .producer = "udm1"};
  const auto inquiry = read_check_request(check.text()).value();
  EXPECT_EQ(inquiry.certificate, "-----BEGIN%20");
  EXPECT_EQ(inquiry.principal, "urn:uuid:x");
  EXPECT_EQ(inquiry.address, "10.0.0.7:40001");
  EXPECT_EQ(inquiry.producer, "udm1");
  EXPECT_EQ(inquiry.request.method, "PUT");
  EXPECT_EQ(inquiry.request.path, check.path);
  EXPECT_EQ(inquiry.request.authority, check.host);
  EXPECT_EQ(inquiry.request.body, "{}");
  EXPECT_EQ(inquiry.request.headers, (wire::Headers{{"authorization", "Bearer t"}, {"content-length", "2"}}));
  EXPECT_TRUE(inquiry.shows_bodies);
  EXPECT_FALSE(inquiry.body_missing);
}

TEST(CheckRequestTest, RawHeadersCountToo) {
  const auto map = part(13, part(1, part(1, "te") + part(2, "trailers")) + part(1, part(1, "a") + part(3, "raw")));
  const auto message = part(1, part(4, part(2, map)));
  EXPECT_EQ(read_check_request(message).value().request.headers, (wire::Headers{{"te", "trailers"}, {"a", "raw"}}));
}

TEST(CheckRequestTest, NoticesABodyThatIsNotShown) {
  EXPECT_TRUE(read_check_request(Check{.headers = entry(3, "content-length", "7")}.text()).value().body_missing);
  EXPECT_FALSE(read_check_request(Check{.headers = entry(3, "content-length", "0")}.text()).value().body_missing);
  const Check cut{.body = "{", .headers = entry(3, "x-envoy-auth-partial-body", "true")};
  EXPECT_TRUE(read_check_request(cut.text()).value().body_missing);
}

TEST(CheckRequestTest, WhatIsBrokenIsRefused) {
  const auto whole = Check{}.text();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(refused(whole.substr(0, size)).empty()) << size;
  }
  EXPECT_FALSE(refused(varint(1 << 3 | 3)).empty()) << "a group";
  EXPECT_EQ(refused(number(1, 5)), "") << "a field of another type is not ours";
  std::string many;
  for (int i = 0; i < 257; ++i) many += entry(3, "a", "b");
  EXPECT_TRUE(refused(Check{.headers = many}.text()).contains("more than 256"));
}

TEST(CheckRequestTest, APermitTellsTheProducerItsRecord) {
  const auto header = [](std::string_view name, std::string_view value) {
    return part(2, part(1, part(1, name) + part(2, value)) + number(3, 2));
  };
  Advice advice{.permit = true, .problem = {}, .rule = "all", .record = "12"};
  EXPECT_EQ(write_check_response(advice),
            part(1, "") + part(3, header("x-cordon-record", "12") + header("x-cordon-rule", "all")));
  advice.authorization = "Bearer own";
  EXPECT_TRUE(write_check_response(advice).ends_with(header("authorization", "Bearer own")));
  advice.authorization = "";
  EXPECT_TRUE(write_check_response(advice).ends_with(part(5, "authorization")));
}

TEST(CheckRequestTest, ARefusalIsWhatTheCallerSees) {
  const Advice advice{.permit = false,
                      .problem = {403, "Refused by policy", "", "no rule permits it", ""},
                      .rule = "no-permit",
                      .record = "7"};
  const auto text = write_check_response(advice);
  EXPECT_TRUE(text.starts_with(part(1, number(1, 7)))) << "google.rpc.Code PERMISSION_DENIED";
  EXPECT_TRUE(text.contains(part(1, number(1, 403))));
  EXPECT_TRUE(text.contains("application/problem+json"));
  EXPECT_TRUE(text.contains("\"detail\":\"no rule permits it\""));
  EXPECT_TRUE(text.contains("x-cordon-record"));
}

}  // namespace
}  // namespace cordon::neighbours
