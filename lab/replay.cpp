#include "lab/replay.h"

#include <algorithm>
#include <format>
#include <optional>

#include "cordon/base/text.h"
#include "lab/compare.h"

namespace cordon::lab {

namespace {

using wire::Json;

constexpr int kBadGateway = 502;
constexpr std::string_view kContexts = "/nausf-auth/v1/ue-authentications";
constexpr std::string_view kConfirmation = "/5g-aka-confirmation";

// The phone: keeps the live challenges by the path of their context and answers them.
class TestUsim {
 public:
  void saw(const wire::Request& request, const wire::Response& live) {
    if (request.path != kContexts || live.status != 201) return;
    const auto question = wire::parse_json(request.body);
    const auto answer = wire::parse_json(live.body);
    if (!question || !answer) return;
    const auto rand = array_from_hex<16>(member(member(*answer, "5gAuthData"), "rand").text());
    if (!rand) return;
    challenges_[location_path(live) + std::string(kConfirmation)] = {
        *rand, std::string(member(*question, "servingNetworkName").text())};
  }

  // The body of a confirmation, with RES* for the live challenge; any other request keeps its body.
  std::string body_for(const wire::Request& request) const {
    const auto challenge = challenges_.find(request.path);
    const auto body = challenge == challenges_.end() ? Result<Json>(Json{}) : wire::parse_json(request.body);
    if (!body || body->find("resStar") == nullptr) return request.body;
    Json answered = *body;
    const auto& [rand, network] = challenge->second;
    return answered.set("resStar", to_hex(res_star(test_credentials(), rand, network))).dump();
  }

 private:
  struct Challenge {
    Block rand;
    std::string network;
  };
  std::map<std::string, Challenge> challenges_;
};

class Replay {
 public:
  Replay(Road& road, const ReplaySettings& settings) : road_(road), settings_(settings) {}

  void play(const Exchange& exchange) {
    ++report_.total;
    if (exchange.response.status == kBadGateway) stop_nrf();
    auto request = exchange.request;
    request.scheme = "https";
    request.path = identifiers_.live_path(request.path);
    request.body = usim_.body_for(request);
    const auto begin = std::chrono::steady_clock::now();
    const auto live = road_.exchange(exchange.caller, exchange.target, request);
    if (settings_.on_exchange) settings_.on_exchange(exchange.index, std::chrono::steady_clock::now() - begin);
    if (live) usim_.saw(request, *live);
    note(exchange, judge(exchange, live));
  }

  ReplayReport take() { return std::move(report_); }

 private:
  void stop_nrf() {
    if (!std::exchange(nrf_stopped_, true) && settings_.stop_nrf) settings_.stop_nrf();
  }

  std::vector<std::string> judge(const Exchange& exchange, const Result<wire::Response>& live) {
    const bool recorded_refusal = exchange.response.status == kBadGateway;
    if (!live) {
      const bool counts = recorded_refusal && settings_.refused_is_502;
      if (!counts) return {"no answer: " + live.error().message};
      ++report_.refused;
      return {};
    }
    if (recorded_refusal) {  // the recorded body is the recording proxy's own
      if (live->status == kBadGateway) return {};
      return {std::format("status: recorded 502, live {}", live->status)};
    }
    return compare_answers(exchange.request.path, exchange.response, *live, identifiers_);
  }

  void note(const Exchange& exchange, const std::vector<std::string>& found) {
    if (found.empty()) ++report_.equal;
    for (const auto& what : found) {
      report_.differences.push_back({exchange.index, exchange.request.method, exchange.request.path, what});
    }
  }

  Road& road_;
  const ReplaySettings& settings_;
  IdentifierMap identifiers_;
  TestUsim usim_;
  bool nrf_stopped_ = false;
  ReplayReport report_;
};

}  // namespace

Result<wire::Response> DirectRoad::exchange(NfType, NfType target, wire::Request request) {
  if (std::ranges::contains(stopped_, target)) return fail(ErrorKind::unavailable, "stopped");
  std::optional<wire::Response> answer;
  functions_.handle(target, request, [&](wire::Response response) { answer = std::move(response); });
  if (!answer) return fail(ErrorKind::internal, "no answer at once");
  return std::move(*answer);
}

Result<std::unique_ptr<NetworkRoad>> NetworkRoad::make(Loop& loop, const LabPki& pki, Endpoints endpoints,
                                                       const std::vector<crypto::Certificate>& anchors) {
  auto road = std::make_unique<NetworkRoad>();
  road->endpoints_ = std::move(endpoints);
  for (const auto type : kNfTypes) {
    auto client = SbiClient::make(loop, pki.of(type), anchors);
    if (!client) return std::unexpected(client.error());
    road->clients_[type] = std::move(*client);
  }
  return road;
}

Result<wire::Response> NetworkRoad::exchange(NfType caller, NfType target, wire::Request request) {
  const auto server_name = std::format("127.0.1.{}", facts_of(target).host);
  return clients_.at(caller)->exchange(endpoints_.at(target), server_name, std::move(request));
}

std::string ReplayReport::text() const {
  std::string out = std::format("{} of {} exchanges equal", equal, total);
  if (refused > 0) {
    out += std::format(
        "; {} of them are the recording's final de-registrations: recorded as 502 because the NRF had stopped, here "
        "refused "
        "connections of the stopped NRF",
        refused);
  }
  out += '\n';
  for (const auto& each : differences) {
    out += std::format("  {} {} {}: {}\n", each.index, each.method, each.path, each.what);
  }
  return out;
}

ReplayReport replay(const std::vector<Exchange>& recording, Road& road, const ReplaySettings& settings) {
  Replay driver(road, settings);
  for (const auto& exchange : recording) driver.play(exchange);
  return driver.take();
}

}  // namespace cordon::lab
