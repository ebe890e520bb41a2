// The small grammars an inventory entry is written in.
#pragma once

#include <string_view>

namespace cordon::identity {

bool is_nf_type(std::string_view text);    // TS 29.510 6.1.6.3.3, as far as RFC 9310 can carry it: "AMF", "5G_EIR"
bool is_nf_name(std::string_view text);    // for people and file names: letters, digits, '.', '_', '-'; 1 to 64
bool is_host_name(std::string_view text);  // one host, so no wildcard: "amf1.5gc.mnc070.mcc999.3gppnetwork.org"
bool is_plmn(std::string_view text);       // TS 29.571 5.4.2: MCC and MNC, 5 or 6 digits
bool is_slice(std::string_view text);      // TS 29.571 5.4.4.2: SST 0 to 255, or SST-SD with six hexadecimal digits

}  // namespace cordon::identity
