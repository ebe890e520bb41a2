// What a consumer asks of Nnrf_AccessToken: AccessTokenReq of TS 29.510 6.3.5.2.2, as a form.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::tokens {

struct TokenRequest {
  std::string instance;  // nfInstanceId
  std::string type;      // nfType; empty: not said
  std::vector<std::string> scope;
  std::string target_type, target_instance;
  std::string requester_plmn, target_plmn;
  std::vector<std::string> slices, nsis;  // targetSnssaiList, targetNsiList
  std::string nf_set, service_set;        // targetNfSetId, targetNfServiceSetId
};

// RFC 6749 5.2, TS 29.510 6.3.5.2.4 AccessTokenErr.
struct TokenError {
  std::string_view error;  // "invalid_request"...
  std::string description;
};

// Parameters it does not know are left aside (RFC 6749 3.2); repeated ones, or values of another form, are errors.
std::expected<TokenRequest, TokenError> parse_token_request(std::string_view form);

}  // namespace cordon::tokens
