// A certificate that somebody else's handshake has seen, held against what our own would hold it against.
#pragma once

#include <vector>

#include "cordon/crypto/certificate.h"
#include "cordon/crypto/tls.h"

namespace cordon::crypto {

// By the anchors and revocation lists of that context, as a caller's at that time. An error says what speaks against
// it. That the peer holds its key is the word of whoever saw the handshake.
Result<PeerProof> verify_client(const TlsContext& context, const Certificate& leaf,
                                const std::vector<Certificate>& intermediates, WallTime at);

}  // namespace cordon::crypto
