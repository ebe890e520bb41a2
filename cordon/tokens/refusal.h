// Why a token or an assertion is not good for a request: data for the record and for the answer.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace cordon::tokens {

// What the answer says to the caller; the enforcement point gives it its form.
enum class Fault {
  missing,             // no token, and one is needed: 401 with a challenge (RFC 6750 3)
  invalid_token,       // 401 invalid_token (RFC 6750 3.1)
  insufficient_scope,  // 403 insufficient_scope
  assertion,           // 403 CCA_VERIFICATION_FAILURE (TS 29.500 table 5.2.7.2-1)
  mismatch,            // 403 TOKEN_CCA_MISMATCH
};

struct Refusal {
  std::string_view rule;  // "token-issuer": a name that lives for ever
  Fault fault = Fault::invalid_token;
  std::string message;
};

template <class T>
using Checked = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(std::string_view rule, std::string message,
                                       Fault fault = Fault::invalid_token) {
  return std::unexpected(Refusal{rule, fault, std::move(message)});
}

}  // namespace cordon::tokens
