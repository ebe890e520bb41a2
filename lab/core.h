// Everything the lab's nine network functions remember. One thread, no locks; `Core{}` is a core just switched on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/wire/json.h"
#include "lab/aka.h"
#include "lab/nf_type.h"

namespace cordon::lab {

struct CoreSettings {
  std::string scheme = "http";  // in the URIs the NFs emit; the recording was made in cleartext
  std::string mcc = "999";
  std::string mnc = "70";
  Clock* clock = &system_clock();
};

struct NrfSubscription {
  wire::Json condition;  // subscrCond; null: everything
  std::string uri;       // nfStatusNotificationUri
  std::string nf_type;
  std::string nf_instance_id;
};

struct NrfState {
  std::vector<wire::Json> profiles;  // in the order of registration, the NRF's own first
  std::map<std::string, NrfSubscription> subscriptions;
};

struct AusfContext {
  std::string suci;
  std::string supi;
  std::string serving_network;
  AuthenticationVector vector;
};

struct AusfState {
  std::map<std::string, AusfContext> contexts;  // by authCtxId
  int last_id = 0;
};

struct UdmUe {
  wire::Json amf_registration;                     // null: never registered
  std::map<std::string, wire::Json> smf_sessions;  // active, by pduSessionId
  std::set<std::string> known_sessions;            // ever seen: only the first registration is answered 201
  std::set<std::string> sdm_subscriptions;
};

struct UdmState {
  std::map<std::string, UdmUe> ues;  // by SUPI
};

struct Subscriber {
  wire::Json authentication;  // AuthenticationSubscription: K and OPc in clear, as the recorded core keeps them
  wire::Json am_data;
  wire::Json smf_selection;
  wire::Json sm_data;  // array
  wire::Json am_policy;
  wire::Json sm_policy;
  wire::Json authentication_status;           // null: none
  std::map<std::string, wire::Json> context;  // "amf-3gpp-access", "smf-registrations/5"
};

struct UdrState {
  std::map<std::string, Subscriber> subscribers;  // by SUPI
};

struct SmPolicy {
  wire::Json context;
  std::string binding;  // path of the BSF's binding; empty: none
};

struct PcfState {
  std::map<std::string, std::string> am_policy_of;  // SUPI to policy id: one per UE
  std::map<std::string, SmPolicy> sm_policies;
  int last_am_id = 0;
  int last_sm_id = 0;
};

struct BsfState {
  std::map<std::string, wire::Json> bindings;
  int last_id = 0;
};

struct SmContext {
  wire::Json request;  // SmContextCreateData
  bool activating = false;
  bool registered = false;       // at the UDM
  std::string policy;            // path of the PCF's policy; empty: none
  std::string sdm_subscription;  // path; empty: none
  std::uint32_t teid = 0;        // GTP-U tunnel the user plane would answer on
  int address = 0;               // last part of the UE's IPv4 address
};

struct SmfState {
  std::map<std::string, SmContext> contexts;  // by smContextRef
  int last_id = 0;
};

struct AmfState {
  std::function<void(const std::string& supi)> on_n1_n2;  // a live registration waits here for its session
};

struct Core {
  explicit Core(CoreSettings with = {});

  CoreSettings settings;
  NrfState nrf;
  AusfState ausf;
  UdmState udm;
  UdrState udr;
  PcfState pcf;
  BsfState bsf;
  SmfState smf;
  AmfState amf;
};

inline constexpr std::string_view kTestSupi = "imsi-999700000021309";
inline constexpr std::string_view kTestSuci = "suci-0-999-70-0-0-0-0000021309";

Credentials test_credentials();                                    // of the test subscriber
wire::Json profile_of(NfType type, const CoreSettings& settings);  // the NFProfile an NF registers
std::string timestamp(WallTime time);  // 2026-11-22T02:48:04.743751+00:00, as Open5GS writes it
std::string new_uuid();

}  // namespace cordon::lab
