// Client credentials assertions (CCA): a consumer's own signature over who it is and for whom, TS 33.501 13.3.8.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "cordon/crypto/certificate.h"
#include "cordon/identity/inventory.h"
#include "cordon/tokens/claims.h"
#include "cordon/tokens/refusal.h"

namespace cordon::tokens {

// Anchors of callers' certificates, with the PLMNs they may speak for; none: every one that no other anchors have.
struct Anchors {
  std::vector<crypto::Certificate> certificates;
  std::vector<std::string> plmns{};
};

struct Assertion {
  Claims claims;
  NfInstanceId instance;                 // of the certificate that signed, which the inventory expects
  crypto::Sha256Digest certificate{};    // its thumbprint
  std::int64_t certificate_expires = 0;  // seconds since 1970
};

// Chain (x5c) to the anchors of callers, signature, and the certificate's instance = sub. x5u is refused: nothing is
// fetched on a stranger's word. Audience and times belong to the request: check_assertion.
Checked<Assertion> verify_assertion(std::string_view jws, const std::vector<Anchors>& anchors,
                                    const identity::Inventory& inventory, WallTime now);

// audience: the producer's type, or "NRF" as well (TS 33.501 13.3.8.2). Allocates only for a refusal.
std::optional<Refusal> check_assertion(const Assertion& assertion, std::string_view audience, WallTime now,
                                       std::chrono::seconds leeway, std::chrono::seconds longest);

// What an NF does that consents: signs with its own key, its chain in x5c.
Result<std::string> sign_assertion(const Claims& claims, const std::vector<crypto::Certificate>& chain,
                                   const crypto::PrivateKey& key);

}  // namespace cordon::tokens
