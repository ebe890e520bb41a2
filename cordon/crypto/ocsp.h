// OCSP responses (RFC 6960) as they are stapled to a handshake (RFC 8446 4.4.2.1).
#pragma once

#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/clock.h"
#include "cordon/base/result.h"
#include "cordon/crypto/certificate.h"

namespace cordon::crypto {

// What a response says of leaf, which issuer issued, at that time: good until the time returned, or why it does not
// help. The response must be signed by the issuer, or by a responder the issuer appointed (RFC 6960 4.2.2.2).
Result<WallTime> check_staple(BytesView response, const Certificate& leaf, const Certificate& issuer, WallTime at);

// RFC 7633: the certificate itself demands a stapled response.
bool demands_staple(const Certificate& certificate);

// For our own staple when the issuer is not at hand: well-formed, about leaf, and until when (the peer verifies it).
Result<WallTime> read_staple(BytesView response, const Certificate& leaf);

}  // namespace cordon::crypto
