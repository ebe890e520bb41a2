#include "cordon/inspection/message_file.h"

#include <charconv>
#include <format>

#include "cordon/base/bytes.h"
#include "cordon/wire/json.h"

namespace cordon::inspection {

namespace {

using wire::Json;

constexpr wire::JsonLimits kLimits{.bytes = 8U << 20, .depth = 32, .leaves = 100'000, .nul = true};
constexpr std::int64_t kMostTimes = 1'000'000;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

std::string text_of(const Json& json, std::string_view member) {
  const auto* found = json.find(member);
  return found == nullptr ? "" : std::string(found->text());
}

Result<std::string> body_of(const Json& message) {
  const auto* base64 = message.find("bodyBase64");
  if (base64 == nullptr) return text_of(message, "body");
  const auto bytes = from_base64(base64->text());
  if (!bytes) return std::unexpected(within("bodyBase64", bytes.error()));
  return std::string(bytes->begin(), bytes->end());
}

// Headers as pairs, pseudo-headers included, as recordings have them.
template <class See>
Result<void> read_headers(const Json& message, wire::Headers& headers, See see) {
  const auto* pairs = message.find("headers");
  if (pairs == nullptr || !pairs->is_array()) return wrong("a recorded message has 'headers', a list of pairs");
  for (const auto& pair : pairs->array()) {
    if (pair.array().size() != 2) return wrong("a header is a pair of texts");
    std::string name(pair.array()[0].text()), value(pair.array()[1].text());
    if (name.starts_with(':')) {
      see(name, value);
    } else {
      headers.push_back({std::move(name), std::move(value)});
    }
  }
  return {};
}

int status_of(std::string_view text) {
  int status = 0;
  std::from_chars(text.data(), text.data() + text.size(), status);
  return status;
}

Result<KeptMessage> recorded(const Json& json) {
  KeptMessage result;
  const auto& request = *json.find("request");
  auto read = read_headers(request, result.request.headers, [&](const std::string& name, const std::string& value) {
    if (name == ":method") result.request.method = value;
    if (name == ":path") result.request.path = value;
    if (name == ":authority") result.request.authority = value;
  });
  auto body = read ? body_of(request) : Result<std::string>(std::unexpected(read.error()));
  if (!body) return std::unexpected(body.error());
  result.request.body = std::move(*body);
  const auto* answer = json.find("response");
  if (answer == nullptr) return result;
  result.answer.emplace();
  read = read_headers(*answer, result.answer->headers, [&](const std::string& name, const std::string& value) {
    if (name == ":status") result.answer->status = status_of(value);
  });
  body = read ? body_of(*answer) : Result<std::string>(std::unexpected(read.error()));
  if (!body) return std::unexpected(body.error());
  result.answer->body = std::move(*body);
  return result;
}

void put_type(wire::Headers& headers, const Json& json) {
  if (auto type = text_of(json, "type"); !type.empty()) headers.push_back({"content-type", std::move(type)});
}

// "many" stands "times" times where the body says @MANY@; '#' is the number of each.
Result<std::string> body_made(const Json& json) {
  auto body = text_of(json, "body");
  const auto* times = json.find("times");
  const auto place = body.find("@MANY@");
  if (times == nullptr || place == body.npos) return body;
  const auto count = times->integer();
  if (!count || *count < 0 || *count > kMostTimes)
    return wrong(std::format("'times' is a number up to {}", kMostTimes));
  std::string many;
  const auto one = text_of(json, "many");
  for (std::int64_t i = 0; i < *count; ++i) {
    if (many.size() > kLimits.bytes) return wrong("the body becomes too large");
    const auto mark = one.find('#');
    many += (i == 0 ? "" : ",") + one.substr(0, mark);
    if (mark != one.npos) many += std::to_string(i) + one.substr(mark + 1);
  }
  return body.replace(place, std::string_view("@MANY@").size(), many);
}

Result<KeptMessage> made(const Json& json) {
  KeptMessage result{text_of(json, "seed"), text_of(json, "expect"), {}, {}};
  result.request.method = text_of(json, "method");
  result.request.path = text_of(json, "path");
  if (result.request.method.empty() || result.request.path.empty()) {
    return wrong("a message has 'method' and 'path', or 'request' with 'headers' as in recordings");
  }
  put_type(result.request.headers, json);
  auto body = body_made(json);
  if (!body) return std::unexpected(body.error());
  result.request.body = std::move(*body);
  const auto* answer = json.find("answer");
  if (answer == nullptr) return result;
  const auto status = answer->find("status") ? answer->find("status")->integer() : wrong("an answer has a 'status'");
  if (!status) return std::unexpected(status.error());
  result.answer = wire::Response{static_cast<int>(*status), {}, text_of(*answer, "body")};
  put_type(result.answer->headers, *answer);
  if (auto location = text_of(*answer, "location"); !location.empty()) {
    result.answer->headers.push_back({"location", std::move(location)});
  }
  return result;
}

void say(std::vector<Said>& out, const Rules& rules, std::span<const Finding> findings, bool answer) {
  for (const auto& finding : findings) {
    const auto& rule = rules[finding.rule];
    out.push_back({std::string(name_of(finding.mode)), rule.id, finding.place, rule.why,
                   finding.rule < kBuiltIns && finding.rule != kQueryUnknown, answer});
  }
}

}  // namespace

Result<KeptMessage> parse_message(std::string_view line) {
  const auto json = wire::parse_json(line, kLimits);
  if (!json) return std::unexpected(json.error());
  return json->find("request") ? recorded(*json) : made(*json);
}

std::vector<Said> inspect_message(Inspector& inspector, const KeptMessage& message, const KnowsHost* known_host) {
  std::vector<Said> out;
  const auto classified = wire::sbi::classify(message.request.method, message.request.path);
  if (!classified) return {{"block", "not-in-catalogue", "path", classified.error().message, true, false}};
  const auto type = wire::find_header(message.request.headers, "content-type").value_or("");
  wire::sbi::Body body;
  if (const auto read = wire::sbi::read_body(body, *classified->operation, type, message.request.body); !read) {
    out.push_back({"block", "malformed-body", "", read.error().message, true, false});
  } else {
    say(out, inspector.rules(), inspector.request(*classified, body, known_host), false);
  }
  if (message.answer) {
    say(out, inspector.rules(), inspector.response(*classified->operation, *message.answer, known_host), true);
  }
  return out;
}

}  // namespace cordon::inspection
