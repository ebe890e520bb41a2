#include "cordon/administrator/access_api.h"

#include "cordon/administrator/access_request.h"
#include "cordon/base/socket.h"
#include "cordon/wire/problem.h"

namespace cordon::administrator {

namespace {

constexpr std::string_view kPath = "/access/v1/evaluation";  // AuthZEN 1.0 10.1.1

wire::Response problem(int status, std::string title, std::string detail) {
  return wire::to_response(
      {.status = status, .title = std::move(title), .cause = "", .detail = std::move(detail), .instance = ""});
}

// AuthZEN 1.0 10.1.3: the caller's request identifier comes back.
void echo_request_id(const wire::Headers& headers, wire::Response& response) {
  if (const auto id = wire::find_header(headers, "x-request-id")) {
    response.headers.push_back({"x-request-id", std::string(*id)});
  }
}

evidence::Record record_of(const AccessRequest& asked, const policy::PolicySet& policies,
                           const policy::Decision& decision, const evidence::Pseudonyms& pseudonyms) {
  evidence::Record record;
  const auto hide = [&](std::string_view text) { return pseudonyms.pseudonymise(text, record.subjects); };
  record.time = system_clock().now();
  record.decision = decision.allow ? "permit" : "refuse";
  record.rule = decision.determining.empty() ? "no-permit" : decision.determining.back();
  record.policies = decision.determining;
  record.policy_set = policies.digest();
  record.caller = hide(asked.request.principal.id);
  record.caller_type = asked.request.principal.type;
  record.peer = "access API";
  record.action = asked.request.action.id;
  record.resource = hide(asked.request.resource.text());
  record.reason = decision.allow ? "" : decision.forbidden ? "forbidden by " + record.rule : "no rule permits it";
  for (const auto& error : decision.errors) {
    record.details.push_back(hide(std::format("error in {}: {}", error.policy, error.message)));
  }
  return record;
}

}  // namespace

Result<std::unique_ptr<AccessApi>> AccessApi::start(Loop& loop, const std::filesystem::path& socket, Parts parts) {
  auto listener = listen_unix(socket);
  if (!listener) return std::unexpected(listener.error());
  auto api = std::make_unique<AccessApi>(std::move(parts));
  wire::HttpServer::Settings settings;
  settings.limits.max_body = std::size_t{1} << 20;
  settings.max_connections = 64;
  settings.events.on_request = [raw = api.get()](wire::ServerConnection& connection, std::int32_t stream,
                                                 wire::Request&& request) {
    raw->on_request(connection, stream, std::move(request));
  };
  api->server_ = std::make_unique<wire::HttpServer>(loop, std::move(*listener), std::move(settings));
  return api;
}

void AccessApi::on_request(wire::ServerConnection& connection, wire::ServerConnection::StreamId stream,
                           wire::Request&& request) {
  if (request.path != kPath) {
    return connection.respond(stream, problem(404, "No such resource", std::format("this API knows POST {}", kPath)));
  }
  if (request.method != "POST") {
    return connection.respond(stream, problem(405, "Method not allowed", std::format("use POST {}", kPath)));
  }
  evaluate(connection, stream, std::move(request));
}

void AccessApi::evaluate(wire::ServerConnection& connection, wire::ServerConnection::StreamId stream,
                         wire::Request&& request) {
  const auto protection = parts_.protection();
  if (!protection) {
    return connection.respond(stream, problem(503, "Not ready", "the engine has no policy set yet; ask again"));
  }
  const auto pseudonyms = parts_.evidence->pseudonyms();
  if (!pseudonyms) {
    return connection.respond(
        stream, problem(503, "Evidence cannot be recorded", "the log writer was not reached yet; ask again"));
  }
  const auto asked = read_access_request(request.body, protection->entities);
  if (!asked) return connection.respond(stream, problem(400, "Malformed access evaluation", asked.error().message));
  policy::Entities entities(&protection->entities);
  for (const auto& entity : asked->entities) {
    if (auto added = entities.add(entity); !added) {
      return connection.respond(stream, problem(400, "Malformed access evaluation", added.error().message));
    }
  }
  const auto decision = protection->policies.decide(asked->request, entities);
  auto record = record_of(*asked, protection->policies, decision, *pseudonyms);
  record.proxy = parts_.name;
  wire::Response answer{.status = 200,
                        .headers = {{"content-type", "application/json"}},
                        .body = access_answer(protection->policies, *asked, entities, decision).dump()};
  echo_request_id(request.headers, answer);
  // No evidence, no effect: the answer waits for its record.
  parts_.evidence->append(std::move(record), [weak = connection.weak_from_this(), stream,
                                              answer = std::move(answer)](const Result<std::uint64_t>& kept) mutable {
    const auto open = weak.lock();
    if (!open) return;
    if (!kept) return open->respond(stream, problem(503, "Evidence cannot be recorded", kept.error().message));
    open->respond(stream, std::move(answer));
  });
}

}  // namespace cordon::administrator
