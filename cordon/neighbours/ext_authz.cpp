#include "cordon/neighbours/ext_authz.h"

#include <algorithm>

#include "cordon/base/log.h"
#include "cordon/neighbours/check_request.h"
#include "cordon/neighbours/grpc.h"

namespace cordon::neighbours {

namespace {

constexpr std::string_view kCheck = "/envoy.service.auth.v3.Authorization/Check";
constexpr std::size_t kRoomForFields = 256 << 10;  // of a CheckRequest, beside the body

wire::HttpServer::Settings settings_for(const EnvoyDoor& door) {
  wire::HttpServer::Settings out;
  out.limits.max_body = wire::kMaxBody + kRoomForFields;
  out.max_connections = 256;
  if (door.tls) {
    out.wrap = [tls = door.tls](Fd fd, const Endpoint&) { return crypto::TlsStream::accept(tls, std::move(fd)); };
  }
  return out;
}

// An error of gRPC might be taken for a permit, by failure_mode_allow: so a question that cannot be read is refused.
Advice refusal(const Error& error) {
  return {.permit = false,
          .problem = {400, "Malformed request", "", "Cordon cannot read what it is asked: " + error.message, ""},
          .rule = "malformed-inquiry",
          .record = ""};
}

}  // namespace

ExtAuthz::ExtAuthz(Loop& loop, Fd listener, EnvoyDoor door, Ask ask) : door_(std::move(door)), ask_(std::move(ask)) {
  auto settings = settings_for(door_);
  settings.events.on_ready = [this](wire::ServerConnection& connection) { meet(connection); };
  settings.events.on_request = [this](wire::ServerConnection& connection, std::int32_t stream,
                                      wire::Request&& request) { on_request(connection, stream, request); };
  server_ = std::make_unique<wire::HttpServer>(loop, std::move(listener), std::move(settings));
}

ExtAuthz::~ExtAuthz() = default;

// Whoever may ask may fill the log.
void ExtAuthz::meet(wire::ServerConnection& connection) const {
  const auto* tls = dynamic_cast<const crypto::TlsStream*>(&connection.stream());
  if (!tls) return;
  const auto certificate = tls->peer_certificate();
  const auto shown = certificate ? certificate->dns_names() : std::vector<std::string>();
  if (std::ranges::any_of(shown, [&](const auto& name) { return std::ranges::contains(door_.names, name); })) return;
  log(LogLevel::warn, "a neighbour that may not ask was sent away",
      {{"certificate", certificate ? certificate->subject() : "none"}});
  connection.close();
}

void ExtAuthz::on_request(wire::ServerConnection& connection, std::int32_t stream,
                          const wire::Request& request) const {
  if (!is_grpc(request) || request.path != kCheck) {
    return connection.respond(
        stream, grpc_failure(GrpcStatus::unimplemented, "only envoy.service.auth.v3.Authorization/Check is served"));
  }
  const auto answer = [weak = connection.weak_from_this(), stream](const Advice& advice) {
    const auto open = weak.lock();
    if (!open) return;
    open->respond_with_trailers(stream, grpc_answer(write_check_response(advice)), grpc_trailers(GrpcStatus::ok));
  };
  auto inquiry = grpc_message(request.body).and_then(read_check_request);
  if (!inquiry) return answer(refusal(inquiry.error()));
  ask_(std::move(*inquiry), answer);
}

}  // namespace cordon::neighbours
