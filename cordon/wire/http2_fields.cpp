#include "cordon/wire/http2_fields.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>

#include "cordon/base/bytes.h"
#include "cordon/wire/problem.h"

namespace cordon::wire {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_host(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

// RFC 9113 8.2.2: "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields."
bool is_connection_specific(const Header& header) {
  static constexpr std::array<std::string_view, 5> kNames = {"connection", "proxy-connection", "keep-alive",
                                                             "transfer-encoding", "upgrade"};
  if (header.name == "te") return header.value != "trailers";
  return std::ranges::find(kNames, header.name) != kNames.end();
}

bool may_be_sent(const Header& header) {
  const auto name = as_bytes(header.name);
  const auto value = as_bytes(header.value);
  return !header.name.starts_with(':') && nghttp2_check_header_name(name.data(), name.size()) != 0 &&
         nghttp2_check_header_value_rfc9113(value.data(), value.size()) != 0;
}

void set_content_length(Headers& headers, std::size_t size) {
  const auto found = std::ranges::find(headers, "content-length", &Header::name);
  if (found == headers.end()) {
    headers.push_back({"content-length", std::to_string(size)});
    return;
  }
  found->value = std::to_string(size);
  const auto is_second = [](const Header& header) { return header.name == "content-length"; };
  headers.erase(std::remove_if(found + 1, headers.end(), is_second), headers.end());
}

void drop(Headers& headers, std::string_view name) {
  std::erase_if(headers, [name](const Header& header) { return header.name == name; });
}

// RFC 9113 8.3.1: one of :authority and Host is enough, but they must not contradict each other.
bool fold_host(Request& request) {
  const auto host = find_header(request.headers, "host");
  if (!host) return true;
  if (request.authority.empty()) request.authority = *host;
  const bool agrees = same_host(request.authority, *host);
  drop(request.headers, "host");
  return agrees;
}

bool good_control_data(const Request& request) {
  const auto method = as_bytes(request.method);
  const auto path = as_bytes(request.path);
  const auto authority = as_bytes(request.authority);
  return nghttp2_check_method(method.data(), method.size()) != 0 && !path.empty() &&
         nghttp2_check_path(path.data(), path.size()) != 0 && !authority.empty() &&
         nghttp2_check_authority(authority.data(), authority.size()) != 0;
}

bool never_has_body(int status) { return status == 204 || status == 304; }

Response broken_answer() {
  return to_response({.status = 500,
                      .title = "Internal Server Error",
                      .cause = "SYSTEM_FAILURE",
                      .detail = "the answer had a status or a field that HTTP/2 does not allow",
                      .instance = {}});
}

}  // namespace

Result<Headers> outgoing(Headers headers) {
  for (auto& header : headers) std::ranges::transform(header.name, header.name.begin(), lower);
  std::erase_if(headers, is_connection_specific);
  const auto bad = std::ranges::find_if_not(headers, may_be_sent);
  if (bad == headers.end()) return headers;
  return fail(ErrorKind::invalid_input,
              std::format("header field {} has a name or value that HTTP/2 does not allow: remove it",
                          bad - headers.begin() + 1));
}

Result<Request> outgoing(Request request) {
  auto headers = outgoing(std::move(request.headers));
  if (!headers) return std::unexpected(std::move(headers.error()));
  request.headers = std::move(*headers);
  if (!fold_host(request) || !good_control_data(request)) {
    return fail(ErrorKind::invalid_input, "the request's method, authority, path or Host is missing or not allowed");
  }
  if (auto fault = fault_of(request)) return fail(ErrorKind::invalid_input, std::string(*fault));
  // Here set even for an empty body when the caller named it: a stale length would be a malformed message.
  if (!request.body.empty() || find_header(request.headers, "content-length")) {
    set_content_length(request.headers, request.body.size());
  }
  return request;
}

Response outgoing(Response response, bool to_head) {
  auto headers = outgoing(std::move(response.headers));
  if (!headers || response.status < 200 || response.status > 599) {
    response = broken_answer();
  } else {
    response.headers = std::move(*headers);
  }
  // RFC 9110 8.6: no Content-Length with 204; to HEAD and with 304 it tells what GET would have had.
  if (response.status == 204) drop(response.headers, "content-length");
  if (to_head || never_has_body(response.status)) {
    response.body.clear();
  } else if (!response.body.empty() || find_header(response.headers, "content-length")) {
    set_content_length(response.headers, response.body.size());
  }
  return response;
}

std::optional<std::string_view> fault_of(Request& request) {
  if (!fold_host(request)) return "Host contradicts :authority (RFC 9113 8.3.1)";
  if (request.authority.contains('@')) return "the authority has a user part (RFC 9113 8.3.1)";
  if (request.scheme != "http" && request.scheme != "https") return "the scheme is neither http nor https";
  if (request.path.contains('#')) return "the path has a fragment (RFC 9113 8.3.1)";
  if (request.method == "CONNECT") return "CONNECT is not served";
  if (!request.path.starts_with('/') && !(request.method == "OPTIONS" && request.path == "*")) {
    return "the path does not begin with '/'";
  }
  return std::nullopt;
}

std::optional<std::uint64_t> content_length(const Headers& headers) {
  const auto text = find_header(headers, "content-length");
  if (!text) return std::nullopt;
  std::uint64_t length = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), length);
  return parsed.ec == std::errc{} ? length : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace cordon::wire
