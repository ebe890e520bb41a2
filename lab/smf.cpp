#include "lab/smf.h"

#include <format>
#include <utility>

#include "cordon/base/random.h"
#include "lab/ngap.h"

namespace cordon::lab {

namespace {

using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

constexpr std::string_view kNas = "application/vnd.3gpp.5gnas";
constexpr std::string_view kNgap = "application/vnd.3gpp.ngap";

std::string text_of(const SmContext& context, std::string_view name) {
  return std::string(member(context.request, name).text());
}

std::string session_of(const SmContext& context) { return member(context.request, "pduSessionId").dump(); }

Json content_id(std::string_view id) { return Json(JsonObject{}).set("contentId", id); }

std::string sm_data_path(const SmContext& context) {
  return std::format("/nudm-sdm/v2/{}/sm-data?single-nssai={}&dnn={}&plmn-id={}", text_of(context, "supi"),
                     percent_encoded(member(context.request, "sNssai").dump()),
                     percent_encoded(text_of(context, "dnn")),
                     percent_encoded(member(context.request, "servingNetwork").dump()));
}

Json policy_context(const std::string& ref, const SmContext& context, std::string_view notify_uri) {
  Json arp;
  arp.set("priorityLevel", 8).set("preemptCap", "NOT_PREEMPT").set("preemptVuln", "NOT_PREEMPTABLE");
  Json bit_rate;
  bit_rate.set("uplink", "1000000 Kbps").set("downlink", "1000000 Kbps");
  auto body = copy_members(context.request, {"supi", "gpsi", "pduSessionId", "dnn", "ratType"});
  return body.set("pduSessionType", "IPV4V6")
      .set("notificationUri", std::string(notify_uri) + ref)
      .set("servingNetwork", member(context.request, "servingNetwork"))
      .set("userLocationInfo", member(context.request, "ueLocation"))
      .set("ipv4Address", std::format("10.45.0.{}", context.address))
      .set("ipv6AddressPrefix", std::format("2001:db8:cafe:{0:x}::{0:x}/128", context.address))
      .set("subsSessAmbr", bit_rate)
      .set("subsDefQos", Json(JsonObject{}).set("5qi", 9).set("arp", arp).set("priorityLevel", 8))
      .set("sliceInfo", member(context.request, "sNssai"))
      .set("suppFeat", "4000000");
}

Json transfer_data(const SmContext& context) {
  const auto session = member(context.request, "pduSessionId");
  Json n1;
  n1.set("n1MessageClass", "SM").set("n1MessageContent", content_id("5gnas-sm"));
  Json content;
  content.set("ngapIeType", "PDU_RES_SETUP_REQ").set("ngapData", content_id("ngap-sm"));
  Json info;
  info.set("pduSessionId", session).set("n2InfoContent", content);
  Json n2;
  n2.set("n2InformationClass", "SM").set("smInfo", info);
  Json body;
  return body.set("n1MessageContainer", n1).set("n2InfoContainer", n2).set("pduSessionId", session);
}

std::uint32_t new_teid() { return static_cast<std::uint32_t>(random_u64() & 0xffffU); }

}  // namespace

Smf::Smf(Core& core, Peers& peers) : Nf(NfType::smf, core, peers) {
  const auto on = [&](std::string_view method, std::string_view pattern,
                      void (Smf::*handler)(const Call&, const Reply&)) {
    route(method, pattern, [this, handler](const Call& call, const Reply& reply) { (this->*handler)(call, reply); });
  };
  on("POST", "nsmf-pdusession/v1/sm-contexts", &Smf::create);
  on("POST", "nsmf-pdusession/v1/sm-contexts/*/modify", &Smf::modify);
  on("POST", "nsmf-pdusession/v1/sm-contexts/*/release", &Smf::release);
  const auto accept = [](const Call&, const Reply& reply) { reply(reply_status(204)); };
  route("POST", "nsmf-callback/v1/sdmsubscription-notify/*", accept);
  route("POST", "nsmf-callback/v1/sm-policy-notify/*/update", accept);
  route("POST", "nsmf-callback/v1/sm-policy-notify/*/terminate", accept);
}

void Smf::create(const Call& call, const Reply& reply) {
  for (const auto* name : {"supi", "pduSessionId", "sNssai", "dnn"}) {
    if (call.body.find(name) == nullptr) return reply(reply_problem(400, std::format("No {}", name)));
  }
  const int number = ++core().smf.last_id;
  const auto ref = std::to_string(number);
  auto& context = core().smf.contexts[ref];
  context.request = call.body;
  context.teid = new_teid();
  context.address = 1 + number % 250;
  reply(reply_created(uri("/nsmf-pdusession/v1/sm-contexts/" + ref), Json(JsonObject{})));
  if (peers().follow_up()) establish(ref);
}

// TS 23.502 4.3.2.2.1 steps 4 to 11, as far as they are service calls.
void Smf::establish(const std::string& ref) {
  const auto request = make_request(NfType::udm, "GET", sm_data_path(core().smf.contexts[ref]));
  peers().call(NfType::udm, request, [this, ref](const wire::Response& from_udm) {
    if (from_udm.status != 200) return;
    subscribe_to_data(ref, [this, ref] { ask_policy(ref, [this, ref] { send_to_ue(ref); }); });
  });
}

void Smf::subscribe_to_data(const std::string& ref, const std::function<void()>& then) {
  const auto& context = core().smf.contexts[ref];
  const auto supi = text_of(context, "supi");
  Json body;
  body.set("nfInstanceId", facts_of(NfType::smf).instance_id)
      .set("implicitUnsubscribe", true)
      .set("callbackReference", uri("/nsmf-callback/v1/sdmsubscription-notify/" + supi))
      .set("monitoredResourceUris", JsonArray{supi + "/sm-data"})
      .set("singleNssai", member(context.request, "sNssai"))
      .set("dnn", member(context.request, "dnn"))
      .set("plmnId", member(context.request, "servingNetwork"))
      .set("supportedFeatures", "1000")
      .set("uniqueSubscription", true);
  const auto path = "/nudm-sdm/v2/" + supi + "/sdm-subscriptions";
  peers().call(NfType::udm, make_request(NfType::udm, "POST", path, body),
               [this, ref, then](const wire::Response& from_udm) {
                 core().smf.contexts[ref].sdm_subscription = location_path(from_udm);
                 if (from_udm.status == 201) then();
               });
}

void Smf::ask_policy(const std::string& ref, const std::function<void()>& then) {
  const auto body = policy_context(ref, core().smf.contexts[ref], uri("/nsmf-callback/v1/sm-policy-notify/"));
  peers().call(NfType::pcf, make_request(NfType::pcf, "POST", "/npcf-smpolicycontrol/v1/sm-policies", body),
               [this, ref, then](const wire::Response& from_pcf) {
                 core().smf.contexts[ref].policy = location_path(from_pcf);
                 if (from_pcf.status == 201) then();
               });
}

void Smf::send_to_ue(const std::string& ref) {
  const auto& context = core().smf.contexts[ref];
  const std::vector<Part> parts = {
      {.content_id = "", .content_type = "application/json", .body = transfer_data(context).dump()},
      {.content_id = "5gnas-sm", .content_type = std::string(kNas), .body = "\x2e\x05\x01\xc2"},
      {.content_id = "ngap-sm", .content_type = std::string(kNgap), .body = setup_request_transfer(context.teid)}};
  const auto boundary = new_boundary();
  auto request =
      make_request(NfType::amf, "POST", "/namf-comm/v1/ue-contexts/" + text_of(context, "supi") + "/n1-n2-messages");
  request.headers.push_back({"content-type", multipart_type(boundary)});
  request.body = write_multipart(parts, boundary);
  peers().call(NfType::amf, std::move(request), [](const wire::Response&) {});
}

void Smf::modify(const Call& call, const Reply& reply) {
  const auto& ref = call.captures[0];
  const auto found = core().smf.contexts.find(ref);
  if (found == core().smf.contexts.end()) return reply(reply_problem(404, "Not found", ref));
  if (member(call.body, "release").boolean()) return end_session(ref, [reply] { reply(reply_status(204)); });
  if (member(call.body, "n2SmInfoType").text() == "PDU_RES_SETUP_RSP") return user_plane_answered(ref, reply);
  const auto state = member(call.body, "upCnxState").text();
  if (state == "ACTIVATING") return activate(found->second, reply);
  if (state == "DEACTIVATED") {
    found->second.activating = false;
    return reply(reply_json(200, Json(JsonObject{}).set("upCnxState", state)));
  }
  reply(reply_problem(400, "No upCnxState, n2SmInfoType or release"));
}

// The gNB has its tunnel. A new session is told to the UDM; a reactivated one is told to the AMF.
void Smf::user_plane_answered(const std::string& ref, const Reply& reply) {
  auto& context = core().smf.contexts[ref];
  if (std::exchange(context.activating, false)) {
    return reply(reply_json(200, Json(JsonObject{}).set("upCnxState", "ACTIVATED")));
  }
  if (std::exchange(context.registered, true)) return reply(reply_status(204));
  Json body;
  body.set("smfInstanceId", facts_of(NfType::smf).instance_id)
      .set("pduSessionId", member(context.request, "pduSessionId"))
      .set("singleNssai", member(context.request, "sNssai"))
      .set("dnn", member(context.request, "dnn"))
      .set("plmnId", member(context.request, "servingNetwork"));
  const auto path = std::format("/nudm-uecm/v1/{}/registrations/smf-registrations/{}", text_of(context, "supi"),
                                session_of(context));
  effect(NfType::udm, make_request(NfType::udm, "PUT", path, body), [reply] { reply(reply_status(204)); });
}

void Smf::activate(SmContext& context, const Reply& reply) {
  context.activating = true;
  context.teid = new_teid();
  Json body;
  body.set("upCnxState", "ACTIVATING")
      .set("n2SmInfo", content_id("ngap-sm"))
      .set("n2SmInfoType", "PDU_RES_SETUP_REQ");
  const std::vector<Part> parts = {
      {.content_id = "", .content_type = "application/json", .body = body.dump()},
      {.content_id = "ngap-sm", .content_type = std::string(kNgap), .body = setup_request_transfer(context.teid)}};
  const auto boundary = new_boundary();
  reply({.status = 200,
         .headers = {{"content-type", multipart_type(boundary)}},
         .body = write_multipart(parts, boundary)});
}

void Smf::release(const Call& call, const Reply& reply) {
  if (!core().smf.contexts.contains(call.captures[0]))
    return reply(reply_problem(404, "Not found", call.captures[0]));
  end_session(call.captures[0], [reply] { reply(reply_status(204)); });
}

// TS 23.502 4.3.4.2: the policy, the data subscription and the UDM's registration go with the session.
void Smf::end_session(const std::string& ref, const std::function<void()>& then) {
  const auto context = core().smf.contexts[ref];
  core().smf.contexts.erase(ref);
  if (context.policy.empty() || context.sdm_subscription.empty()) return then();
  const auto registration = std::format("/nudm-uecm/v1/{}/registrations/smf-registrations/{}",
                                        text_of(context, "supi"), session_of(context));
  const auto deregister = [this, registration, then] {
    effect(NfType::udm, make_request(NfType::udm, "DELETE", registration), then);
  };
  const auto unsubscribe = [this, context, deregister] {
    effect(NfType::udm, make_request(NfType::udm, "DELETE", context.sdm_subscription), deregister);
  };
  const auto usage = copy_members(context.request, {"servingNetwork", "ueTimeZone"});
  effect(NfType::pcf, make_request(NfType::pcf, "POST", context.policy + "/delete", usage), unsubscribe);
}

}  // namespace cordon::lab
