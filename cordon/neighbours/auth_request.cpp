#include "cordon/neighbours/auth_request.h"

#include <algorithm>
#include <array>
#include <format>

namespace cordon::neighbours {

namespace {

constexpr std::string_view kPath = "/auth";

// About the body or the subrequest itself; the first four are NGINX's own word.
constexpr auto kNotTheCallers = std::to_array<std::string_view>(
    {"x-original-method", "x-original-uri", "x-original-host", "x-client-cert", "x-client-address", "content-type",
     "content-length", "content-encoding", "transfer-encoding", "expect", "host", "connection"});

// Twice would mean that a caller's own stands beside the one that proxy_set_header makes.
Result<std::string> only(const wire::Headers& headers, std::string_view name, bool needed) {
  const auto count = std::ranges::count(headers, name, &wire::Header::name);
  if (count > 1 || (needed && count == 0)) {
    return fail(ErrorKind::invalid_input,
                std::format("{} is {}: set it with proxy_set_header in the location of auth_request", name,
                            count == 0 ? "missing" : "there more than once"));
  }
  return std::string(wire::find_header(headers, name).value_or(""));
}

std::string printable_ascii(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

void add(wire::Headers& headers, std::string name, std::string value) {
  headers.push_back({std::move(name), printable_ascii(std::move(value))});
}

wire::Http1Server::Settings settings_for(Ask ask) {
  wire::Http1Server::Settings out;
  out.limits = {.head_bytes = 64 << 10, .header_lines = 128, .body_bytes = 0};
  out.max_per_address = out.max_connections;  // of a Unix socket all come from one
  out.answer_later = [ask = std::move(ask)](const wire::Request& request, wire::Http1Server::Reply reply) {
    auto inquiry = read_auth_request(request);
    if (!inquiry) return reply(wire::text_response(400, inquiry.error().message));
    ask(std::move(*inquiry), [reply = std::move(reply)](const Advice& advice) { reply(write_auth_answer(advice)); });
  };
  return out;
}

}  // namespace

Result<Inquiry> read_auth_request(const wire::Request& request) {
  const bool named = request.path.starts_with("/auth/");
  if (request.method != "GET" || !(named || request.path == kPath)) {
    return fail(ErrorKind::invalid_input, "only GET /auth and GET /auth/<producer> are served");
  }
  const auto method = only(request.headers, "x-original-method", true);
  const auto uri = only(request.headers, "x-original-uri", true);
  const auto host = only(request.headers, "x-original-host", !named);
  const auto certificate = only(request.headers, "x-client-cert", false);
  const auto address = only(request.headers, "x-client-address", false);
  for (const auto* each : {&method, &uri, &host, &certificate, &address}) {
    if (!*each) return std::unexpected(each->error());
  }
  Inquiry out{.certificate = *certificate,
              .address = address->substr(0, 64),
              .producer = named ? request.path.substr(kPath.size() + 1) : "",
              .shows_bodies = false,
              .request = {.method = *method, .authority = *host, .path = *uri, .headers = request.headers}};
  std::erase_if(out.request.headers,
                [](const auto& header) { return std::ranges::contains(kNotTheCallers, header.name); });
  return out;
}

wire::Response write_auth_answer(const Advice& advice) {
  const bool unauthorised = advice.problem.status == 401;
  wire::Response out{advice.permit ? 204 : unauthorised ? 401 : 403, {}, ""};
  if (!advice.record.empty()) add(out.headers, "x-cordon-record", advice.record);
  add(out.headers, "x-cordon-rule", advice.rule);
  if (advice.permit) {
    if (advice.authorization) add(out.headers, "x-cordon-authorization", *advice.authorization);
    return out;
  }
  add(out.headers, "x-cordon-status", std::to_string(advice.problem.status));
  add(out.headers, "x-cordon-problem", wire::to_response(advice.problem).body);
  // RFC 9110 11.6.1; NGINX hands it to the caller with a 401.
  if (!advice.problem.challenge.empty()) add(out.headers, "www-authenticate", advice.problem.challenge);
  return out;
}

AuthRequest::AuthRequest(Loop& loop, Fd listener, Ask ask)
    : server_(loop, std::move(listener), settings_for(std::move(ask))) {}

}  // namespace cordon::neighbours
