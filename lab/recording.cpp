#include "lab/recording.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "cordon/base/bytes.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/wire/json.h"
#include "lab/sbi.h"

namespace cordon::lab {

namespace {

using wire::Json;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

// Pseudo-headers lose their colon's meaning in wire::Request, so they are kept apart.
struct Fields {
  wire::Headers pseudo;
  wire::Headers plain;
  std::string body;

  std::string value(std::string_view name) const { return std::string(wire::find_header(pseudo, name).value_or("")); }
};

Result<std::string> read_body(const Json& message) {
  if (const auto* base64 = message.find("bodyBase64")) {
    const auto bytes = from_base64(base64->text());
    if (!bytes) return std::unexpected(within("bodyBase64", bytes.error()));
    return std::string(as_text(*bytes));
  }
  const auto* body = message.find("body");
  if (body == nullptr || !body->is_string()) return wrong("body or bodyBase64 is missing");
  return std::string(body->text());
}

Result<Fields> read_fields(const Json& message) {
  auto body = read_body(message);
  if (!body) return std::unexpected(body.error());
  Fields fields{.pseudo = {}, .plain = {}, .body = std::move(*body)};
  for (const auto& header : member(message, "headers").array()) {
    const auto& pair = header.array();
    if (pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string())
      return wrong("headers: [name, value] expected");
    const auto name = pair[0].text();
    if (name == "content-length") continue;  // the transport counts anew
    auto& list = name.starts_with(':') ? fields.pseudo : fields.plain;
    list.push_back({std::string(name), std::string(pair[1].text())});
  }
  return fields;
}

Result<wire::Request> read_request(const Json& message) {
  auto fields = read_fields(message);
  if (!fields) return std::unexpected(within("request", fields.error()));
  wire::Request request{.method = fields->value(":method"),
                        .scheme = fields->value(":scheme"),
                        .authority = fields->value(":authority"),
                        .path = fields->value(":path"),
                        .headers = std::move(fields->plain),
                        .body = std::move(fields->body)};
  if (request.method.empty() || !request.path.starts_with('/')) return wrong("request: :method or :path is missing");
  return request;
}

Result<wire::Response> read_response(const Json& message) {
  auto fields = read_fields(message);
  if (!fields) return std::unexpected(within("response", fields.error()));
  const auto text = fields->value(":status");
  int status = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), status);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || status < 100 || status > 599) {
    return wrong("response: :status is no status");
  }
  return wire::Response{.status = status, .headers = std::move(fields->plain), .body = std::move(fields->body)};
}

Result<Exchange> read_exchange(const Json& line) {
  auto request = read_request(member(line, "request"));
  if (!request) return std::unexpected(request.error());
  auto response = read_response(member(line, "response"));
  if (!response) return std::unexpected(response.error());
  const auto caller = nf_type(wire::find_header(request->headers, "user-agent").value_or(""));
  if (!caller) return wrong("request: user-agent names none of the lab's NFs");
  const auto target = nf_at(member(line, "server").text());
  if (!target) return wrong("server is none of the lab's addresses");
  return Exchange{.index = 0,
                  .caller = *caller,
                  .target = *target,
                  .request = std::move(*request),
                  .response = std::move(*response)};
}

}  // namespace

Result<std::vector<Exchange>> parse_recording(std::string_view text, const RecordingLimits& limits) {
  if (text.size() > limits.bytes) return wrong(std::format("a recording may have {} bytes", limits.bytes));
  std::vector<Exchange> exchanges;
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    if (exchanges.size() == limits.exchanges) return wrong(std::format("line {}: too many exchanges", number));
    const auto json = wire::parse_json(line);
    if (!json) return std::unexpected(within(std::format("line {}", number), json.error()));
    auto exchange = read_exchange(*json);
    if (!exchange) return std::unexpected(within(std::format("line {}", number), exchange.error()));
    exchange->index = number - 1;
    exchanges.push_back(std::move(*exchange));
  }
  return exchanges;
}

Result<std::vector<Overlap>> parse_overlaps(std::string_view text) {
  const auto json = wire::parse_json(text);
  if (!json) return std::unexpected(json.error());
  std::vector<Overlap> overlaps;
  for (const auto& each : json->array()) {
    const auto play = member(each, "play").integer();
    const auto before = member(each, "before").integer();
    if (!play || !before || *before < 0 || *play <= *before)
      return wrong("an overlap needs 'play' greater than 'before'");
    overlaps.push_back({.play = static_cast<std::size_t>(*play), .before = static_cast<std::size_t>(*before)});
  }
  return overlaps;
}

std::vector<Exchange> in_order_of_effect(std::vector<Exchange> exchanges, const std::vector<Overlap>& overlaps) {
  for (const auto& overlap : overlaps) {
    const auto later = std::ranges::find(exchanges, overlap.play, &Exchange::index);
    const auto earlier = std::ranges::find(exchanges, overlap.before, &Exchange::index);
    if (later == exchanges.end() || later <= earlier) continue;
    std::rotate(earlier, later, later + 1);
  }
  return exchanges;
}

Result<std::vector<Exchange>> load_recording(const std::filesystem::path& path, const RecordingLimits& limits) {
  const auto text = read_file(path, limits.bytes);
  if (!text) return std::unexpected(text.error());
  auto exchanges = parse_recording(*text, limits);
  if (!exchanges) return std::unexpected(within(path.string(), exchanges.error()));
  auto beside = path;
  beside.replace_extension(".overlaps.json");
  if (!std::filesystem::exists(beside)) return exchanges;
  const auto note = read_file(beside);
  if (!note) return std::unexpected(note.error());
  const auto overlaps = parse_overlaps(*note);
  if (!overlaps) return std::unexpected(within(beside.string(), overlaps.error()));
  return in_order_of_effect(std::move(*exchanges), *overlaps);
}

}  // namespace cordon::lab
