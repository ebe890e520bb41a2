#include "lab/functions.h"

#include <gtest/gtest.h>

#include <optional>

namespace cordon::lab {
namespace {

wire::Response ask(Functions& functions, NfType target, wire::Request request) {
  std::optional<wire::Response> answer;
  functions.handle(target, request, [&](wire::Response response) { answer = std::move(response); });
  EXPECT_TRUE(answer.has_value());
  return answer.value_or(wire::Response{});
}

wire::Response ask(Functions& functions, NfType target, std::string_view method, std::string path,
                   std::string body = "") {
  auto request = make_request(target, method, std::move(path));
  request.headers.push_back({"content-type", "application/json"});
  request.body = std::move(body);
  return ask(functions, target, std::move(request));
}

void register_all(Functions& functions) {
  for (const auto type : kNfTypes) {
    const auto path = std::format("/nnrf-nfm/v1/nf-instances/{}", facts_of(type).instance_id);
    if (type != NfType::nrf) ask(functions, NfType::nrf, "PUT", path, profile_of(type, {}).dump());
  }
}

struct Case {
  const char* name;
  NfType target;
  std::string_view method;
  std::string_view path;
  std::string_view body;
  int status;
  std::string_view contains;
};

class NaiveCore : public testing::TestWithParam<Case> {};

TEST_P(NaiveCore, AnswersAsOpen5gsDoes) {
  Functions functions;
  register_all(functions);
  const auto& c = GetParam();
  const auto answer = ask(functions, c.target, c.method, std::string(c.path), std::string(c.body));
  EXPECT_EQ(answer.status, c.status) << answer.body;
  EXPECT_TRUE(answer.body.contains(c.contains)) << answer.body;
}

constexpr std::string_view kFakeAmf =
    R"({"nfInstanceId":"b01dface-bead-cafe-bade-cabledfabled","nfType":"AMF","nfStatus":"REGISTERED"})";
constexpr std::string_view kFakeAmfPath = "/nnrf-nfm/v1/nf-instances/b01dface-bead-cafe-bade-cabledfabled";
constexpr std::string_view kAuthentication =
    "/nudr-dr/v1/subscription-data/imsi-999700000021309/authentication-data/authentication-subscription";
constexpr std::string_view kGenerate = "/nudm-ueau/v1/imsi-999700000021309/security-information/generate-auth-data";

INSTANTIATE_TEST_SUITE_P(
    Nrf, NaiveCore,
    testing::Values(
        Case{"DiscoversTheUdm", NfType::nrf, "GET",
             "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AMF", "", 200,
             "f999ee0e-e555-41f1-aeaf-196e09b4add1"},
        Case{"DiscoversByService", NfType::nrf, "GET",
             "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AUSF&service-names=nudm-ueau", "", 200,
             "nudm-ueau"},
        Case{"FindsNoOtherService", NfType::nrf, "GET",
             "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AUSF&service-names=nudm-pp", "", 200,
             R"("nfInstances":[])"},
        Case{"FindsNoOtherInstance", NfType::nrf, "GET",
             "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AUSF&target-nf-instance-id=x", "", 200,
             R"("nfInstances":[])"},
        Case{"RespectsAllowedTypes", NfType::nrf, "GET",
             "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=NSSF", "", 200, R"("nfInstances":[])"},
        Case{"WantsATarget", NfType::nrf, "GET", "/nnrf-disc/v1/nf-instances", "", 400, "No target-nf-type"},
        Case{"WantsATargetNotEmpty", NfType::nrf, "GET",
             "/nnrf-disc/v1/nf-instances?requester-nf-type=&target-nf-type=", "", 400, "No target-nf-type"},
        Case{"WantsARealRequester", NfType::nrf, "GET",
             "/nnrf-disc/v1/nf-instances?requester-nf-type=qwertz&target-nf-type=UDM", "", 400,
             "No requester-nf-type"},
        Case{"TakesAFakeAmf", NfType::nrf, "PUT", kFakeAmfPath, kFakeAmf, 201, "b01dface"},
        Case{"TakesNoForeignPlmn", NfType::nrf, "PUT", kFakeAmfPath,
             R"({"nfInstanceId":"x","nfType":"AMF","nfStatus":"REGISTERED","plmnList":[{"mcc":"208","mnc":"93"}]})",
             400, "PLMN-ID not allowed"},
        Case{"TakesItsOwnPlmn", NfType::nrf, "PUT", kFakeAmfPath,
             R"({"nfInstanceId":"x","nfType":"AMF","nfStatus":"REGISTERED","plmnList":[{"mcc":"999","mnc":"70"}]})",
             201, "AMF"},
        Case{"WantsAnInstance", NfType::nrf, "PUT", kFakeAmfPath, "{}", 400, "NFInstanceId"},
        Case{"WantsAType", NfType::nrf, "PUT", kFakeAmfPath, R"({"nfInstanceId":"x"})", 400, "NFType"},
        Case{"WantsAStatus", NfType::nrf, "PUT", kFakeAmfPath, R"({"nfInstanceId":"x","nfType":"AMF"})", 400,
             "NFStatus"},
        Case{"WantsJson", NfType::nrf, "PUT", kFakeAmfPath, "{", 400, "cannot parse"},
        Case{"UpdatesAKnownNf", NfType::nrf, "PATCH",
             "/nnrf-nfm/v1/nf-instances/f999ee0e-e555-41f1-aeaf-196e09b4add1",
             R"([{"op":"replace","path":"/load","value":7},{"op":"add","path":"/x","value":1}])", 204, ""},
        Case{"UpdatesNoUnknownNf", NfType::nrf, "PATCH", kFakeAmfPath, "[]", 404, "Not found"},
        Case{"DeletesAnyNf", NfType::nrf, "DELETE", "/nnrf-nfm/v1/nf-instances/f999ee0e-e555-41f1-aeaf-196e09b4add1",
             "", 204, ""},
        Case{"DeletesNoUnknownNf", NfType::nrf, "DELETE", kFakeAmfPath, "", 404, "Not found"},
        Case{"ShowsNoUnknownNf", NfType::nrf, "GET", kFakeAmfPath, "", 404, "Not found"},
        Case{"WantsANotificationUri", NfType::nrf, "POST", "/nnrf-nfm/v1/subscriptions", "{}", 400,
             "nfStatusNotificationUri"},
        Case{"EndsNoUnknownSubscription", NfType::nrf, "DELETE", "/nnrf-nfm/v1/subscriptions/x", "", 404, ""},
        Case{"KnowsNoOtherApi", NfType::nrf, "GET", "/nudm-dm/v1/x", "", 400, "Invalid API name"},
        Case{"KnowsNoRoot", NfType::nrf, "GET", "/", "", 400, "Invalid API name"},
        Case{"KnowsNoOtherResource", NfType::nrf, "GET", "/nnrf-nfm/v1/x", "", 400, "Invalid resource name"},
        Case{"KnowsNoOtherMethod", NfType::nrf, "POST", kFakeAmfPath, "", 403, "Invalid HTTP method"}),
    [](const auto& each) { return std::string(each.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Subscribers, NaiveCore,
    testing::Values(
        Case{"UdrGivesKeysInClear", NfType::udr, "GET", kAuthentication, "", 200, "465b5ce8b199b49faa5f0a2ee238a6bc"},
        Case{"UdrKnowsNoOtherSubscriber", NfType::udr, "GET", "/nudr-dr/v1/policy-data/ues/imsi-1/am-data", "", 404,
             "Not found"},
        Case{"UdrPatchesOnlyContextsItHas", NfType::udr, "PATCH",
             "/nudr-dr/v1/subscription-data/imsi-999700000021309/context-data/amf-3gpp-access", "[]", 404, ""},
        Case{"UdrGivesSessionData", NfType::udr, "GET",
             "/nudr-dr/v1/subscription-data/imsi-999700000021309/99970/provisioned-data?dataset-names=SM", "", 200,
             "smData"},
        Case{"UdmMakesVectorsForAnybody", NfType::udm, "POST", kGenerate, R"({"servingNetworkName":"5G:x"})", 200,
             "kausf"},
        Case{"UdmWantsANetwork", NfType::udm, "POST", kGenerate, "{}", 400, "servingNetworkName"},
        Case{"UdmRefusesAForgedResynchronisation", NfType::udm, "POST", kGenerate,
             R"({"servingNetworkName":"5G:x","resynchronizationInfo":{"rand":"f6e2979dbccc48dfc85bca563343ccf5",)"
             R"("auts":"e0b2df5e79b604b78b889257cf92"}})",
             400, "MAC-S"},
        Case{"UdmRefusesAMalformedResynchronisation", NfType::udm, "POST", kGenerate,
             R"({"servingNetworkName":"5G:x","resynchronizationInfo":{"rand":"0","auts":"0"}})", 400, "malformed"},
        Case{"UdmKnowsNoOtherSubscriber", NfType::udm, "GET", "/nudm-sdm/v2/imsi-1/am-data", "", 404,
             "Unknown subscriber"},
        Case{"UdmGivesAccessData", NfType::udm, "GET", "/nudm-sdm/v2/imsi-999700000021309/am-data", "", 200,
             "msisdn-491725670014"},
        Case{"UdmGivesSelectionData", NfType::udm, "GET", "/nudm-sdm/v2/imsi-999700000021309/smf-select-data", "",
             200, "internet"},
        Case{"UdmShowsNoRegistrationBeforeThereIsOne", NfType::udm, "GET",
             "/nudm-uecm/v1/imsi-999700000021309/registrations/amf-3gpp-access", "", 404, ""},
        Case{"UdmUpdatesNoRegistrationBeforeThereIsOne", NfType::udm, "PATCH",
             "/nudm-uecm/v1/imsi-999700000021309/registrations/amf-3gpp-access", "{}", 404, ""},
        Case{"UdmEndsNoUnknownSession", NfType::udm, "DELETE",
             "/nudm-uecm/v1/imsi-999700000021309/registrations/smf-registrations/5", "", 404, ""},
        Case{"UdmWantsACallback", NfType::udm, "POST", "/nudm-sdm/v2/imsi-999700000021309/sdm-subscriptions", "{}",
             400, "callbackReference"},
        Case{"UdmEndsNoUnknownSubscription", NfType::udm, "DELETE",
             "/nudm-sdm/v2/imsi-999700000021309/sdm-subscriptions/x", "", 404, ""},
        Case{"AusfWantsAnIdentity", NfType::ausf, "POST", "/nausf-auth/v1/ue-authentications", "{}", 400,
             "supiOrSuci"},
        Case{"AusfWantsANetwork", NfType::ausf, "POST", "/nausf-auth/v1/ue-authentications",
             R"({"supiOrSuci":"imsi-1"})", 400, "servingNetworkName"},
        Case{"AusfPassesOnThatNobodyKnowsThePhone", NfType::ausf, "POST", "/nausf-auth/v1/ue-authentications",
             R"({"supiOrSuci":"imsi-1","servingNetworkName":"5G:x"})", 404, "UDM refused"},
        Case{"AusfConfirmsNothingUnknown", NfType::ausf, "PUT",
             "/nausf-auth/v1/ue-authentications/9/5g-aka-confirmation", "{}", 404, ""},
        Case{"AusfForgetsNothingUnknown", NfType::ausf, "DELETE",
             "/nausf-auth/v1/ue-authentications/9/5g-aka-confirmation", "", 404, ""}),
    [](const auto& each) { return std::string(each.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Sessions, NaiveCore,
    testing::Values(
        Case{"PcfWantsASupiForAccess", NfType::pcf, "POST", "/npcf-am-policy-control/v1/policies", "{}", 400, "supi"},
        Case{"PcfWantsASupiForSessions", NfType::pcf, "POST", "/npcf-smpolicycontrol/v1/sm-policies", "{}", 400,
             "supi"},
        Case{"PcfKnowsNoOtherSubscriber", NfType::pcf, "POST", "/npcf-am-policy-control/v1/policies",
             R"({"supi":"imsi-1"})", 404, "Unknown subscriber"},
        Case{"PcfKnowsNoOtherSubscribersSessions", NfType::pcf, "POST", "/npcf-smpolicycontrol/v1/sm-policies",
             R"({"supi":"imsi-1"})", 404, "Unknown subscriber"},
        Case{"PcfEndsNoUnknownAccessPolicy", NfType::pcf, "DELETE", "/npcf-am-policy-control/v1/policies/9", "", 404,
             ""},
        Case{"PcfEndsNoUnknownSessionPolicy", NfType::pcf, "POST", "/npcf-smpolicycontrol/v1/sm-policies/9/delete",
             "{}", 404, ""},
        Case{"BsfWantsANetwork", NfType::bsf, "POST", "/nbsf-management/v1/pcfBindings", "{}", 400, "dnn"},
        Case{"BsfFindsNothing", NfType::bsf, "GET", "/nbsf-management/v1/pcfBindings?ipv4Addr=10.45.0.2", "", 204,
             ""},
        Case{"BsfRemovesNothingUnknown", NfType::bsf, "DELETE", "/nbsf-management/v1/pcfBindings/9", "", 404, ""},
        Case{"NssfSelectsTheOneSlice", NfType::nssf, "GET",
             "/nnssf-nsselection/v2/network-slice-information?nf-id=x&nf-type=AMF", "", 200, "127.0.1.10"},
        Case{"NssfWantsACaller", NfType::nssf, "GET", "/nnssf-nsselection/v2/network-slice-information", "", 400,
             "nf-id"},
        Case{"NssfWantsACallersType", NfType::nssf, "GET", "/nnssf-nsselection/v2/network-slice-information?nf-id=x",
             "", 400, "nf-type"},
        Case{"SmfWantsASession", NfType::smf, "POST", "/nsmf-pdusession/v1/sm-contexts", "{}", 400, "No supi"},
        Case{"SmfModifiesNothingUnknown", NfType::smf, "POST", "/nsmf-pdusession/v1/sm-contexts/9/modify", "{}", 404,
             ""},
        Case{"SmfReleasesNothingUnknown", NfType::smf, "POST", "/nsmf-pdusession/v1/sm-contexts/9/release", "{}", 404,
             ""},
        Case{"SmfTakesPolicyUpdates", NfType::smf, "POST", "/nsmf-callback/v1/sm-policy-notify/1/update", "{}", 204,
             ""},
        Case{"AmfWantsAMessage", NfType::amf, "POST", "/namf-comm/v1/ue-contexts/imsi-1/n1-n2-messages", "", 400,
             "N1N2MessageTransferReqData"},
        Case{"AmfTakesDeregistrations", NfType::amf, "POST", "/namf-callback/v1/imsi-1/dereg-notify", "{}", 204, ""},
        Case{"EveryNfTakesNotifications", NfType::bsf, "POST", "/nnrf-nfm/v1/nf-status-notify", "{}", 204, ""}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(NaiveCoreState, AFakeAmfIsThenDiscovered) {
  Functions functions;
  EXPECT_EQ(ask(functions, NfType::nrf, "PUT", std::string(kFakeAmfPath), std::string(kFakeAmf)).status, 201);
  EXPECT_EQ(ask(functions, NfType::nrf, "PUT", std::string(kFakeAmfPath), std::string(kFakeAmf)).status, 200);
  const auto found =
      ask(functions, NfType::nrf, "GET", "/nnrf-disc/v1/nf-instances?target-nf-type=AMF&requester-nf-type=SMF");
  EXPECT_TRUE(found.body.contains("cabledfabled")) << found.body;
}

TEST(NaiveCoreState, AWrongAnswerToTheChallengeIsAFailure) {
  Functions functions;
  ask(functions, NfType::ausf, "POST", "/nausf-auth/v1/ue-authentications",
      R"({"supiOrSuci":"suci-0-999-70-0-0-0-0000021309","servingNetworkName":"5G:x"})");
  const auto answer = ask(functions, NfType::ausf, "PUT", "/nausf-auth/v1/ue-authentications/1/5g-aka-confirmation",
                          R"({"resStar":"00"})");
  EXPECT_TRUE(answer.body.contains("AUTHENTICATION_FAILURE")) << answer.body;
}

TEST(NaiveCoreState, TheUdmShowsWhereAPhoneIs) {
  Functions functions;
  const std::string registrations = "/nudm-uecm/v1/imsi-999700000021309/registrations/";
  ask(functions, NfType::udm, "PUT", registrations + "amf-3gpp-access", R"({"amfInstanceId":"a"})");
  ask(functions, NfType::udm, "PUT", registrations + "smf-registrations/5",
      R"({"smfInstanceId":"s","dnn":"internet"})");
  EXPECT_EQ(ask(functions, NfType::udm, "GET", registrations + "amf-3gpp-access").body, R"({"amfInstanceId":"a"})");
  EXPECT_EQ(ask(functions, NfType::udm, "GET", "/nudm-sdm/v2/imsi-999700000021309/ue-context-in-smf-data").body,
            R"({"pduSessions":{"5":{"dnn":"internet","smfInstanceId":"s"}}})");
}

TEST(NaiveCoreState, TheBsfFindsABindingByAddress) {
  Functions functions;
  const auto binding = R"({"ipv4Addr":"10.45.0.2","dnn":"internet","snssai":{"sst":1}})";
  EXPECT_EQ(ask(functions, NfType::bsf, "POST", "/nbsf-management/v1/pcfBindings", binding).status, 201);
  EXPECT_EQ(ask(functions, NfType::bsf, "GET", "/nbsf-management/v1/pcfBindings?ipv4Addr=10.45.0.2").body, binding);
}

TEST(NaiveCoreState, ASessionIsModifiedOnlyInKnownWays) {
  Functions functions;
  const auto created = ask(functions, NfType::smf, "POST", "/nsmf-pdusession/v1/sm-contexts",
                           R"({"supi":"imsi-1","pduSessionId":5,"sNssai":{"sst":1},"dnn":"internet"})");
  ASSERT_EQ(created.status, 201);
  EXPECT_EQ(
      ask(functions, NfType::smf, "POST", location_path(created) + "/modify", R"({"upCnxState":"SUSPENDED"})").status,
      400);
  EXPECT_EQ(ask(functions, NfType::smf, "POST", location_path(created) + "/modify", R"({"release":true})").status,
            204);
  EXPECT_EQ(ask(functions, NfType::smf, "POST", location_path(created) + "/release", "{}").status, 404);
}

TEST(NaiveCoreState, AnIncompleteSubscriptionIsThePeersFault) {
  Functions functions;
  functions.core().udr.subscribers.begin()->second.authentication.erase("encOpcKey");
  EXPECT_EQ(ask(functions, NfType::udm, "POST", std::string(kGenerate), R"({"servingNetworkName":"5G:x"})").status,
            504);
}

TEST(NfType, NamesAndAddressesAgree) {
  for (const auto type : kNfTypes) {
    EXPECT_EQ(nf_type(name_of(type)), type);
    EXPECT_EQ(nf_at(authority_of(type)), type);
  }
  EXPECT_FALSE(nf_type("UPF"));
  EXPECT_FALSE(nf_at("127.0.1.99:7777"));
}

TEST(Multipart, ComesBackAsItWasWritten) {
  const std::vector<Part> parts = {
      {.content_id = "", .content_type = "application/json", .body = "{}"},
      {.content_id = "n", .content_type = "application/vnd.3gpp.ngap", .body = std::string("\0\r\n-", 4)}};
  const auto boundary = new_boundary();
  const auto back = parse_multipart(multipart_type(boundary), write_multipart(parts, boundary));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, parts);
  EXPECT_TRUE(parse_multipart("Multipart/Related; BOUNDARY=b; x=y", "--b\r\ncontent-type:a\r\n\r\nz\r\n--b--"));
}

TEST(Multipart, RefusesWhatIsNone) {
  const auto refused = [](std::string_view type, std::string_view body) { return !parse_multipart(type, body); };
  EXPECT_TRUE(refused("multipart/related", "--b--"));
  EXPECT_TRUE(refused("multipart/related; boundary=", "--b--"));
  EXPECT_TRUE(refused("multipart/related; boundary=" + std::string(71, 'b'), "--b--"));
  EXPECT_TRUE(refused("multipart/related; boundary=b", "x"));
  EXPECT_TRUE(refused("multipart/related; boundary=b", "--bx"));
  EXPECT_TRUE(refused("multipart/related; boundary=b", "--b\r\na: b\r\n\r\nx"));
  EXPECT_TRUE(refused("multipart/related; boundary=b", "--b\r\nno header end\r\n--b--"));
  std::string many = "--b";
  for (std::size_t i = 0; i <= kMaxParts; ++i) many += "\r\na: b\r\n\r\nx\r\n--b";
  EXPECT_TRUE(refused("multipart/related; boundary=b", many + "--"));
}

TEST(Sbi, ReadsTargets) {
  const auto target = parse_target("/a/v1//b%2Fc?x=%7B%22&y&z=%4");
  EXPECT_EQ(target.segments, (std::vector<std::string>{"a", "v1", "b/c"}));
  EXPECT_EQ(target.query_value("x"), "{\"");
  EXPECT_EQ(target.query_value("y"), "");
  EXPECT_EQ(target.query_value("z"), "%4");
  EXPECT_FALSE(target.query_value("w"));
  EXPECT_EQ(percent_encoded("{\"a-1\""), "%7B%22a-1%22");
  EXPECT_EQ(path_of_uri("http://h"), "");
  EXPECT_EQ(path_of_uri("word"), "");
  EXPECT_EQ(authority_of_uri("http://h:1/x"), "h:1");
  EXPECT_EQ(authority_of_uri("/x"), "");
}

}  // namespace
}  // namespace cordon::lab
