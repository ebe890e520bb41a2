#include "cordon/tokens/token_request.h"

#include <algorithm>

#include "cordon/base/ids.h"
#include "cordon/base/text.h"
#include "cordon/tokens/claims.h"
#include "cordon/wire/json.h"
#include "cordon/wire/sbi/target_syntax.h"

namespace cordon::tokens {

namespace {

constexpr std::size_t kLongestForm = 16U << 10;
constexpr std::size_t kMostScopes = 32;

using Fields = std::vector<std::pair<std::string, std::string>>;

std::unexpected<TokenError> wrong(std::string_view error, std::string description) {
  return std::unexpected(TokenError{error, std::move(description)});
}

std::string field(const Fields& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, [](const auto& each) -> std::string_view { return each.first; });
  return found == fields.end() ? std::string() : found->second;
}

// Structured values come as JSON in the form (TS 29.510 6.3.5.2.2). They are read as the claims they become.
// A value that smuggles in a further claim says nothing its sender could not have said in that claim's own parameter.
std::expected<Claims, TokenError> structured(const Fields& fields) {
  std::string json = R"({"sub":"-","aud":"-","exp":0)";
  const auto add = [&](std::string_view claim, const std::string& value) {
    if (!value.empty()) json += std::format(R"(,"{}":{})", claim, value);
  };
  add("consumerPlmnId", field(fields, "requesterPlmn"));
  add("producerPlmnId", field(fields, "targetPlmn"));
  add("producerSnssaiList", field(fields, "targetSnssaiList"));
  add("producerNsiList", field(fields, "targetNsiList"));
  auto claims = parse_claims(json + "}");
  if (!claims) return wrong("invalid_request", "a PLMN, slice or NSI parameter is not as TS 29.510 6.3.5.2.2 says");
  return std::move(*claims);
}

std::expected<std::vector<std::string>, TokenError> scopes_of(const std::string& text) {
  // TS 29.510 6.3.5.2.2: ^([a-zA-Z0-9_:-]+)( [a-zA-Z0-9_:-]+)*$
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' ||
           c == '-';
  };
  std::vector<std::string> out;
  for (const auto word : split(text, ' ')) {
    if (word.empty() || !std::ranges::all_of(word, fits) || out.size() == kMostScopes) {
      return wrong("invalid_scope", "scope is no list of service names and operation scopes (TS 29.510 6.3.5.2.2)");
    }
    if (!std::ranges::contains(out, word)) out.emplace_back(word);
  }
  return out;
}

std::expected<void, TokenError> check_grant(const Fields& fields) {
  const auto grant = field(fields, "grant_type");
  if (grant.empty()) return wrong("invalid_request", "grant_type is missing: client_credentials");
  if (grant == "client_credentials") return {};
  return wrong("unsupported_grant_type", "the only grant type is client_credentials (TS 33.501 13.4.1.1)");
}

}  // namespace

std::expected<TokenRequest, TokenError> parse_token_request(std::string_view form) {
  if (form.size() > kLongestForm) return wrong("invalid_request", "the request has more than 16 KiB");
  const auto fields = wire::sbi::parse_form(form);
  if (!fields) return wrong("invalid_request", "the form is malformed: " + fields.error().message);
  if (auto good = check_grant(*fields); !good) return std::unexpected(good.error());
  TokenRequest request;
  request.instance = field(*fields, "nfInstanceId");
  if (!NfInstanceId::parse(request.instance)) return wrong("invalid_request", "nfInstanceId is missing, or no UUID");
  request.type = field(*fields, "nfType");
  request.target_type = field(*fields, "targetNfType");
  request.target_instance = field(*fields, "targetNfInstanceId");
  request.nf_set = field(*fields, "targetNfSetId");
  request.service_set = field(*fields, "targetNfServiceSetId");
  auto scopes = scopes_of(field(*fields, "scope"));
  if (!scopes) return std::unexpected(scopes.error());
  request.scope = std::move(*scopes);
  auto claims = structured(*fields);
  if (!claims) return std::unexpected(claims.error());
  request.requester_plmn = claims->consumer_plmn;
  request.target_plmn = claims->producer_plmn;
  request.slices = std::move(claims->slices);
  request.nsis = std::move(claims->nsis);
  return request;
}

}  // namespace cordon::tokens
