#include "cordon/neighbours/grpc.h"

#include <format>

namespace cordon::neighbours {

namespace {

constexpr std::size_t kPrefix = 5;

wire::Headers type() { return {{"content-type", "application/grpc+proto"}}; }

// "Percent-Encoded -> 1*(Percent-Byte-Unencoded / Percent-Byte-Encoded)"
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      out += c;
    } else {
      out += std::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

Result<std::string_view> grpc_message(std::string_view body) {
  if (body.size() < kPrefix) return fail(ErrorKind::invalid_input, "gRPC: no whole message");
  if (body[0] != 0) return fail(ErrorKind::invalid_input, "gRPC: a compressed message; no encoding was announced");
  std::size_t length = 0;
  for (std::size_t i = 1; i < kPrefix; ++i) length = length << 8 | static_cast<unsigned char>(body[i]);
  if (length != body.size() - kPrefix) return fail(ErrorKind::invalid_input, "gRPC: not exactly one message");
  return body.substr(kPrefix);
}

std::string grpc_frame(std::string_view message) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(message.size() >> shift & 0xff);
  return out.append(message);
}

bool is_grpc(const wire::Request& request) {
  const auto given = wire::find_header(request.headers, "content-type").value_or("");
  return request.method == "POST" && (given == "application/grpc" || given == "application/grpc+proto");
}

wire::Headers grpc_trailers(GrpcStatus status) { return {{"grpc-status", std::to_string(static_cast<int>(status))}}; }

wire::Response grpc_answer(std::string_view message) { return {200, type(), grpc_frame(message)}; }

wire::Response grpc_failure(GrpcStatus status, std::string_view why) {
  wire::Response out{200, type(), ""};
  out.headers.push_back({"grpc-status", std::to_string(static_cast<int>(status))});
  out.headers.push_back({"grpc-message", percent_encoded(why)});
  return out;
}

}  // namespace cordon::neighbours
