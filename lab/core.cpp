#include "lab/core.h"

#include <format>

#include "cordon/base/ids.h"

namespace cordon::lab {

namespace {

using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

constexpr std::string_view kTestK = "465b5ce8b199b49faa5f0a2ee238a6bc";
constexpr std::string_view kTestOpc = "e8ed289deba952e4283b54e88e6183ca";

Json texts(std::span<const std::string_view> names) {
  JsonArray out;
  for (const auto name : names) out.emplace_back(name);
  return out;
}

// The recorded network's only subscriber, as the recorded UDR answers for it.
constexpr std::string_view kAmData = R"({"gpsis":["msisdn-491725670014","msisdn-491725670015"],)"
                                     R"("subscribedUeAmbr":{"uplink":"1000000 Kbps","downlink":"1000000 Kbps"},)"
                                     R"("nssai":{"defaultSingleNssais":[{"sst":1}]}})";
constexpr std::string_view kSmfSelection =
    R"({"subscribedSnssaiInfos":{"1":{"dnnInfos":[{"dnn":"internet","defaultDnnIndicator":true}]}}})";
constexpr std::string_view kSmData =
    R"([{"singleNssai":{"sst":1},"dnnConfigurations":{"internet":{)"
    R"("pduSessionTypes":{"defaultSessionType":"IPV4V6","allowedSessionTypes":["IPV4","IPV6","IPV4V6"]},)"
    R"("sscModes":{"defaultSscMode":"SSC_MODE_1","allowedSscModes":["SSC_MODE_1","SSC_MODE_2","SSC_MODE_3"]},)"
    R"("5gQosProfile":{"5qi":9,"arp":{"priorityLevel":8,"preemptCap":"NOT_PREEMPT","preemptVuln":"NOT_PREEMPTABLE"},)"
    R"("priorityLevel":8},"sessionAmbr":{"uplink":"1000000 Kbps","downlink":"1000000 Kbps"}}}}])";
constexpr std::string_view kSmPolicy =
    R"({"smPolicySnssaiData":{"1":{"snssai":{"sst":1},"smPolicyDnnData":{"internet":{"dnn":"internet"}}}}})";

// The texts above are our own: one that does not parse is a mistake in this file.
Json constant(std::string_view text) { return wire::parse_json(text).value(); }

Subscriber test_subscriber() {
  Subscriber subscriber;
  subscriber.authentication.set("authenticationMethod", "5G_AKA")
      .set("encPermanentKey", kTestK)
      .set("sequenceNumber", Json(JsonObject{}).set("sqn", "000000000040"))
      .set("authenticationManagementField", "8000")
      .set("encOpcKey", kTestOpc);
  subscriber.am_data = constant(kAmData);
  subscriber.smf_selection = constant(kSmfSelection);
  subscriber.sm_data = constant(kSmData);
  subscriber.am_policy = JsonObject{};
  subscriber.sm_policy = constant(kSmPolicy);
  return subscriber;
}

Json endpoint_of(NfType type) {
  Json endpoint;
  endpoint.set("ipv4Address", std::format("127.0.1.{}", facts_of(type).host)).set("port", 7777);
  return JsonArray{endpoint};
}

Json service_profile(NfType type, const ServiceFacts& service, const CoreSettings& settings) {
  Json version;
  version.set("apiVersionInUri", service.version);
  version.set("apiFullVersion", std::string(service.version.substr(1)) + ".0.0");
  Json profile;
  profile.set("serviceInstanceId", service.instance_id)
      .set("serviceName", service.name)
      .set("versions", JsonArray{version})
      .set("scheme", settings.scheme)
      .set("nfServiceStatus", "REGISTERED")
      .set("ipEndPoints", endpoint_of(type));
  if (!service.allowed_types.empty()) profile.set("allowedNfTypes", texts(service.allowed_types));
  return profile.set("priority", 0).set("capacity", 100).set("load", 0);
}

Json amf_info(const CoreSettings& settings) {
  Json plmn;
  plmn.set("mcc", settings.mcc).set("mnc", settings.mnc);
  Json guami;
  guami.set("plmnId", plmn).set("amfId", "020040");
  Json tai;
  tai.set("plmnId", plmn).set("tac", "000001");
  Json info;
  return info.set("amfSetId", "001")
      .set("amfRegionId", "02")
      .set("guamiList", JsonArray{guami})
      .set("taiList", JsonArray{tai});
}

}  // namespace

Core::Core(CoreSettings with) : settings(std::move(with)) {
  auto own = profile_of(NfType::nrf, settings);
  own.erase("nfProfileChangesSupportInd");
  nrf.profiles.push_back(own.set("heartBeatTimer", 10));
  udr.subscribers.emplace(kTestSupi, test_subscriber());
}

Credentials test_credentials() {
  return {.k = array_from_hex<16>(kTestK).value(), .opc = array_from_hex<16>(kTestOpc).value()};
}

Json profile_of(NfType type, const CoreSettings& settings) {
  const auto& facts = facts_of(type);
  Json profile;
  profile.set("nfInstanceId", facts.instance_id)
      .set("nfType", facts.name)
      .set("nfStatus", "REGISTERED")
      .set("ipv4Addresses", JsonArray{std::format("127.0.1.{}", facts.host)});
  if (!facts.allowed_types.empty()) profile.set("allowedNfTypes", texts(facts.allowed_types));
  profile.set("priority", 0).set("capacity", 100).set("load", 0);
  if (type == NfType::amf) profile.set("amfInfo", amf_info(settings));
  Json services;
  for (const auto& service : facts.services) {
    services.set(service.instance_id, service_profile(type, service, settings));
  }
  return profile.set("nfServiceList", services).set("nfProfileChangesSupportInd", true);
}

std::string timestamp(WallTime time) {
  return std::format("{:%FT%T}+00:00", std::chrono::floor<std::chrono::microseconds>(time));
}

std::string new_uuid() { return Uuid::random().text(); }

}  // namespace cordon::lab
