// Who is calling: a verified certificate becomes one expected NF, or a refusal with its reason.
#pragma once

#include <expected>
#include <string>

#include "cordon/crypto/certificate.h"
#include "cordon/identity/inventory.h"

namespace cordon::identity {

struct Unidentified {
  std::string
      rule;  // "identity-no-instance", "identity-unknown-instance", "identity-wrong-name", "identity-wrong-type"...
  std::string message;  // "the certificate names instance X, which the inventory does not list"
};

// TS 33.501 13.3.2 and TS 33.310 6.1.3c: exactly one SAN URI urn:uuid:<nfInstanceId>, which must be in the inventory;
// one of its DNS names; and, when the certificate carries RFC 9310 NFTypes, the inventory's type among them.
std::expected<const ExpectedNf*, Unidentified> identify(const crypto::Certificate& certificate,
                                                        const Inventory& inventory);

// Why the inventory's list of what is withdrawn names that certificate or its instance; empty: it does not.
std::string revocation_of(const crypto::Certificate& certificate, const Inventory& inventory);

}  // namespace cordon::identity
