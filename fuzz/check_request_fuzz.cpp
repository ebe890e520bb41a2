// What asks `cordon authz`: Envoy's CheckRequest in a frame of gRPC, and a certificate as a neighbour escapes it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cordon/neighbours/auth_request.h"
#include "cordon/neighbours/callers.h"
#include "cordon/neighbours/check_request.h"
#include "cordon/neighbours/grpc.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon;
  using namespace cordon::neighbours;
  const std::string text(reinterpret_cast<const char*>(data), size);

  require(grpc_message(grpc_frame(text)).value() == text);
  static_cast<void>(grpc_message(text));

  if (const auto inquiry = read_check_request(text)) {
    const auto& request = inquiry->request;
    require(request.headers.size() <= kMostHeaders);
    for (const auto& header : request.headers) require(!header.name.empty() && header.name[0] != ':');
    require(request.body.size() + request.path.size() + inquiry->certificate.size() <= 3 * size);
  }

  if (const auto plain = unescape(text)) require(plain->size() <= size);

  Advice advice{.permit = false, .problem = {403, "", "", text, ""}, .rule = text, .record = "1"};
  for (const auto& header : write_auth_answer(advice).headers) {
    require(header.value.find_first_of("\r\n") == std::string::npos);
  }
  static_cast<void>(write_check_response(advice));
  const wire::Request subrequest{
      .method = "GET",
      .path = "/auth",
      .headers = {
          {"x-original-method", text}, {"x-original-uri", text}, {"x-original-host", text}, {"x-client-cert", text}}};
  require(read_auth_request(subrequest)->request.path == text);
  return 0;
}
