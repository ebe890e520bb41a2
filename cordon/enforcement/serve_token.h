// Cordon as token authority: Nnrf_AccessToken (TS 29.510 6.3) on the NRF's listener, and the keys to verify with.
#pragma once

#include <optional>

#include "cordon/enforcement/case.h"
#include "cordon/enforcement/token_gate.h"

namespace cordon::enforcement {

inline constexpr std::string_view kKeysPath = "/oauth2/jwks";

// The authority's public keys, to whoever is identified. Before classification: the catalogue has no such path.
std::optional<Verdict> show_token_keys(Case& c, TokenGate* gate);

// Cordon itself answers this request for a token, and says what is wrong with it in the words of RFC 6749.
bool issues_token(const Case& c, const TokenGate* gate);

// After policy let the request for a token pass: the answer to it. Other verdicts go through as they are.
Verdict serve_token(Case& c, Verdict&& judged, TokenGate* gate);

}  // namespace cordon::enforcement
