// RFC 9310: the certificate extension id-pe-nftypes, a SEQUENCE SIZE (1..MAX) OF IA5String (SIZE (1..32)).
#pragma once

#include <string>
#include <vector>

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

// Empty: no such extension. One empty name: there is one, but it is malformed or there twice; an empty name matches
// no type, so a check against it fails closed.
std::vector<std::string> read_nf_types(const X509* certificate);

// Sorted and without repetition, as RFC 9310 section 4 wants it.
Result<OwnedExtension> make_nf_types(std::vector<std::string> types);

}  // namespace cordon::crypto
