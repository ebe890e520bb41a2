#include "lab/pcf.h"

#include <format>

namespace cordon::lab {

namespace {

using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

Json session_rules(const Json& context) {
  Json rule;
  rule.set("authSessAmbr", member(context, "subsSessAmbr"))
      .set("authDefQos", member(context, "subsDefQos"))
      .set("sessRuleId", "1");
  Json decision;
  return decision.set("sessRules", Json(JsonObject{}).set("1", rule)).set("suppFeat", member(context, "suppFeat"));
}

Json binding_of(const Json& context) {
  Json endpoint;
  endpoint.set("ipv4Address", std::format("127.0.1.{}", facts_of(NfType::pcf).host)).set("port", 7777);
  auto binding = copy_members(context, {"supi", "gpsi"});
  return binding.set("ipv4Addr", member(context, "ipv4Address"))
      .set("ipv6Prefix", member(context, "ipv6AddressPrefix"))
      .set("dnn", member(context, "dnn"))
      .set("pcfIpEndPoints", JsonArray{endpoint})
      .set("snssai", member(context, "sliceInfo"))
      .set("suppFeat", "2");
}

}  // namespace

Pcf::Pcf(Core& core, Peers& peers) : Nf(NfType::pcf, core, peers) {
  const auto on = [&](std::string_view method, std::string_view pattern,
                      void (Pcf::*handler)(const Call&, const Reply&)) {
    route(method, pattern, [this, handler](const Call& call, const Reply& reply) { (this->*handler)(call, reply); });
  };
  on("POST", "npcf-am-policy-control/v1/policies", &Pcf::create_am_policy);
  on("DELETE", "npcf-am-policy-control/v1/policies/*", &Pcf::delete_am_policy);
  on("POST", "npcf-smpolicycontrol/v1/sm-policies", &Pcf::create_sm_policy);
  on("POST", "npcf-smpolicycontrol/v1/sm-policies/*/delete", &Pcf::delete_sm_policy);
}

void Pcf::create_am_policy(const Call& call, const Reply& reply) {
  const auto supi = std::string(member(call.body, "supi").text());
  if (supi.empty()) return reply(reply_problem(400, "No supi"));
  const auto answer = [this, supi, body = call.body, reply](const wire::Response& from_udr) {
    if (from_udr.status != 200) return reply(reply_problem(from_udr.status, "Unknown subscriber", supi));
    auto& id = core().pcf.am_policy_of[supi];
    if (id.empty()) id = std::to_string(++core().pcf.last_am_id);
    Json policy;
    policy.set("request", body).set("ueAmbr", member(body, "ueAmbr")).set("suppFeat", member(body, "suppFeat"));
    reply(reply_created(uri("/npcf-am-policy-control/v1/policies/" + id), policy));
  };
  peers().call(NfType::udr, make_request(NfType::udr, "GET", "/nudr-dr/v1/policy-data/ues/" + supi + "/am-data"),
               answer);
}

void Pcf::delete_am_policy(const Call& call, const Reply& reply) {
  const auto gone =
      std::erase_if(core().pcf.am_policy_of, [&](const auto& each) { return each.second == call.captures[0]; });
  reply(gone == 0 ? reply_problem(404, "Not found", call.captures[0]) : reply_status(204));
}

void Pcf::create_sm_policy(const Call& call, const Reply& reply) {
  const auto supi = std::string(member(call.body, "supi").text());
  if (supi.empty()) return reply(reply_problem(400, "No supi"));
  const auto path = std::format("/nudr-dr/v1/policy-data/ues/{}/sm-data?dnn={}&snssai={}", supi,
                                percent_encoded(member(call.body, "dnn").text()),
                                percent_encoded(member(call.body, "sliceInfo").dump()));
  const auto answer = [this, supi, body = call.body, reply](const wire::Response& from_udr) {
    if (from_udr.status != 200) return reply(reply_problem(from_udr.status, "Unknown subscriber", supi));
    const auto id = std::to_string(++core().pcf.last_sm_id);
    core().pcf.sm_policies[id] = {.context = body, .binding = {}};
    bind(id, [this, id, body, reply] {
      reply(reply_created(uri("/npcf-smpolicycontrol/v1/sm-policies/" + id), session_rules(body)));
    });
  };
  peers().call(NfType::udr, make_request(NfType::udr, "GET", path), answer);
}

void Pcf::bind(const std::string& policy, const std::function<void()>& then) {
  if (!peers().follow_up()) return then();
  const auto body = binding_of(core().pcf.sm_policies[policy].context);
  peers().call(NfType::bsf, make_request(NfType::bsf, "POST", "/nbsf-management/v1/pcfBindings", body),
               [this, policy, then](const wire::Response& from_bsf) {
                 core().pcf.sm_policies[policy].binding = location_path(from_bsf);
                 then();
               });
}

void Pcf::delete_sm_policy(const Call& call, const Reply& reply) {
  const auto found = core().pcf.sm_policies.find(call.captures[0]);
  if (found == core().pcf.sm_policies.end()) return reply(reply_problem(404, "Not found", call.captures[0]));
  const auto binding = found->second.binding;
  core().pcf.sm_policies.erase(found);
  if (binding.empty()) return reply(reply_status(204));
  effect(NfType::bsf, make_request(NfType::bsf, "DELETE", binding), [reply] { reply(reply_status(204)); });
}

}  // namespace cordon::lab
