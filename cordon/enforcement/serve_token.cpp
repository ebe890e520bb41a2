#include "cordon/enforcement/serve_token.h"

#include <algorithm>

#include "cordon/base/bytes.h"
#include "cordon/enforcement/check_token.h"
#include "cordon/tokens/check_list.h"

namespace cordon::enforcement {

namespace {

bool stands_in_for_nrf(const Case& c, const TokenGate* gate) {
  return gate && gate->authority && gate->settings.authority->serve && c.producer->type == "NRF";
}

// RFC 6749 5.1: nobody between may keep what was answered.
wire::Response answer(int status, std::string body, std::string type = "application/json") {
  return {status,
          {{"content-type", std::move(type)}, {"cache-control", "no-store"}, {"pragma", "no-cache"}},
          std::move(body)};
}

// A permit that is in the scope of some operation's scope and holds, or would with the right request.
bool permits_at_all(const Protection& by, const identity::ExpectedNf& consumer, const identity::ExpectedNf& producer,
                    const wire::sbi::Operation& operation) {
  const policy::Request asked{.principal = {"Nf", consumer.instance.text()},
                              .action = {"Action", std::string(operation.action)},
                              .resource = service_uid(producer, operation.service),
                              .context = {}};
  return by.policies.decide(asked, by.entities, policy::Profile::reference).allow ||
         !by.policies.near_misses(asked, by.entities, 1).empty();
}

tokens::MayAsk may_ask(const Protection& by) {
  return [&by](const identity::ExpectedNf& consumer, std::string_view scope, std::string_view type,
               const identity::ExpectedNf* only) {
    const auto permits = [&](const identity::ExpectedNf& producer) {
      if (only ? &producer != only : producer.type != type) return false;
      return std::ranges::any_of(wire::sbi::operations(), [&](const wire::sbi::Operation& operation) {
        return !operation.callback && operation.producer == type &&
               (tokens::service_scope(operation) == scope || std::ranges::contains(operation.scopes, scope)) &&
               permits_at_all(by, consumer, producer, operation);
      });
    };
    return std::ranges::any_of(by.inventory.nfs(), permits);
  };
}

// Whom the token is for: the caller, or through an SCP whoever's assertion it brings (TS 33.501 13.4.1.3).
tokens::Checked<tokens::Requester> requester_of(const Case& c, TokenGate& gate) {
  const auto assertion = assertion_of(c, gate, "NRF");
  if (!assertion) return std::unexpected(assertion.error());
  if (!*assertion || !tokens::passes_on(*c.sender.nf)) {
    return tokens::Requester{c.sender.nf, certificate_of(c.sender)};
  }
  return tokens::Requester{c.protection.inventory.find((*assertion)->instance), (*assertion)->certificate};
}

Verdict refuse_request(Case& c, TokenGate& gate, const tokens::TokenError& error) {
  gate.not_issued.add();
  auto verdict = c.refuse(std::format("token-request-{}", error.error), {400, "No token", "", error.description, ""});
  verdict.answer = answer(400, to_json(error));  // TS 29.510 table 6.3.4.2.2-2: AccessTokenErr
  return verdict;
}

using Granted = std::expected<tokens::Authority::Granted, tokens::TokenError>;

Granted granted_to(const Case& c, const TokenGate& gate, const tokens::Requester& requester) {
  if (c.facts->kind != wire::sbi::BodyKind::form) {
    return std::unexpected(
        tokens::TokenError{"invalid_request", "expected a form (application/x-www-form-urlencoded)"});
  }
  return gate.authority->answer(c.request.body, requester, c.protection.inventory, may_ask(c.protection), c.now);
}

// The record keeps policy's rule; the caller hears it in the words of its protocol.
Verdict refused_by_policy(Case& c, TokenGate& gate, const Granted& granted) {
  gate.not_issued.add();
  const auto error = granted ? tokens::TokenError{"unauthorized_client", c.verdict.problem.detail} : granted.error();
  c.verdict.answer = answer(400, to_json(error));
  return std::move(c.verdict);
}

}  // namespace

std::optional<Verdict> show_token_keys(Case& c, TokenGate* gate) {
  if (c.request.path != kKeysPath || c.request.method != "GET" || !stands_in_for_nrf(c, gate)) return std::nullopt;
  c.verdict.permit = true;
  c.verdict.record.decision = "permit";
  c.verdict.record.rule = "token-keys";
  c.verdict.answer = answer(200, gate->authority->jwks(), "application/jwk-set+json");  // RFC 7517 8.5.2
  return std::move(c.verdict);
}

bool issues_token(const Case& c, const TokenGate* gate) {
  return c.classified->operation->service == "nnrf-oauth2" && stands_in_for_nrf(c, gate);
}

Verdict serve_token(Case& c, Verdict&& judged, TokenGate* gate) {
  const bool asked = judged.permit || judged.problem.status == 403;
  if (!asked || !issues_token(c, gate)) return std::move(judged);
  c.verdict = std::move(judged);
  gate->follow(c.protection.sequence);
  const auto requester = requester_of(c, *gate);
  if (!requester) return refuse_token(c, requester.error());
  auto granted = granted_to(c, *gate, *requester);
  if (!c.verdict.permit) return refused_by_policy(c, *gate, granted);
  if (!granted) return refuse_request(c, *gate, granted.error());
  gate->issued.add();
  std::string scope;
  for (const auto& each : granted->claims.scope) scope += ' ' + each;
  c.verdict.record.details.push_back(std::format("token issued to {} for {}, scope{}", granted->claims.subject,
                                                 granted->claims.audience.front(), scope));
  c.verdict.answer = answer(200, std::move(granted->body));
  return std::move(c.verdict);
}

}  // namespace cordon::enforcement
