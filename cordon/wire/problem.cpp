#include "cordon/wire/problem.h"

#include <format>

#include "cordon/wire/json.h"

namespace cordon::wire {

namespace {
void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  if (out.size() > 1) out += ',';
  append_json_string(out, name);
  out += ':';
  append_json_string(out, text);
}
}  // namespace

// RFC 9457 3.1: without "type" the problem is "about:blank", whose title is the status's own phrase.
Response to_response(const Problem& problem) {
  std::string body = "{";
  append_member(body, "title", problem.title);
  body += std::format("{}\"status\":{}", body.size() > 1 ? "," : "", problem.status);
  append_member(body, "cause", problem.cause);
  append_member(body, "detail", problem.detail);
  append_member(body, "instance", problem.instance);
  body += '}';
  Response response{problem.status, {{"content-type", "application/problem+json"}}, std::move(body)};
  if (problem.retry_after > 0) response.headers.push_back({"retry-after", std::to_string(problem.retry_after)});
  if (!problem.challenge.empty()) response.headers.push_back({"www-authenticate", problem.challenge});
  return response;
}

}  // namespace cordon::wire
