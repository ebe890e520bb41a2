#include "lab/udm.h"

#include <format>
#include <tuple>
#include <utility>

#include "cordon/base/random.h"
#include "cordon/base/text.h"

namespace cordon::lab {

namespace {

using wire::Json;
using wire::JsonObject;

std::string subscription_path(std::string_view supi, std::string_view rest) {
  return std::format("/nudr-dr/v1/subscription-data/{}/{}", supi, rest);
}

// TS 23.003 2.2B: the null scheme leaves the MSIN readable: suci-0-MCC-MNC-routing-0-key-MSIN.
std::string supi_of(std::string_view supi_or_suci) {
  const auto parts = split(supi_or_suci, '-');
  if (parts.size() != 8 || parts[0] != "suci" || parts[5] != "0") return std::string(supi_or_suci);
  return std::format("imsi-{}{}{}", parts[2], parts[3], parts[7]);
}

struct Subscription {
  Credentials credentials;
  Sqn sqn{};
};

Result<Subscription> read_subscription(const wire::Response& from_udr) {
  const auto body = wire::parse_json(from_udr.body);
  if (!body) return std::unexpected(body.error());
  const auto k = array_from_hex<16>(member(*body, "encPermanentKey").text());
  const auto opc = array_from_hex<16>(member(*body, "encOpcKey").text());
  const auto amf = array_from_hex<2>(member(*body, "authenticationManagementField").text());
  const auto sqn = array_from_hex<6>(member(member(*body, "sequenceNumber"), "sqn").text());
  if (!k || !opc || !amf || !sqn) return fail(ErrorKind::invalid_input, "the UDR's subscription is incomplete");
  return Subscription{.credentials = {.k = *k, .opc = *opc, .amf = *amf}, .sqn = *sqn};
}

// TS 33.102 6.3.5: the network's number jumps past the USIM's.
Result<Sqn> resynchronised(const Subscription& subscription, const Json& info) {
  const auto rand = array_from_hex<16>(member(info, "rand").text());
  const auto auts = array_from_hex<14>(member(info, "auts").text());
  if (!rand || !auts) return fail(ErrorKind::invalid_input, "rand or auts is malformed");
  const auto of_usim = resynchronise(subscription.credentials, *rand, *auts);
  if (!of_usim) return std::unexpected(of_usim.error());
  return plus(*of_usim, 0x21);
}

Json vector_json(const AuthenticationVector& vector, const std::string& supi) {
  Json values;
  values.set("avType", "5G_HE_AKA")
      .set("rand", to_hex(vector.rand))
      .set("autn", to_hex(vector.autn))
      .set("xresStar", to_hex(vector.xres_star))
      .set("kausf", to_hex(vector.kausf));
  Json answer;
  return answer.set("authType", "5G_AKA").set("authenticationVector", values).set("supi", supi);
}

Json replacement(std::string_view path, Json value) {
  Json change;
  change.set("op", "replace").set("path", path).set("value", std::move(value));
  return wire::JsonArray{change};
}

std::string provisioned_path(const Call& call, std::string_view data_set, const CoreSettings& settings) {
  const auto plmn = settings.mcc + settings.mnc;
  auto path = subscription_path(call.captures[0], plmn + "/provisioned-data");
  if (data_set.empty()) {
    return path +
           "?dataset-names=" + percent_encoded(call.target.query_value("dataset-names").value_or("AM,SMF_SEL"));
  }
  path += std::format("/{}", data_set);
  char sign = '?';
  for (const auto* name : {"single-nssai", "dnn"}) {
    const auto value = call.target.query_value(name);
    if (!value) continue;
    path += std::format("{}{}={}", std::exchange(sign, '&'), name, percent_encoded(*value));
  }
  return path;
}

}  // namespace

Udm::Udm(Core& core, Peers& peers) : Nf(NfType::udm, core, peers) {
  const auto on = [&](std::string_view method, std::string_view pattern,
                      void (Udm::*handler)(const Call&, const Reply&)) {
    route(method, pattern, [this, handler](const Call& call, const Reply& reply) { (this->*handler)(call, reply); });
  };
  on("POST", "nudm-ueau/v1/*/security-information/generate-auth-data", &Udm::generate_vector);
  on("POST", "nudm-ueau/v1/*/auth-events", &Udm::record_authentication);
  on("PUT", "nudm-ueau/v1/*/auth-events", &Udm::remove_authentication);
  on("PUT", "nudm-uecm/v1/*/registrations/amf-3gpp-access", &Udm::register_amf);
  on("PATCH", "nudm-uecm/v1/*/registrations/amf-3gpp-access", &Udm::update_amf);
  on("GET", "nudm-uecm/v1/*/registrations/amf-3gpp-access", &Udm::show_amf);
  on("PUT", "nudm-uecm/v1/*/registrations/smf-registrations/*", &Udm::register_smf);
  on("DELETE", "nudm-uecm/v1/*/registrations/smf-registrations/*", &Udm::deregister_smf);
  on("GET", "nudm-sdm/v2/*/ue-context-in-smf-data", &Udm::sessions);
  on("POST", "nudm-sdm/v2/*/sdm-subscriptions", &Udm::subscribe);
  on("DELETE", "nudm-sdm/v2/*/sdm-subscriptions/*", &Udm::unsubscribe);
  const auto data = [&](std::string_view pattern, std::string_view data_set) {
    route("GET", pattern,
          [this, data_set](const Call& call, const Reply& reply) { provisioned(call, data_set, reply); });
  };
  data("nudm-sdm/v2/*", "");
  data("nudm-sdm/v2/*/am-data", "am-data");
  data("nudm-sdm/v2/*/smf-select-data", "smf-selection-subscription-data");
  data("nudm-sdm/v2/*/sm-data", "sm-data");
}

void Udm::generate_vector(const Call& call, const Reply& reply) {
  if (!member(call.body, "servingNetworkName").is_string()) return reply(reply_problem(400, "No servingNetworkName"));
  const auto supi = supi_of(call.captures[0]);
  const auto path = subscription_path(supi, "authentication-data/authentication-subscription");
  peers().call(
      NfType::udr, make_request(NfType::udr, "GET", path),
      [this, call, supi, reply](const wire::Response& response) { vector_from(call, supi, response, reply); });
}

void Udm::vector_from(const Call& call, const std::string& supi, const wire::Response& from_udr, const Reply& reply) {
  if (from_udr.status != 200) return reply(reply_problem(from_udr.status, "Unknown subscriber", supi));
  auto subscription = read_subscription(from_udr);
  if (!subscription) return reply(reply_problem(504, "Gateway Timeout", subscription.error().message));
  const auto* info = call.body.find("resynchronizationInfo");
  if (info != nullptr) {
    const auto sqn = resynchronised(*subscription, *info);
    if (!sqn) return reply(reply_problem(400, "Re-synchronisation failed", sqn.error().message));
    subscription->sqn = *sqn;
  }
  Block rand{};
  fill_random(rand);
  const auto network = member(call.body, "servingNetworkName").text();
  const auto answer = vector_json(make_vector(subscription->credentials, subscription->sqn, rand, network), supi);
  if (info == nullptr) return reply(reply_json(200, answer));
  const auto path = subscription_path(supi, "authentication-data/authentication-subscription");
  const auto change = replacement("/sequenceNumber/sqn", to_hex(subscription->sqn));
  effect(NfType::udr, make_request(NfType::udr, "PATCH", path, change, "application/json-patch+json"),
         [reply, answer] { reply(reply_json(200, answer)); });
}

void Udm::record_authentication(const Call& call, const Reply& reply) {
  const auto& supi = call.captures[0];
  const auto location = uri(std::format("/nudm-ueau/v1/{}/auth-events/1", supi));
  const auto path = subscription_path(supi, "authentication-data/authentication-status");
  effect(NfType::udr, make_request(NfType::udr, "PUT", path, call.body),
         [reply, location, body = call.body] { reply(reply_created(location, body)); });
}

void Udm::remove_authentication(const Call& call, const Reply& reply) {
  const auto path = subscription_path(call.captures[0], "authentication-data/authentication-status");
  effect(NfType::udr, make_request(NfType::udr, "DELETE", path), [reply] { reply(reply_status(204)); });
}

void Udm::register_amf(const Call& call, const Reply& reply) {
  const auto& supi = call.captures[0];
  auto& ue = core().udm.ues[supi];
  const bool first = ue.amf_registration.is_null();
  ue.amf_registration = call.body;
  const auto answer = first ? reply_created(uri(call.request.path), call.body) : reply_json(200, call.body);
  effect(NfType::udr,
         make_request(NfType::udr, "PUT", subscription_path(supi, "context-data/amf-3gpp-access"), call.body),
         [reply, answer] { reply(answer); });
}

void Udm::update_amf(const Call& call, const Reply& reply) {
  const auto& supi = call.captures[0];
  auto& ue = core().udm.ues[supi];
  if (ue.amf_registration.is_null()) return reply(reply_problem(404, "Not found", supi));
  for (const auto& [name, value] : call.body.object()) ue.amf_registration.set(name, value);
  const auto change = replacement("PurgeFlag", member(call.body, "purgeFlag"));
  const auto path = subscription_path(supi, "context-data/amf-3gpp-access");
  effect(NfType::udr, make_request(NfType::udr, "PATCH", path, change, "application/json-patch+json"),
         [reply] { reply(reply_status(204)); });
}

void Udm::show_amf(const Call& call, const Reply& reply) {
  const auto found = core().udm.ues.find(call.captures[0]);
  if (found == core().udm.ues.end() || found->second.amf_registration.is_null()) {
    return reply(reply_problem(404, "Not found", call.captures[0]));
  }
  reply(reply_json(200, found->second.amf_registration));
}

void Udm::register_smf(const Call& call, const Reply& reply) {
  const auto& [supi, session] = std::tie(call.captures[0], call.captures[1]);
  auto& ue = core().udm.ues[supi];
  const bool first = ue.known_sessions.insert(session).second;
  ue.smf_sessions[session] = call.body;
  const auto answer = first ? reply_created(uri(call.request.path), call.body) : reply_json(200, call.body);
  const auto path = subscription_path(supi, "context-data/smf-registrations/" + session);
  effect(NfType::udr, make_request(NfType::udr, "PUT", path, call.body), [reply, answer] { reply(answer); });
}

void Udm::deregister_smf(const Call& call, const Reply& reply) {
  const auto& [supi, session] = std::tie(call.captures[0], call.captures[1]);
  auto& ue = core().udm.ues[supi];
  // As recorded: a session once known may be de-registered again and again.
  if (!ue.known_sessions.contains(session)) return reply(reply_problem(404, "Not found", session));
  ue.smf_sessions.erase(session);
  const auto path = subscription_path(supi, "context-data/smf-registrations/" + session);
  effect(NfType::udr, make_request(NfType::udr, "DELETE", path), [reply] { reply(reply_status(204)); });
}

void Udm::provisioned(const Call& call, std::string_view data_set, const Reply& reply) {
  peers().call(NfType::udr, make_request(NfType::udr, "GET", provisioned_path(call, data_set, core().settings)),
               [reply](const wire::Response& from_udr) {
                 if (from_udr.status != 200) return reply(reply_problem(from_udr.status, "Unknown subscriber"));
                 reply({.status = 200, .headers = {{"content-type", "application/json"}}, .body = from_udr.body});
               });
}

void Udm::sessions(const Call& call, const Reply& reply) {
  Json sessions;
  for (const auto& [id, registration] : core().udm.ues[call.captures[0]].smf_sessions) {
    sessions.set(id, copy_members(registration, {"dnn", "smfInstanceId", "plmnId"}));
  }
  Json answer{JsonObject{}};
  if (!sessions.is_null()) answer.set("pduSessions", sessions);
  reply(reply_json(200, answer));
}

void Udm::subscribe(const Call& call, const Reply& reply) {
  if (!member(call.body, "callbackReference").is_string()) return reply(reply_problem(400, "No callbackReference"));
  const auto id = new_uuid();
  core().udm.ues[call.captures[0]].sdm_subscriptions.insert(id);
  reply(reply_created(uri(std::format("/nudm-sdm/v2/{}/sdm-subscriptions/{}", call.captures[0], id)), call.body));
}

void Udm::unsubscribe(const Call& call, const Reply& reply) {
  if (core().udm.ues[call.captures[0]].sdm_subscriptions.erase(call.captures[1]) == 0) {
    return reply(reply_problem(404, "Subscription to the NF not found", call.captures[1]));
  }
  reply(reply_status(204));
}

}  // namespace cordon::lab
