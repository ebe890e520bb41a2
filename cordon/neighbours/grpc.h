// gRPC over HTTP/2, the part that unary calls need (PROTOCOL-HTTP2 of gRPC).
#pragma once

#include <string>
#include <string_view>

#include "cordon/base/result.h"
#include "cordon/wire/message.h"

namespace cordon::neighbours {

// https://grpc.io: "Length-Prefixed-Message -> Compressed-Flag Message-Length Message". One message, not compressed.
Result<std::string_view> grpc_message(std::string_view body);
std::string grpc_frame(std::string_view message);

bool is_grpc(const wire::Request& request);  // POST of application/grpc, maybe "+proto"

enum class GrpcStatus : int { ok = 0, invalid_argument = 3, unimplemented = 12 };
wire::Headers grpc_trailers(GrpcStatus status);
wire::Response grpc_answer(std::string_view message);
wire::Response grpc_failure(GrpcStatus status, std::string_view why);  // trailers only, in one header block

}  // namespace cordon::neighbours
