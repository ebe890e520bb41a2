// The few NGAP bytes (TS 38.413 9.3.4) that session messages carry: made for the lab's simulated user plane.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cordon::lab {

// PDUSessionResourceSetupRequestTransfer with the uplink tunnel 127.0.0.7 and this TEID.
std::string setup_request_transfer(std::uint32_t teid);
// PDUSessionResourceSetupResponseTransfer of the simulated gNB.
std::string setup_response_transfer();

// The bytes with the TEID of an uplink tunnel (IE 139, UL-NGU-UP-TNLInformation) set to zero: a live user plane
// chooses it anew. Bytes that are no such transfer come back as they are.
std::string without_teid(std::string_view transfer);

}  // namespace cordon::lab
