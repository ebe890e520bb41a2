#include "lab/ausf.h"

#include <algorithm>
#include <format>

namespace cordon::lab {

namespace {

using wire::Json;
using wire::JsonObject;

constexpr std::string_view kContexts = "/nausf-auth/v1/ue-authentications/";

Result<AuthenticationVector> read_vector(const Json& body) {
  const auto vector = member(body, "authenticationVector");
  const auto rand = array_from_hex<16>(member(vector, "rand").text());
  const auto autn = array_from_hex<16>(member(vector, "autn").text());
  const auto xres_star = array_from_hex<16>(member(vector, "xresStar").text());
  const auto kausf = array_from_hex<32>(member(vector, "kausf").text());
  if (!rand || !autn || !xres_star || !kausf) {
    return fail(ErrorKind::invalid_input, "the UDM's authenticationVector is incomplete");
  }
  return AuthenticationVector{.rand = *rand, .autn = *autn, .xres_star = *xres_star, .kausf = *kausf};
}

Json auth_event(const AusfContext& context, const CoreSettings& settings, bool removal) {
  Json event;
  event.set("nfInstanceId", facts_of(NfType::ausf).instance_id)
      .set("success", true)
      .set("timeStamp", timestamp(settings.clock->now()))
      .set("authType", "5G_AKA")
      .set("servingNetworkName", context.serving_network);
  if (removal) event.set("authRemovalInd", true);
  return event;
}

}  // namespace

Ausf::Ausf(Core& core, Peers& peers) : Nf(NfType::ausf, core, peers) {
  route("POST", "nausf-auth/v1/ue-authentications",
        [this](const Call& call, const Reply& reply) { authenticate(call, reply); });
  route("PUT", "nausf-auth/v1/ue-authentications/*/5g-aka-confirmation",
        [this](const Call& call, const Reply& reply) { confirm(call, reply); });
  route("DELETE", "nausf-auth/v1/ue-authentications/*/5g-aka-confirmation",
        [this](const Call& call, const Reply& reply) { remove(call, reply); });
}

void Ausf::authenticate(const Call& call, const Reply& reply) {
  const auto suci = member(call.body, "supiOrSuci");
  const auto network = member(call.body, "servingNetworkName");
  if (!suci.is_string()) return reply(reply_problem(400, "No supiOrSuci"));
  if (!network.is_string()) return reply(reply_problem(400, "No servingNetworkName"));
  auto body = copy_members(call.body, {"servingNetworkName", "resynchronizationInfo"});
  body.set("ausfInstanceId", facts_of(NfType::ausf).instance_id);
  const auto path = std::format("/nudm-ueau/v1/{}/security-information/generate-auth-data", suci.text());
  peers().call(NfType::udm, make_request(NfType::udm, "POST", path, body),
               [this, call, reply](const wire::Response& response) { answer_challenge(call, response, reply); });
}

void Ausf::answer_challenge(const Call& call, const wire::Response& from_udm, const Reply& reply) {
  if (from_udm.status != 200) return reply(reply_problem(from_udm.status, "UDM refused"));
  const auto body = wire::parse_json(from_udm.body);
  const auto vector = body ? read_vector(*body) : std::unexpected(body.error());
  if (!vector) return reply(reply_problem(504, "Gateway Timeout", vector.error().message));
  const auto suci = std::string(member(call.body, "supiOrSuci").text());
  const auto id = context_for(suci);
  core().ausf.contexts[id] = {.suci = suci,
                              .supi = std::string(member(*body, "supi").text()),
                              .serving_network = std::string(member(call.body, "servingNetworkName").text()),
                              .vector = *vector};
  Json data;
  data.set("rand", to_hex(vector->rand))
      .set("hxresStar", to_hex(hres_star(vector->rand, vector->xres_star)))
      .set("autn", to_hex(vector->autn));
  const auto href = uri(std::string(kContexts) + id + "/5g-aka-confirmation");
  Json links;
  links.set("5g-aka", Json(JsonObject{}).set("href", href));
  Json answer;
  answer.set("authType", "5G_AKA").set("5gAuthData", data).set("_links", links);
  auto response = reply_json(201, answer, "application/3gppHal+json");
  response.headers.push_back({"location", uri(std::string(kContexts) + id)});
  reply(std::move(response));
}

// A UE keeps its context, and with it the id, until it is deleted.
std::string Ausf::context_for(const std::string& suci) {
  const auto& contexts = core().ausf.contexts;
  const auto known = std::ranges::find_if(contexts, [&](const auto& each) { return each.second.suci == suci; });
  return known != contexts.end() ? known->first : std::to_string(++core().ausf.last_id);
}

void Ausf::confirm(const Call& call, const Reply& reply) {
  const auto found = core().ausf.contexts.find(call.captures[0]);
  if (found == core().ausf.contexts.end()) return reply(reply_problem(404, "Not found", call.captures[0]));
  const auto& context = found->second;
  Json answer;
  if (member(call.body, "resStar").text() != to_hex(context.vector.xres_star)) {
    return reply(reply_json(200, answer.set("authResult", "AUTHENTICATION_FAILURE")));
  }
  answer.set("authResult", "AUTHENTICATION_SUCCESS")
      .set("supi", context.supi)
      .set("kseaf", to_hex(kseaf_of(context.vector.kausf, context.serving_network)));
  const auto event = auth_event(context, core().settings, false);
  effect(NfType::udm, make_request(NfType::udm, "POST", "/nudm-ueau/v1/" + context.supi + "/auth-events", event),
         [reply, answer] { reply(reply_json(200, answer)); });
}

void Ausf::remove(const Call& call, const Reply& reply) {
  const auto found = core().ausf.contexts.find(call.captures[0]);
  if (found == core().ausf.contexts.end()) return reply(reply_problem(404, "Not found", call.captures[0]));
  const auto context = found->second;
  core().ausf.contexts.erase(found);
  const auto event = auth_event(context, core().settings, true);
  effect(NfType::udm, make_request(NfType::udm, "PUT", "/nudm-ueau/v1/" + context.supi + "/auth-events", event),
         [reply] { reply(reply_status(204)); });
}

}  // namespace cordon::lab
