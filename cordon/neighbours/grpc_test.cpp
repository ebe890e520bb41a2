#include "cordon/neighbours/grpc.h"

#include <gtest/gtest.h>

namespace cordon::neighbours {
namespace {

TEST(GrpcTest, AMessageComesBackOutOfItsFrame) {
  const std::string message(300, 'm');
  const auto frame = grpc_frame(message);
  EXPECT_EQ(frame.substr(0, 5), std::string("\0\0\0\x01\x2c", 5));
  EXPECT_EQ(grpc_message(frame).value(), message);
  EXPECT_EQ(grpc_message(grpc_frame("")).value(), "");
}

TEST(GrpcTest, ExactlyOneUncompressedMessageIsTaken) {
  const auto refused = [](const std::string& body) {
    const auto got = grpc_message(body);
    return got ? "" : got.error().message;
  };
  EXPECT_TRUE(refused("").contains("no whole message"));
  EXPECT_TRUE(refused(std::string(4, '\0')).contains("no whole message"));
  EXPECT_TRUE(refused(std::string("\1\0\0\0\0", 5)).contains("compressed"));
  EXPECT_TRUE(refused(grpc_frame("one") + grpc_frame("two")).contains("not exactly one"));
  EXPECT_TRUE(refused(grpc_frame("cut").substr(0, 7)).contains("not exactly one"));
  EXPECT_TRUE(refused(std::string("\0\xff\xff\xff\xff", 5)).contains("not exactly one"));
}

TEST(GrpcTest, KnowsItsRequestsAndTellsFailures) {
  wire::Request request{.method = "POST", .path = "/", .headers = {{"content-type", "application/grpc"}}};
  EXPECT_TRUE(is_grpc(request));
  request.headers[0].value = "application/grpc+json";
  EXPECT_FALSE(is_grpc(request));
  request = {.method = "GET", .path = "/", .headers = {{"content-type", "application/grpc"}}};
  EXPECT_FALSE(is_grpc(request));
  const auto failure = grpc_failure(GrpcStatus::unimplemented, "50 % of\n");
  EXPECT_EQ(failure.status, 200);
  EXPECT_EQ(wire::find_header(failure.headers, "grpc-status"), "12");
  EXPECT_EQ(wire::find_header(failure.headers, "grpc-message"), "50 %25 of%0A");
  EXPECT_EQ(grpc_trailers(GrpcStatus::ok), (wire::Headers{{"grpc-status", "0"}}));
}

}  // namespace
}  // namespace cordon::neighbours
