#include "lab/nrf.h"

#include <algorithm>

#include "cordon/base/text.h"

namespace cordon::lab {

namespace {

using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

constexpr std::string_view kInstances = "/nnrf-nfm/v1/nf-instances";

// allowedNfTypes absent or empty: everybody (TS 29.510 6.1.6.2.2).
bool allows(const Json& profile, std::string_view nf_type) {
  const auto* allowed = profile.find("allowedNfTypes");
  if (allowed == nullptr || allowed->array().empty()) return true;
  return std::ranges::any_of(allowed->array(), [&](const Json& each) { return each.text() == nf_type; });
}

bool offers(const Json& profile, std::string_view service) {
  return std::ranges::any_of(member(profile, "nfServiceList").object(), [&](const wire::JsonMember& each) {
    return member(each.value, "serviceName").text() == service;
  });
}

bool offers_any(const Json& profile, std::string_view comma_separated) {
  return std::ranges::any_of(split(comma_separated, ','),
                             [&](std::string_view name) { return offers(profile, name); });
}

Json only_service(Json profile, std::string_view service) {
  Json kept;
  for (const auto& each : member(profile, "nfServiceList").object()) {
    if (member(each.value, "serviceName").text() == service) kept.set(each.name, each.value);
  }
  return profile.set("nfServiceList", kept);
}

// Open5GS refuses a profile whose plmnList names none of its own networks, and looks at nothing else of it.
bool plmn_is_foreign(const Json& profile, const CoreSettings& settings) {
  const auto* list = profile.find("plmnList");
  if (list == nullptr) return false;
  return std::ranges::none_of(list->array(), [&](const Json& plmn) {
    return member(plmn, "mcc").text() == settings.mcc && member(plmn, "mnc").text() == settings.mnc;
  });
}

bool wanted(const NrfSubscription& subscription, const Json& profile) {
  if (member(profile, "nfInstanceId").text() == subscription.nf_instance_id) return false;
  if (!allows(profile, subscription.nf_type)) return false;
  if (const auto* type = subscription.condition.find("nfType"))
    return type->text() == member(profile, "nfType").text();
  if (const auto* service = subscription.condition.find("serviceName")) return offers(profile, service->text());
  return true;
}

Json registration_answer(const Json& profile) {
  auto answer = copy_members(profile, {"nfInstanceId", "nfType", "nfStatus", "heartBeatTimer"});
  return answer.set("nfProfileChangesInd", true);
}

}  // namespace

Nrf::Nrf(Core& core, Peers& peers) : Nf(NfType::nrf, core, peers) {
  const auto on = [&](std::string_view method, std::string_view pattern,
                      void (Nrf::*handler)(const Call&, const Reply&)) {
    route(method, pattern, [this, handler](const Call& call, const Reply& reply) { (this->*handler)(call, reply); });
  };
  on("PUT", "nnrf-nfm/v1/nf-instances/*", &Nrf::register_nf);
  on("PATCH", "nnrf-nfm/v1/nf-instances/*", &Nrf::update_nf);
  on("DELETE", "nnrf-nfm/v1/nf-instances/*", &Nrf::deregister_nf);
  on("GET", "nnrf-nfm/v1/nf-instances/*", &Nrf::profile);
  on("POST", "nnrf-nfm/v1/subscriptions", &Nrf::subscribe);
  on("DELETE", "nnrf-nfm/v1/subscriptions/*", &Nrf::unsubscribe);
  on("GET", "nnrf-disc/v1/nf-instances", &Nrf::discover);
  route("GET", "nnrf-nfm/v1/nf-instances", [this](const Call&, const Reply& reply) { list(reply); });
}

Json* Nrf::find_profile(std::string_view id) {
  const auto found = std::ranges::find_if(
      core().nrf.profiles, [&](const Json& profile) { return member(profile, "nfInstanceId").text() == id; });
  return found == core().nrf.profiles.end() ? nullptr : &*found;
}

void Nrf::register_nf(const Call& call, const Reply& reply) {
  if (call.body.find("nfInstanceId") == nullptr) return reply(reply_problem(400, "No NFProfile.NFInstanceId"));
  if (call.body.find("nfType") == nullptr) return reply(reply_problem(400, "No NFProfile.NFType"));
  if (call.body.find("nfStatus") == nullptr) return reply(reply_problem(400, "No NFProfile.NFStatus"));
  if (plmn_is_foreign(call.body, core().settings)) return reply(reply_problem(400, "PLMN-ID not allowed"));

  const auto& id = call.captures[0];
  Json stored = call.body;
  stored.erase("nfProfileChangesSupportInd");
  stored.set("nfInstanceId", id).set("heartBeatTimer", 10);
  const bool short_answer = member(call.body, "nfProfileChangesSupportInd").boolean();
  const Json answer = short_answer ? registration_answer(stored) : stored;
  auto* existing = find_profile(id);
  if (existing != nullptr) {
    *existing = stored;
    reply(reply_json(200, answer));
    return notify("NF_PROFILE_CHANGED", stored);
  }
  core().nrf.profiles.push_back(stored);
  reply(reply_created(std::string(kInstances) + "/" + id, answer));
  notify("NF_REGISTERED", stored);
}

// RFC 6902, as far as heartbeats use it: members of the top level are replaced.
void Nrf::update_nf(const Call& call, const Reply& reply) {
  auto* profile = find_profile(call.captures[0]);
  if (profile == nullptr) return reply(reply_problem(404, "Not found", call.captures[0]));
  for (const auto& change : call.body.array()) {
    const auto path = member(change, "path").text();
    if (member(change, "op").text() != "replace" || path.size() < 2) continue;
    profile->set(path.substr(1), member(change, "value"));
  }
  reply(reply_status(204));
}

void Nrf::deregister_nf(const Call& call, const Reply& reply) {
  auto* found = find_profile(call.captures[0]);
  if (found == nullptr) return reply(reply_problem(404, "Not found", call.captures[0]));
  const Json gone = *found;
  core().nrf.profiles.erase(core().nrf.profiles.begin() + (found - core().nrf.profiles.data()));
  reply(reply_status(204));
  notify("NF_DEREGISTERED", gone);
}

void Nrf::list(const Reply& reply) {
  JsonArray items;
  for (const auto& profile : core().nrf.profiles) {
    const auto path = std::string(kInstances) + "/" + std::string(member(profile, "nfInstanceId").text());
    items.push_back(Json(JsonObject{}).set("href", uri(path)));
  }
  Json links;
  links.set("item", items).set("self", Json(JsonObject{}).set("href", uri(kInstances)));
  links.set("totalItemCount", static_cast<std::uint64_t>(items.size()));
  reply(reply_json(200, Json(JsonObject{}).set("_links", links), "application/3gppHal+json"));
}

void Nrf::profile(const Call& call, const Reply& reply) {
  const auto* found = find_profile(call.captures[0]);
  if (found == nullptr) return reply(reply_problem(404, "Not found", call.captures[0]));
  reply(reply_json(200, *found));
}

void Nrf::subscribe(const Call& call, const Reply& reply) {
  const auto notify_uri = member(call.body, "nfStatusNotificationUri");
  if (!notify_uri.is_string()) return reply(reply_problem(400, "No SubscriptionData.nfStatusNotificationUri"));
  const auto id = new_uuid();
  core().nrf.subscriptions[id] = {.condition = member(call.body, "subscrCond"),
                                  .uri = std::string(notify_uri.text()),
                                  .nf_type = std::string(member(call.body, "reqNfType").text()),
                                  .nf_instance_id = std::string(member(call.body, "reqNfInstanceId").text())};
  auto answer = copy_members(call.body, {"nfStatusNotificationUri", "reqNfInstanceId", "subscrCond", "reqNfType"});
  answer.set("subscriptionId", id)
      .set("validityTime", timestamp(core().settings.clock->now() + std::chrono::hours{24}))
      .set("nrfSupportedFeatures", "1");
  reply(reply_created(uri("/nnrf-nfm/v1/subscriptions/" + id), answer));
}

void Nrf::unsubscribe(const Call& call, const Reply& reply) {
  if (core().nrf.subscriptions.erase(call.captures[0]) == 0) return reply(reply_problem(404, "Not found"));
  reply(reply_status(204));
}

void Nrf::discover(const Call& call, const Reply& reply) {
  const auto target = call.target.query_value("target-nf-type").value_or("");
  const auto requester = call.target.query_value("requester-nf-type").value_or("");
  if (!is_known_nf_type(target)) return reply(reply_problem(400, "No target-nf-type"));
  if (!is_known_nf_type(requester)) return reply(reply_problem(400, "No requester-nf-type"));
  const auto services = call.target.query_value("service-names");
  const auto instance = call.target.query_value("target-nf-instance-id");
  JsonArray found;
  for (const auto& profile : core().nrf.profiles) {
    if (member(profile, "nfType").text() != target || !allows(profile, requester)) continue;
    if (services && !offers_any(profile, *services)) continue;
    if (instance && member(profile, "nfInstanceId").text() != *instance) continue;
    Json shown = profile;
    shown.erase("heartBeatTimer");
    found.push_back(shown);
  }
  Json answer;
  auto response = reply_json(200, answer.set("validityPeriod", 30).set("nfInstances", found));
  response.headers.push_back({"cache-control", "max-age=30"});
  reply(std::move(response));
}

void Nrf::notify(std::string_view event, const Json& profile) {
  if (!peers().follow_up()) return;
  for (const auto& [id, subscription] : core().nrf.subscriptions) {
    if (wanted(subscription, profile)) notify_one(subscription, event, profile);
  }
}

// Only the nine know addresses: a notification to anybody else has nowhere to go in the lab.
void Nrf::notify_one(const NrfSubscription& subscription, std::string_view event, const Json& profile) {
  const auto target = nf_at(authority_of_uri(subscription.uri));
  if (!target) return;
  const auto id = std::string(member(profile, "nfInstanceId").text());
  Json body;
  body.set("event", event).set("nfInstanceUri", uri(std::string(kInstances) + "/" + id));
  if (event != "NF_DEREGISTERED") {
    const auto* service = subscription.condition.find("serviceName");
    body.set("nfProfile", service ? only_service(profile, service->text()) : profile);
  }
  auto request = make_request(*target, "POST", path_of_uri(subscription.uri), body);
  request.headers.push_back({"3gpp-sbi-callback", "Nnrf_NFManagement_NFStatusNotify"});
  peers().call(*target, std::move(request), [](const wire::Response&) {});
}

}  // namespace cordon::lab
