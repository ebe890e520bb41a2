#include "cordon/tokens/authority.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/tokens/check_list.h"
#include "cordon/wire/json.h"

namespace cordon::tokens {

namespace {

using wire::Json;
using wire::JsonObject;

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::unexpected<TokenError> no(std::string_view error, std::string description) {
  return std::unexpected(TokenError{error, std::move(description)});
}

// TS 33.501 13.4.1.1.2 step 1: "The NRF shall verify that the input parameters (e.g., NF type) in the access token
// request match with the corresponding ones in the public key certificate of the NF service consumer".
std::expected<void, TokenError> check_client(const TokenRequest& request, const identity::ExpectedNf& nf) {
  const auto instance = NfInstanceId::parse(request.instance);
  if (!instance || *instance != nf.instance) {
    return no("invalid_client", std::format("nfInstanceId is not that of {}", nf.name));
  }
  if (!request.type.empty() && request.type != nf.type) {
    return no("invalid_client",
              std::format("nfType is '{}', and {} is of type {}", printable(request.type), nf.name, nf.type));
  }
  if (!request.requester_plmn.empty() && request.requester_plmn != nf.plmn) {
    return no("invalid_client",
              std::format("requesterPlmn is {}, and {} is in '{}'", request.requester_plmn, nf.name, nf.plmn));
  }
  return {};
}

struct Target {
  std::string_view type;
  const identity::ExpectedNf* nf = nullptr;  // when one instance is meant
};

std::expected<Target, TokenError> target_of(const TokenRequest& request, const identity::Inventory& inventory) {
  if (request.target_instance.empty()) {
    const auto of_type = [&](const auto& nf) { return nf.type == request.target_type; };
    if (request.target_type.empty()) return no("invalid_request", "targetNfType or targetNfInstanceId is missing");
    if (std::ranges::any_of(inventory.nfs(), of_type)) return Target{request.target_type};
    return no("invalid_request", std::format("there is no NF of type '{}'", printable(request.target_type)));
  }
  const auto instance = NfInstanceId::parse(request.target_instance);
  const auto* nf = instance ? inventory.find(*instance) : nullptr;
  if (!nf) return no("invalid_request", "targetNfInstanceId names no NF that is expected here");
  if (request.target_type.empty() || request.target_type == nf->type) return Target{nf->type, nf};
  return no("invalid_request", std::format("targetNfType is not the type of {}", nf->name));
}

// An NF set or a slice nobody serves gives a token nobody accepts: say so at once.
std::expected<void, TokenError> check_target(const TokenRequest& request, const Target& target,
                                             const identity::Inventory& inventory) {
  const auto serves = [&](const identity::ExpectedNf& nf) {
    const auto shares = [](const auto& wanted, const auto& own) {
      return wanted.empty() || std::ranges::find_first_of(wanted, own) != wanted.end();
    };
    return (target.nf ? &nf == target.nf : nf.type == target.type) &&
           (request.nf_set.empty() || request.nf_set == nf.nf_set) &&
           (request.service_set.empty() || std::ranges::contains(nf.service_sets, request.service_set)) &&
           (nf.slices.empty() || shares(request.slices, nf.slices)) && shares(request.nsis, nf.nsis);
  };
  if (std::ranges::none_of(inventory.nfs(), serves)) {
    return no("invalid_request", "no NF that is expected here fits the target's set and slices");
  }
  const auto in_network = [&](const auto& nf) { return serves(nf) && nf.plmn == request.target_plmn; };
  // TS 33.501 13.4.1.2: tokens for another network are that network's NRF's to give.
  if (!request.target_plmn.empty() && std::ranges::none_of(inventory.nfs(), in_network)) {
    return no("invalid_grant", std::format("targetPlmn {} is served by another NRF", request.target_plmn));
  }
  return {};
}

std::expected<void, TokenError> check_scope(const TokenRequest& request, const Target& target,
                                            const identity::ExpectedNf& nf, const MayAsk& may) {
  std::size_t refused = 0;
  std::string_view first;
  for (const auto& scope : request.scope) {
    const auto lists = [&](const wire::sbi::Operation& operation) {
      return !operation.callback && operation.producer == target.type &&
             (service_scope(operation) == scope || std::ranges::contains(operation.scopes, scope));
    };
    if (std::ranges::none_of(wire::sbi::operations(), lists)) {
      return no("invalid_scope",
                std::format("'{}' is no service or operation scope of {}", printable(scope), target.type));
    }
    if (may(nf, scope, target.type, target.nf)) continue;
    if (refused++ == 0) first = scope;
  }
  if (refused == 0) return {};
  const auto why =
      std::format("policy permits {} ({}) nothing under '{}' of {}", nf.name, nf.type, first, target.type);
  return no(refused == request.scope.size() ? "unauthorized_client" : "invalid_scope", why);
}

std::string response_json(const std::string& token, const Claims& claims, std::chrono::seconds life) {
  std::string scope;
  for (const auto& each : claims.scope) (scope += scope.empty() ? "" : " ") += each;
  Json json{JsonObject{}};
  json.set("access_token", token).set("token_type", "Bearer").set("expires_in", std::int64_t{life.count()});
  return json.set("scope", scope).dump();
}

}  // namespace

Authority::Authority(std::string issuer, std::vector<AuthorityKey> keys, std::chrono::seconds life)
    : issuer_(std::move(issuer)), life_(life) {
  set_keys(std::move(keys));
}

void Authority::set_keys(std::vector<AuthorityKey> keys) {
  keys_ = std::move(keys);
  jwks_ = jwks_of(keys_).value_or("");  // kinds were looked at when the file was read
  revoke();
}

Issuer Authority::as_issuer() const {
  Issuer issuer{issuer_, {}};
  for (const auto& key : keys_) issuer.keys.push_back(key.shown);
  return issuer;
}

Result<std::string> Authority::sign(const Claims& claims) const {
  const auto& [key, shown] = keys_.front();
  return crypto::sign_jws(as_bytes(tokens::to_json(claims)), {.type = "JWT", .key_id = shown.id}, key,
                          shown.algorithm);
}

// Sender-constrained twice: by the subject (TS 33.501 13.4.1.1.2) and by the certificate (RFC 8705 3).
Claims Authority::claims_for(const Requester& requester, WallTime now) const {
  Claims claims;
  claims.issuer = issuer_;
  claims.subject = requester.nf->instance.text();
  claims.issued = seconds_of(now);
  claims.expires = *claims.issued + life_.count();
  claims.consumer_plmn = requester.nf->plmn;
  claims.certificate = requester.certificate;
  return claims;
}

std::expected<Authority::Granted, TokenError> Authority::answer(std::string_view form, const Requester& requester,
                                                                const identity::Inventory& inventory,
                                                                const MayAsk& may, WallTime now) const {
  auto request = parse_token_request(form);
  if (!request) return std::unexpected(request.error());
  if (auto good = check_client(*request, *requester.nf); !good) return std::unexpected(good.error());
  const auto target = target_of(*request, inventory);
  if (!target) return std::unexpected(target.error());
  if (auto good = check_target(*request, *target, inventory); !good) return std::unexpected(good.error());
  if (auto good = check_scope(*request, *target, *requester.nf, may); !good) return std::unexpected(good.error());
  auto claims = claims_for(requester, now);
  claims.audience = {target->nf ? target->nf->instance.text() : std::string(target->type)};
  claims.scope = std::move(request->scope);
  claims.producer_plmn = target->nf ? target->nf->plmn : request->target_plmn;
  claims.slices = std::move(request->slices);
  claims.nsis = std::move(request->nsis);
  claims.nf_set = std::move(request->nf_set);
  claims.service_set = std::move(request->service_set);
  const auto token = sign(claims);
  if (!token) return no("invalid_request", "the token cannot be signed: " + token.error().message);
  auto body = response_json(*token, claims, life_);
  return Granted{std::move(claims), std::move(body)};
}

Result<std::string_view> Authority::attach(const Requester& requester, const identity::ExpectedNf& producer,
                                           std::string_view scope, WallTime now) {
  static constexpr crypto::Sha256Digest kNoCertificate{};
  const auto digest =
      crypto::sha256_joined({requester.nf->instance.bytes(), producer.instance.bytes(),
                             requester.certificate ? *requester.certificate : kNoCertificate, as_bytes(scope)});
  const auto at = seconds_of(now);
  if (const auto* known = attached_.find(digest, generation_, at)) return *known;
  auto claims = claims_for(requester, now);
  claims.audience = {producer.instance.text()};
  claims.scope = {std::string(scope)};
  claims.producer_plmn = producer.plmn;
  auto token = sign(claims);
  if (!token) return std::unexpected(token.error());
  return attached_.put(digest, generation_, at, at + std::max<std::int64_t>(1, life_.count() * 3 / 4),
                       std::move(*token));
}

std::string to_json(const TokenError& error) {
  return Json{JsonObject{}}.set("error", error.error).set("error_description", error.description).dump();
}

}  // namespace cordon::tokens
