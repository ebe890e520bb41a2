#include "lab/sbi.h"

#include <algorithm>
#include <format>

#include "cordon/base/bytes.h"
#include "cordon/base/text.h"

namespace cordon::lab {

namespace {

bool is_unreserved(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

Result<wire::Json> json_part(const std::vector<Part>& parts) {
  const auto found = std::ranges::find(parts, "application/json", &Part::content_type);
  if (found == parts.end()) return fail(ErrorKind::invalid_input, "multipart body: no JSON part");
  return wire::parse_json(found->body);
}

}  // namespace

std::optional<std::string_view> Target::query_value(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

Target parse_target(std::string_view path) {
  Target target;
  const auto mark = path.find('?');
  for (const auto segment : split(path.substr(0, mark), '/')) {
    if (!segment.empty()) target.segments.push_back(percent_decoded(segment));
  }
  if (mark == std::string_view::npos) return target;
  for (const auto pair : split(path.substr(mark + 1), '&')) {
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    target.query.emplace_back(percent_decoded(pair.substr(0, equals)), percent_decoded(value));
  }
  return target;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte =
        text[i] == '%' && i + 2 < text.size() ? from_hex(text.substr(i + 1, 2)) : Result<Bytes>(Bytes{});
    const bool decoded = byte && byte->size() == 1;
    out += decoded ? static_cast<char>(byte->front()) : text[i];
    if (decoded) i += 2;
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += std::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

wire::Response reply_status(int status) { return {.status = status, .headers = {}, .body = {}}; }

wire::Response reply_json(int status, const wire::Json& body, std::string_view content_type) {
  return {.status = status, .headers = {{"content-type", std::string(content_type)}}, .body = body.dump()};
}

wire::Response reply_created(std::string location, const wire::Json& body, int status) {
  auto response = reply_json(status, body);
  response.headers.push_back({"location", std::move(location)});
  return response;
}

wire::Response reply_problem(int status, std::string_view title, std::string_view detail) {
  wire::Json problem;
  problem.set("title", title).set("status", status);
  if (!detail.empty()) problem.set("detail", detail);
  return reply_json(status, problem, "application/problem+json");
}

wire::Request make_request(NfType target, std::string_view method, std::string path) {
  return {.method = std::string(method),
          .scheme = "https",
          .authority = authority_of(target),
          .path = std::move(path),
          .headers = {{"accept", "application/json,application/problem+json"}},
          .body = {}};
}

wire::Request make_request(NfType target, std::string_view method, std::string path, const wire::Json& body,
                           std::string_view content_type) {
  auto request = make_request(target, method, std::move(path));
  request.headers.push_back({"content-type", std::string(content_type)});
  request.body = body.dump();
  return request;
}

Result<Content> read_content(const wire::Headers& headers, std::string_view body) {
  Content content;
  if (body.empty()) return content;
  const auto type = wire::find_header(headers, "content-type").value_or("");
  if (is_multipart(type)) {
    auto parts = parse_multipart(type, body);
    if (!parts) return std::unexpected(parts.error());
    content.parts = std::move(*parts);
  }
  auto json = content.parts.empty() ? wire::parse_json(body) : json_part(content.parts);
  if (!json) return std::unexpected(json.error());
  content.json = std::move(*json);
  return content;
}

std::string path_of_uri(std::string_view uri) {
  if (uri.starts_with('/')) return std::string(uri);
  const auto host = uri.find("://");
  const auto path = host == std::string_view::npos ? host : uri.find('/', host + 3);
  return path == std::string_view::npos ? "" : std::string(uri.substr(path));
}

std::string authority_of_uri(std::string_view uri) {
  const auto host = uri.find("://");
  if (host == std::string_view::npos) return "";
  const auto rest = uri.substr(host + 3);
  return std::string(rest.substr(0, rest.find('/')));
}

std::string location_path(const wire::Response& response) {
  return path_of_uri(wire::find_header(response.headers, "location").value_or(""));
}

wire::Json copy_members(const wire::Json& from, std::initializer_list<std::string_view> names) {
  wire::Json out{wire::JsonObject{}};
  for (const auto name : names) {
    if (const auto* value = from.find(name)) out.set(name, *value);
  }
  return out;
}

const wire::Json& member(const wire::Json& of, std::string_view name) {
  static const wire::Json kNull;
  const auto* found = of.find(name);
  return found ? *found : kNull;
}

}  // namespace cordon::lab
