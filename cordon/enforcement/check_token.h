// Access tokens and client credentials assertions of a request: TS 33.501 13.4.1.1.2 step 2, 13.3.8.
#pragma once

#include <optional>

#include "cordon/enforcement/case.h"
#include "cordon/enforcement/token_gate.h"

namespace cordon::enforcement {

// After the service is known, before policy is asked. Fills what policy is told of the token. gate null: off.
std::optional<Verdict> check_token(Case& c, TokenGate* gate);

// Who an assertion of the request says is calling, verified and for that audience; null: the request has none.
tokens::Checked<const tokens::Assertion*> assertion_of(const Case& c, TokenGate& gate, std::string_view audience);

// The thumbprint of the caller's certificate; nothing in cleartext.
std::optional<crypto::Sha256Digest> certificate_of(const Sender& sender);

Verdict refuse_token(Case& c, const tokens::Refusal& refusal);

// What the verdict says the producer sees in place of the caller's token.
void put_authorization(wire::Headers& headers, const std::optional<std::string>& authorization);

}  // namespace cordon::enforcement
