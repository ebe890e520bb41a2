// What went wrong in a handshake, in words a person can act on.
#pragma once

#include <string>
#include <string_view>

namespace cordon::crypto {

// The words for an X.509 verification result (X509_V_ERR_...): "peer's certificate has expired".
std::string words_for_verification(long result);

// The words for an entry of OpenSSL's error queue; OpenSSL's own reason when there is no better one.
std::string words_for_error(unsigned long code);

}  // namespace cordon::crypto
