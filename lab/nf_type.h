// The nine network functions of the lab and the facts the recording fixes about each.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cordon::lab {

enum class NfType { nrf, amf, ausf, udm, smf, pcf, nssf, bsf, udr };
inline constexpr std::array kNfTypes = {NfType::nrf, NfType::amf,  NfType::ausf, NfType::udm, NfType::smf,
                                        NfType::pcf, NfType::nssf, NfType::bsf,  NfType::udr};  // order of start

struct ServiceFacts {
  std::string_view instance_id;
  std::string_view name;
  std::string_view version;                         // "v1"
  std::span<const std::string_view> allowed_types;  // consumers; empty: everybody
};

struct NfFacts {
  std::string_view name;         // "AMF", as in User-Agent and NFProfile
  std::string_view instance_id;  // as in the recording, so that recorded traffic is owned by the right NF
  int host;                      // N of 127.0.x.N
  std::span<const std::string_view> allowed_types;
  std::span<const ServiceFacts> services;
  std::span<const std::string_view> needed_services;  // subscribed to at the start
};

const NfFacts& facts_of(NfType type);
std::string_view name_of(NfType type);

std::optional<NfType> nf_type(std::string_view name);     // one of the nine
std::optional<NfType> nf_at(std::string_view authority);  // "127.0.1.12:7777": whom peers believe to reach there
std::string authority_of(NfType type);                    // "127.0.1.12:7777": what the NF advertises
std::string dns_name_of(NfType type);                     // "udm.5gc.mnc070.mcc999.3gppnetwork.org" (TS 23.003 28.2)

// TS 29.510 6.1.6.3.3: the NF types a real NRF knows; discovery refuses any other word.
bool is_known_nf_type(std::string_view name);

}  // namespace cordon::lab
