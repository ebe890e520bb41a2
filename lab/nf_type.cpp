#include "lab/nf_type.h"

#include <algorithm>
#include <format>

namespace cordon::lab {

namespace {

using Name = std::string_view;

constexpr std::array kNrfServices = {ServiceFacts{"f97364be-e555-41f1-9f59-65bd764bf60d", "nnrf-nfm", "v1", {}},
                                     ServiceFacts{"f97365f4-e555-41f1-9f59-65bd764bf60d", "nnrf-disc", "v1", {}}};

constexpr std::array kAmfConsumers = {Name("SCP"), Name("SMF"), Name("AMF")};
constexpr std::array kAmfConsumers0 = {Name("SMF"), Name("AMF")};
constexpr std::array kAmfServices = {
    ServiceFacts{"f992207a-e555-41f1-9dea-7f66d0edecbf", "namf-comm", "v1", kAmfConsumers0}};
constexpr std::array kAmfNeeds = {Name("nausf-auth"),      Name("nudm-uecm"),
                                  Name("nudm-sdm"),        Name("npcf-am-policy-control"),
                                  Name("nsmf-pdusession"), Name("nnssf-nsselection")};

constexpr std::array kAusfConsumers = {Name("SCP"), Name("AMF")};
constexpr std::array kAusfConsumers0 = {Name("AMF")};
constexpr std::array kAusfServices = {
    ServiceFacts{"f99549ee-e555-41f1-bd8b-2941ce299b45", "nausf-auth", "v1", kAusfConsumers0}};
constexpr std::array kAusfNeeds = {Name("nudm-ueau")};

constexpr std::array kUdmConsumers = {Name("SCP"), Name("AMF"), Name("SMF"), Name("AUSF")};
constexpr std::array kUdmConsumers0 = {Name("AUSF")};
constexpr std::array kUdmConsumers1 = {Name("AMF"), Name("SMF")};
constexpr std::array kUdmConsumers2 = {Name("AMF"), Name("SMF")};
constexpr std::array kUdmServices = {
    ServiceFacts{"f99a056a-e555-41f1-aeaf-196e09b4add1", "nudm-ueau", "v1", kUdmConsumers0},
    ServiceFacts{"f99a0664-e555-41f1-aeaf-196e09b4add1", "nudm-uecm", "v1", kUdmConsumers1},
    ServiceFacts{"f99a0678-e555-41f1-aeaf-196e09b4add1", "nudm-sdm", "v2", kUdmConsumers2}};
constexpr std::array kUdmNeeds = {Name("nudr-dr")};

constexpr std::array kSmfConsumers = {Name("SCP"), Name("AMF"), Name("SMF")};
constexpr std::array kSmfConsumers0 = {Name("AMF"), Name("SMF")};
constexpr std::array kSmfServices = {
    ServiceFacts{"f99fab78-e555-41f1-96e6-f1f25862e2ba", "nsmf-pdusession", "v1", kSmfConsumers0}};
constexpr std::array kSmfNeeds = {Name("namf-comm"), Name("npcf-smpolicycontrol"), Name("nudm-sdm"),
                                  Name("nudm-uecm")};

constexpr std::array kPcfConsumers = {Name("SCP"), Name("AMF"), Name("SMF"), Name("AF")};
constexpr std::array kPcfConsumers0 = {Name("AMF")};
constexpr std::array kPcfConsumers1 = {Name("SMF")};
constexpr std::array kPcfConsumers2 = {Name("AF"), Name("PCF")};
constexpr std::array kPcfServices = {
    ServiceFacts{"f9a5852a-e555-41f1-af42-c3e124249827", "npcf-am-policy-control", "v1", kPcfConsumers0},
    ServiceFacts{"f9a5866a-e555-41f1-af42-c3e124249827", "npcf-smpolicycontrol", "v1", kPcfConsumers1},
    ServiceFacts{"f9a58692-e555-41f1-af42-c3e124249827", "npcf-policyauthorization", "v1", kPcfConsumers2}};
constexpr std::array kPcfNeeds = {Name("nbsf-management"), Name("nudr-dr")};

constexpr std::array kNssfConsumers = {Name("SCP"), Name("AMF"), Name("NSSF")};
constexpr std::array kNssfConsumers0 = {Name("AMF"), Name("NSSF")};
constexpr std::array kNssfServices = {
    ServiceFacts{"f9a9fdf8-e555-41f1-820e-29bd2e1566f2", "nnssf-nsselection", "v2", kNssfConsumers0}};

constexpr std::array kBsfConsumers = {Name("SCP"), Name("PCF"), Name("AF")};
constexpr std::array kBsfConsumers0 = {Name("PCF"), Name("AF")};
constexpr std::array kBsfServices = {
    ServiceFacts{"f9b12588-e555-41f1-8b6c-05ed8cf47c16", "nbsf-management", "v1", kBsfConsumers0}};

constexpr std::array kUdrConsumers = {Name("SCP"), Name("PCF"), Name("UDM")};
constexpr std::array kUdrConsumers0 = {Name("PCF"), Name("UDM")};
constexpr std::array kUdrServices = {
    ServiceFacts{"f9bbee64-e555-41f1-91ad-638205d87c6b", "nudr-dr", "v1", kUdrConsumers0}};

// In the order of NfType.
constexpr std::array<NfFacts, kNfTypes.size()> kFacts = {{
    {"NRF", "f97352f8-e555-41f1-9f59-65bd764bf60d", 10, {}, kNrfServices, {}},
    {"AMF", "f990ed9a-e555-41f1-9dea-7f66d0edecbf", 5, kAmfConsumers, kAmfServices, kAmfNeeds},
    {"AUSF", "f9953e2c-e555-41f1-bd8b-2941ce299b45", 11, kAusfConsumers, kAusfServices, kAusfNeeds},
    {"UDM", "f999ee0e-e555-41f1-aeaf-196e09b4add1", 12, kUdmConsumers, kUdmServices, kUdmNeeds},
    {"SMF", "f99d8d52-e555-41f1-96e6-f1f25862e2ba", 4, kSmfConsumers, kSmfServices, kSmfNeeds},
    {"PCF", "f9a5283c-e555-41f1-af42-c3e124249827", 13, kPcfConsumers, kPcfServices, kPcfNeeds},
    {"NSSF", "f9a9f01a-e555-41f1-820e-29bd2e1566f2", 14, kNssfConsumers, kNssfServices, {}},
    {"BSF", "f9b11764-e555-41f1-8b6c-05ed8cf47c16", 15, kBsfConsumers, kBsfServices, {}},
    {"UDR", "f9bba77e-e555-41f1-91ad-638205d87c6b", 20, kUdrConsumers, kUdrServices, {}},
}};

constexpr std::array kKnownTypes = {
    Name("NRF"),   Name("UDM"),    Name("AMF"),    Name("SMF"),      Name("AUSF"),  Name("NEF"),    Name("PCF"),
    Name("SMSF"),  Name("NSSF"),   Name("UDR"),    Name("LMF"),      Name("GMLC"),  Name("5G_EIR"), Name("SEPP"),
    Name("UPF"),   Name("N3IWF"),  Name("AF"),     Name("UDSF"),     Name("BSF"),   Name("CHF"),    Name("NWDAF"),
    Name("PCSCF"), Name("CBCF"),   Name("HSS"),    Name("UCMF"),     Name("SCP"),   Name("NSSAAF"), Name("ICSCF"),
    Name("SCSCF"), Name("DRA"),    Name("AANF"),   Name("5G_DDNMF"), Name("NSACF"), Name("MFAF"),   Name("EASDF"),
    Name("DCCF"),  Name("MB_SMF"), Name("TSCTSF"), Name("ADRF"),     Name("MNPF")};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

const NfFacts& facts_of(NfType type) { return kFacts[static_cast<std::size_t>(type)]; }
std::string_view name_of(NfType type) { return facts_of(type).name; }

std::optional<NfType> nf_type(std::string_view name) {
  const auto found = std::ranges::find(kNfTypes, name, name_of);
  if (found == kNfTypes.end()) return std::nullopt;
  return *found;
}

std::optional<NfType> nf_at(std::string_view authority) {
  const auto found = std::ranges::find(kNfTypes, authority, authority_of);
  if (found == kNfTypes.end()) return std::nullopt;
  return *found;
}

std::string authority_of(NfType type) { return std::format("127.0.1.{}:7777", facts_of(type).host); }

std::string dns_name_of(NfType type) {
  std::string label(name_of(type));
  std::ranges::transform(label, label.begin(), lower);
  return label + ".5gc.mnc070.mcc999.3gppnetwork.org";
}

bool is_known_nf_type(std::string_view name) { return std::ranges::contains(kKnownTypes, name); }

}  // namespace cordon::lab
