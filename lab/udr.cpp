#include "lab/udr.h"

#include <format>

#include "cordon/base/text.h"

namespace cordon::lab {

namespace {

using wire::Json;
using wire::JsonObject;

// TS 33.102 C.3.2: steps of 32 keep the index part (IND) of the number.
constexpr std::uint64_t kSqnStep = 0x20;

Json stepped(const Json& number) {
  const auto sqn = array_from_hex<6>(member(number, "sqn").text());
  return Json(JsonObject{}).set("sqn", sqn ? to_hex(plus(*sqn, kSqnStep)) : "000000000000");
}

}  // namespace

Udr::Udr(Core& core, Peers& peers) : Nf(NfType::udr, core, peers) {
  const auto show = [this](std::string_view pattern, Json Subscriber::* data) {
    subscriber_route("GET", pattern,
                     [data](Subscriber& of, const Call&, const Reply& reply) { reply(reply_json(200, of.*data)); });
  };
  constexpr std::string_view kAuthentication = "nudr-dr/v1/subscription-data/*/authentication-data/authentication-";
  show(std::string(kAuthentication) + "subscription", &Subscriber::authentication);
  show("nudr-dr/v1/subscription-data/*/*/provisioned-data/am-data", &Subscriber::am_data);
  show("nudr-dr/v1/subscription-data/*/*/provisioned-data/smf-selection-subscription-data",
       &Subscriber::smf_selection);
  show("nudr-dr/v1/subscription-data/*/*/provisioned-data/sm-data", &Subscriber::sm_data);
  show("nudr-dr/v1/policy-data/ues/*/am-data", &Subscriber::am_policy);
  show("nudr-dr/v1/policy-data/ues/*/sm-data", &Subscriber::sm_policy);
  subscriber_route(
      "PATCH", std::string(kAuthentication) + "subscription",
      [this](Subscriber& of, const Call& call, const Reply& reply) { patch_authentication(of, call, reply); });
  subscriber_route("PUT", std::string(kAuthentication) + "status",
                   [](Subscriber& of, const Call& call, const Reply& reply) {
                     of.authentication_status = call.body;
                     of.authentication.set("sequenceNumber", stepped(member(of.authentication, "sequenceNumber")));
                     reply(reply_status(204));
                   });
  subscriber_route("DELETE", std::string(kAuthentication) + "status",
                   [](Subscriber& of, const Call&, const Reply& reply) {
                     of.authentication_status = {};
                     reply(reply_status(204));
                   });
  subscriber_route("GET", "nudr-dr/v1/subscription-data/*/*/provisioned-data",
                   [this](Subscriber& of, const Call& call, const Reply& reply) { data_sets(of, call, reply); });
  route_context("amf-3gpp-access");
  route_context("smf-registrations/*");
}

void Udr::subscriber_route(std::string_view method, std::string_view pattern, SubscriberHandler handler) {
  route(method, pattern, [this, handler = std::move(handler)](const Call& call, const Reply& reply) {
    const auto found = core().udr.subscribers.find(call.captures[0]);
    if (found == core().udr.subscribers.end()) return reply(reply_problem(404, "Not found", call.captures[0]));
    handler(found->second, call, reply);
  });
}

void Udr::route_context(const std::string& name) {
  const auto pattern = "nudr-dr/v1/subscription-data/*/context-data/" + name;
  const auto key = [name](const Call& call) { return call.captures.size() < 2 ? name : call.captures[1]; };
  subscriber_route("PUT", pattern, [key](Subscriber& of, const Call& call, const Reply& reply) {
    of.context[key(call)] = call.body;
    reply(reply_status(204));
  });
  subscriber_route("PATCH", pattern, [key](Subscriber& of, const Call& call, const Reply& reply) {
    // The recorded UDM names the member "PurgeFlag", without the pointer's slash; the recorded UDR takes it.
    reply(of.context.contains(key(call)) ? reply_status(204) : reply_problem(404, "Not found", key(call)));
  });
  subscriber_route("DELETE", pattern, [key](Subscriber& of, const Call& call, const Reply& reply) {
    of.context.erase(key(call));
    reply(reply_status(204));
  });
}

void Udr::patch_authentication(Subscriber& subscriber, const Call& call, const Reply& reply) {
  for (const auto& change : call.body.array()) {
    if (member(change, "path").text() != "/sequenceNumber/sqn") continue;
    const auto number = Json(JsonObject{}).set("sqn", member(change, "value"));
    subscriber.authentication.set("sequenceNumber", stepped(number));
  }
  reply(reply_status(204));
}

void Udr::data_sets(const Subscriber& subscriber, const Call& call, const Reply& reply) {
  Json answer{JsonObject{}};
  for (const auto name : split(call.target.query_value("dataset-names").value_or("AM,SMF_SEL"), ',')) {
    if (name == "AM") answer.set("amData", subscriber.am_data);
    if (name == "SMF_SEL") answer.set("smfSelData", subscriber.smf_selection);
    if (name == "SM") answer.set("smData", subscriber.sm_data);
  }
  reply(reply_json(200, answer));
}

}  // namespace cordon::lab
