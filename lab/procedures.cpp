#include "lab/procedures.h"

#include <format>

#include "lab/ngap.h"
#include "lab/script.h"

namespace cordon::lab {

using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

struct UeSession {
  Json plmn;
  Json guami;
  std::string supi{kTestSupi};
  std::string confirmation;  // path at the AUSF
  Block rand{};
  std::string sdm_subscription;  // paths of what was created
  std::string am_policy;
  std::string sm_context;
  bool session_arrived = false;
  std::function<void()> on_session;
};

namespace {

constexpr std::string_view kInstances = "/nnrf-nfm/v1/nf-instances";
constexpr std::string_view kServingNetwork = "5G:mnc070.mcc999.3gppnetwork.org";
constexpr std::string_view kPei = "imeisv-8665070400405301";
constexpr std::string_view kGpsi = "msisdn-491725670014";

std::string instance_path(NfType type) { return std::format("{}/{}", kInstances, facts_of(type).instance_id); }

Json bit_rate() {
  Json rate;
  return rate.set("uplink", "1000000 Kbps").set("downlink", "1000000 Kbps");
}

Json slice() { return Json(JsonObject{}).set("sst", 1); }

Json location_of(const UeSession& ue) {
  Json tai;
  tai.set("plmnId", ue.plmn).set("tac", "000001");
  Json cell;
  cell.set("plmnId", ue.plmn).set("nrCellId", "000040001");
  return Json(JsonObject{}).set("nrLocation", Json(JsonObject{}).set("tai", tai).set("ncgi", cell));
}

std::string amf_uri(const CoreSettings& settings, std::string_view path) {
  return settings.scheme + "://" + authority_of(NfType::amf) + std::string(path);
}

std::string encoded_plmn(const UeSession& ue) { return percent_encoded(ue.plmn.dump()); }

wire::Request multipart_request(NfType target, std::string path, const Json& json, const Part& binary) {
  const auto boundary = new_boundary();
  auto request = make_request(target, "POST", std::move(path));
  request.headers.push_back({"content-type", multipart_type(boundary)});
  request.body = write_multipart(
      {{.content_id = "", .content_type = "application/json", .body = json.dump()}, binary}, boundary);
  return request;
}

Json amf_registration(const UeSession& ue, const CoreSettings& settings) {
  Json body;
  return body.set("amfInstanceId", facts_of(NfType::amf).instance_id)
      .set("pei", kPei)
      .set("deregCallbackUri", amf_uri(settings, "/namf-callback/v1/" + ue.supi + "/dereg-notify"))
      .set("initialRegistrationInd", true)
      .set("guami", ue.guami)
      .set("ratType", "NR");
}

Json sdm_subscription(const UeSession& ue, const CoreSettings& settings) {
  Json body;
  return body.set("nfInstanceId", facts_of(NfType::amf).instance_id)
      .set("implicitUnsubscribe", true)
      .set("callbackReference", amf_uri(settings, "/namf-callback/v1/" + ue.supi + "/sdmsubscription-notify"))
      .set("monitoredResourceUris", JsonArray{ue.supi + "/am-data"})
      .set("supportedFeatures", "1000")
      .set("uniqueSubscription", true);
}

Json am_policy(const UeSession& ue, const CoreSettings& settings) {
  Json body;
  return body.set("notificationUri", amf_uri(settings, "/namf-callback/v1/" + ue.supi + "/am-policy-notify"))
      .set("supi", ue.supi)
      .set("gpsi", kGpsi)
      .set("accessType", "3GPP_ACCESS")
      .set("pei", kPei)
      .set("userLoc", location_of(ue))
      .set("timeZone", "+00:00")
      .set("servingPlmn", ue.plmn)
      .set("ratType", "NR")
      .set("ueAmbr", bit_rate())
      .set("allowedSnssais", JsonArray{slice()})
      .set("guami", ue.guami)
      .set("suppFeat", "4");
}

Json sm_context(const UeSession& ue, const CoreSettings& settings) {
  Json body;
  return body.set("supi", ue.supi)
      .set("pei", kPei)
      .set("gpsi", kGpsi)
      .set("pduSessionId", 5)
      .set("dnn", "internet")
      .set("sNssai", slice())
      .set("servingNfId", facts_of(NfType::amf).instance_id)
      .set("guami", ue.guami)
      .set("servingNetwork", ue.plmn)
      .set("requestType", "INITIAL_REQUEST")
      .set("n1SmMsg", Json(JsonObject{}).set("contentId", "5gnas-sm"))
      .set("anType", "3GPP_ACCESS")
      .set("ratType", "NR")
      .set("ueLocation", location_of(ue))
      .set("ueTimeZone", "+00:00")
      .set("smContextStatusUri", amf_uri(settings, "/namf-callback/v1/" + ue.supi + "/sm-context-status/5"))
      .set("pcfId", facts_of(NfType::pcf).instance_id);
}

Json nrf_subscription(NfType type, const CoreSettings& settings, const Json& condition) {
  Json body;
  return body
      .set("nfStatusNotificationUri", settings.scheme + "://" + authority_of(type) + "/nnrf-nfm/v1/nf-status-notify")
      .set("reqNfInstanceId", facts_of(type).instance_id)
      .set("subscrCond", condition)
      .set("reqNfType", name_of(type))
      .set("requesterFeatures", "1");
}

wire::Request heartbeat(NfType type) {
  Json status;
  status.set("op", "replace").set("path", "/nfStatus").set("value", "REGISTERED");
  Json load;
  load.set("op", "replace").set("path", "/load").set("value", 0);
  return make_request(NfType::nrf, "PATCH", instance_path(type), JsonArray{status, load},
                      "application/json-patch+json");
}

}  // namespace

Procedures::~Procedures() {
  *alive_ = false;
  if (heartbeat_) loop_.cancel(*heartbeat_);
}

std::shared_ptr<Procedures::Script> Procedures::script(Done done) {
  return std::make_shared<Script>(loop_, core_.functions(), std::move(done));
}

void Procedures::add_start(const std::shared_ptr<Script>& script, NfType type) {
  const auto& settings = core_.functions().core().settings;
  const auto to_nrf = [&](std::string method, std::string path, const Json& body, std::vector<int> expected) {
    script->ask({.caller = type,
                 .target = NfType::nrf,
                 .make =
                     [=] {
                       return body.is_null() ? make_request(NfType::nrf, method, path)
                                             : make_request(NfType::nrf, method, path, body);
                     },
                 .expected = std::move(expected),
                 .then = {}});
  };
  to_nrf("PUT", instance_path(type), profile_of(type, settings), {200, 201});
  const auto subscribe = [&](const Json& condition) {
    to_nrf("POST", "/nnrf-nfm/v1/subscriptions", nrf_subscription(type, settings, condition), {201});
  };
  subscribe(Json(JsonObject{}).set("nfType", "SEPP"));
  for (const auto service : facts_of(type).needed_services) subscribe(Json(JsonObject{}).set("serviceName", service));
  // The recorded core reads every profile there is: what looks like reconnaissance is everyday traffic.
  const auto read_each = [type, weak = std::weak_ptr(script)](const wire::Response& list) {
    const auto running = weak.lock();
    const auto body = wire::parse_json(list.body);
    const auto* items = body ? body->at("_links/item") : nullptr;
    if (!running || items == nullptr) return;
    std::vector<Script::Ask> reads;
    for (const auto& item : items->array()) {
      const auto path = path_of_uri(member(item, "href").text());
      reads.push_back({.caller = type,
                       .target = NfType::nrf,
                       .make = [path] { return make_request(NfType::nrf, "GET", path); },
                       .expected = {200},
                       .then = {}});
    }
    running->ask_next(std::move(reads));
  };
  script->ask({.caller = type,
               .target = NfType::nrf,
               .make = [] { return make_request(NfType::nrf, "GET", std::string(kInstances)); },
               .expected = {200},
               .then = read_each});
}

void Procedures::start_nf(NfType type, Done done) {
  const auto running = script(std::move(done));
  add_start(running, type);
  running->run();
}

void Procedures::start_all(Done done) {
  const auto running = script(std::move(done));
  for (const auto type : kNfTypes) {
    if (type != NfType::nrf) add_start(running, type);
  }
  running->run();
}

void Procedures::heartbeat_all(Done done) {
  const auto running = script(std::move(done));
  for (const auto type : kNfTypes) {
    if (type == NfType::nrf) continue;
    running->ask({.caller = type,
                  .target = NfType::nrf,
                  .make = [type] { return heartbeat(type); },
                  .expected = {204, 404},
                  .then = {}});
  }
  running->run();
}

// An NF that the NRF no longer knows registers anew at its next heartbeat, as the recorded core's do.
void Procedures::heartbeat_every(std::chrono::milliseconds interval) {
  heartbeat_ = loop_.after(interval, [this, interval] {
    heartbeat_all([this, alive = alive_](const Result<Trace>& trace) {
      if (!*alive || !trace) return;
      for (const auto& step : *trace) {
        if (step.status == 404) start_nf(step.caller, [](const Result<Trace>&) {});
      }
    });
    heartbeat_every(interval);
  });
}

void Procedures::stop_nf(NfType type, Done done) {
  const auto running = script(std::move(done));
  running->ask({.caller = type,
                .target = NfType::nrf,
                .make = [type] { return make_request(NfType::nrf, "DELETE", instance_path(type)); },
                .expected = {204},
                .then = {}});
  running->run();
}

void Procedures::register_ue(Done done) {
  const auto& settings = core_.functions().core().settings;
  auto ue = std::make_shared<UeSession>();
  ue->plmn.set("mcc", settings.mcc).set("mnc", settings.mnc);
  ue->guami.set("plmnId", ue->plmn).set("amfId", "020040");
  core_.functions().core().amf.on_n1_n2 = [ue](const std::string&) {
    ue->session_arrived = true;
    if (const auto resume = std::exchange(ue->on_session, nullptr)) resume();
  };
  const auto running = script(std::move(done));
  add_authentication(running, ue);
  add_registration(running, ue);
  add_session(running, ue);
  add_departure(running, ue);
  running->run();
}

void Procedures::add_authentication(const std::shared_ptr<Script>& script, const std::shared_ptr<UeSession>& ue) {
  const auto challenge = [] {
    Json body;
    body.set("supiOrSuci", kTestSuci).set("servingNetworkName", kServingNetwork);
    return make_request(NfType::ausf, "POST", "/nausf-auth/v1/ue-authentications", body);
  };
  const auto remember = [ue](const wire::Response& response) {
    const auto body = wire::parse_json(response.body);
    const auto rand =
        body ? array_from_hex<16>(member(member(*body, "5gAuthData"), "rand").text()) : Result<Block>(Block{});
    if (rand) ue->rand = *rand;
    ue->confirmation = location_path(response) + "/5g-aka-confirmation";
  };
  const auto confirm = [ue] {
    const auto answer = to_hex(res_star(test_credentials(), ue->rand, kServingNetwork));
    return make_request(NfType::ausf, "PUT", ue->confirmation, Json(JsonObject{}).set("resStar", answer));
  };
  script->ask({NfType::amf, NfType::ausf, challenge, {201}, remember});
  script->ask({NfType::amf, NfType::ausf, confirm, {200}, {}});
}

void Procedures::add_registration(const std::shared_ptr<Script>& script, const std::shared_ptr<UeSession>& ue) {
  const auto& settings = core_.functions().core().settings;
  const auto from_udm = [&](std::string method, std::string path, const Json& body, std::vector<int> expected,
                            std::function<void(const wire::Response&)> then) {
    script->ask({NfType::amf, NfType::udm,
                 [=] {
                   return body.is_null() ? make_request(NfType::udm, method, path)
                                         : make_request(NfType::udm, method, path, body);
                 },
                 std::move(expected), std::move(then)});
  };
  from_udm("PUT", std::format("/nudm-uecm/v1/{}/registrations/amf-3gpp-access", ue->supi),
           amf_registration(*ue, settings), {200, 201}, {});
  from_udm("GET", std::format("/nudm-sdm/v2/{}?dataset-names=AM%2CSMF_SEL&plmn-id={}", ue->supi, encoded_plmn(*ue)),
           {}, {200}, {});
  from_udm("GET", std::format("/nudm-sdm/v2/{}/ue-context-in-smf-data?plmn-id={}", ue->supi, encoded_plmn(*ue)), {},
           {200}, {});
  from_udm("POST", std::format("/nudm-sdm/v2/{}/sdm-subscriptions", ue->supi), sdm_subscription(*ue, settings), {201},
           [ue](const wire::Response& response) { ue->sdm_subscription = location_path(response); });
  const auto policy = am_policy(*ue, settings);
  script->ask({NfType::amf,
               NfType::pcf,
               [policy] { return make_request(NfType::pcf, "POST", "/npcf-am-policy-control/v1/policies", policy); },
               {201},
               [ue](const wire::Response& response) { ue->am_policy = location_path(response); }});
}

void Procedures::add_session(const std::shared_ptr<Script>& script, const std::shared_ptr<UeSession>& ue) {
  const auto body = sm_context(*ue, core_.functions().core().settings);
  const auto create = [body] {
    return multipart_request(
        NfType::smf, "/nsmf-pdusession/v1/sm-contexts", body,
        {.content_id = "5gnas-sm", .content_type = "application/vnd.3gpp.5gnas", .body = "\x2e\x05\x01\xc1"});
  };
  const auto gnb_answers = [ue] {
    Json response;
    response.set("n2SmInfo", Json(JsonObject{}).set("contentId", "ngap-sm")).set("n2SmInfoType", "PDU_RES_SETUP_RSP");
    return multipart_request(
        NfType::smf, ue->sm_context + "/modify", response,
        {.content_id = "ngap-sm", .content_type = "application/vnd.3gpp.ngap", .body = setup_response_transfer()});
  };
  const auto idle = [ue] {
    Json state;
    state.set("ueLocation", location_of(*ue)).set("ueTimeZone", "+00:00").set("upCnxState", "DEACTIVATED");
    state.set("ngApCause", Json(JsonObject{}).set("group", 1).set("value", 20));
    return make_request(NfType::smf, "POST", ue->sm_context + "/modify", state);
  };
  const auto release = [ue] {
    Json cause;
    cause.set("ueLocation", location_of(*ue)).set("ueTimeZone", "+00:00");
    return make_request(NfType::smf, "POST", ue->sm_context + "/release", cause);
  };
  script->ask({NfType::amf, NfType::smf, create, {201}, [ue](const wire::Response& response) {
                 ue->sm_context = location_path(response);
               }});
  script->wait([ue](std::function<void()> resume) {
    if (ue->session_arrived) return resume();
    ue->on_session = std::move(resume);
  });
  script->ask({NfType::amf, NfType::smf, gnb_answers, {204}, {}});
  script->ask({NfType::amf, NfType::smf, idle, {200}, {}});
  script->ask({NfType::amf, NfType::smf, release, {204}, {}});
}

void Procedures::add_departure(const std::shared_ptr<Script>& script, const std::shared_ptr<UeSession>& ue) {
  const auto unsubscribe = [ue] { return make_request(NfType::udm, "DELETE", ue->sdm_subscription); };
  const auto purge = [ue] {
    Json body;
    body.set("guami", ue->guami).set("purgeFlag", true);
    return make_request(NfType::udm, "PATCH", std::format("/nudm-uecm/v1/{}/registrations/amf-3gpp-access", ue->supi),
                        body);
  };
  const auto forget = [ue] { return make_request(NfType::ausf, "DELETE", ue->confirmation); };
  const auto drop_policy = [ue] { return make_request(NfType::pcf, "DELETE", ue->am_policy); };
  script->ask({NfType::amf, NfType::udm, unsubscribe, {204}, {}});
  script->ask({NfType::amf, NfType::udm, purge, {204}, {}});
  script->ask({NfType::amf, NfType::ausf, forget, {204}, {}});
  script->ask({NfType::amf, NfType::pcf, drop_policy, {204}, {}});
}

Result<Procedures::Trace> Procedures::wait(const std::function<void(Done)>& procedure) {
  auto result = std::make_shared<std::optional<Result<Trace>>>();
  procedure([result](Result<Trace> ended) { *result = std::move(ended); });
  while (!result->has_value()) {
    if (!loop_.run_once(std::chrono::milliseconds{1000})) return fail(ErrorKind::unavailable, "the loop was stopped");
  }
  return std::move(**result);
}

}  // namespace cordon::lab
