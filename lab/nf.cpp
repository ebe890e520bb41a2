#include "lab/nf.h"

#include <algorithm>
#include <optional>

#include "cordon/base/text.h"

namespace cordon::lab {

namespace {

using Captures = std::vector<std::string>;

std::optional<Captures> match(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  Captures captures;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "*") {
      captures.push_back(segments[i]);
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return captures;
}

}  // namespace

Nf::Nf(NfType type, Core& core, Peers& peers) : type_(type), core_(core), peers_(peers) {
  if (type == NfType::nrf) return;
  route("POST", "nnrf-nfm/v1/nf-status-notify", [](const Call&, const Reply& reply) { reply(reply_status(204)); });
}

void Nf::route(std::string_view method, std::string_view pattern, Handler handler) {
  Route added{.method = std::string(method), .pattern = {}, .handler = std::move(handler)};
  for (const auto segment : split(pattern, '/')) added.pattern.emplace_back(segment);
  routes_.push_back(std::move(added));
}

void Nf::handle(const wire::Request& request, Reply reply) {
  const auto target = parse_target(request.path);
  for (const auto& candidate : routes_) {
    if (candidate.method != request.method) continue;
    auto captures = match(candidate.pattern, target.segments);
    if (!captures) continue;
    auto content = read_content(request.headers, request.body);
    if (!content) return reply(reply_problem(400, "cannot parse HTTP sbi_message", content.error().message));
    return candidate.handler(Call{.request = request,
                                  .target = target,
                                  .captures = std::move(*captures),
                                  .body = std::move(content->json),
                                  .parts = std::move(content->parts)},
                             reply);
  }
  reply(unroutable(target));
}

// The words and codes of Open5GS, which attack tools look for.
wire::Response Nf::unroutable(const Target& target) const {
  const auto same_api = [&](const Route& each) {
    return !target.segments.empty() && each.pattern.front() == target.segments.front();
  };
  if (std::ranges::none_of(routes_, same_api)) {
    return reply_problem(400, "Invalid API name", target.segments.empty() ? "" : target.segments.front());
  }
  const auto same_path = [&](const Route& each) { return match(each.pattern, target.segments).has_value(); };
  if (std::ranges::any_of(routes_, same_path)) return reply_problem(403, "Invalid HTTP method");
  return reply_problem(400, "Invalid resource name");
}

std::string Nf::uri(std::string_view path) const {
  return core_.settings.scheme + "://" + authority_of(type_) + std::string(path);
}

void Nf::effect(NfType target, wire::Request request, std::function<void()> then) {
  if (!peers_.follow_up()) return then();
  peers_.call(target, std::move(request), [then = std::move(then)](const wire::Response&) { then(); });
}

}  // namespace cordon::lab
