#include "cordon/enforcement/check_token.h"

#include <algorithm>
#include <charconv>

namespace cordon::enforcement {

namespace {

using tokens::Checked;
using tokens::Fault;
using Mode = TokenSettings::Mode;

constexpr std::string_view kAssertion = "3gpp-sbi-client-credentials";  // TS 29.500 5.2.3.2.11

// The one field of that name. Two, and producers differ in which they read.
Checked<std::optional<std::string_view>> only(const wire::Headers& headers, std::string_view name) {
  const auto count = std::ranges::count(headers, name, &wire::Header::name);
  if (count > 1) return tokens::refuse("token-malformed", std::format("the header {} is there twice", name));
  return wire::find_header(headers, name);
}

bool is_bearer(std::string_view scheme) {
  return std::ranges::equal(scheme, std::string_view("bearer"), {},
                            [](char c) { return static_cast<char>(c | 0x20); });
}

// RFC 6750 2.1; RFC 9110 11.1: the scheme is compared without case.
Checked<std::optional<std::string_view>> bearer_of(const wire::Headers& headers) {
  const auto value = only(headers, "authorization");
  if (!value || !*value) return value;
  const auto space = std::min((*value)->find(' '), (*value)->size());
  const auto start = (*value)->find_first_not_of(' ', space);
  if (is_bearer((*value)->substr(0, space)) && start != std::string_view::npos) return (*value)->substr(start);
  return tokens::refuse("token-malformed", "the header authorization carries no bearer token (RFC 6750 2.1)");
}

// RFC 6750 3: what is wrong and what would be right, in the caller's protocol.
std::string challenge(const tokens::Refusal& refusal, const wire::sbi::Operation& operation) {
  std::string text = std::format("Bearer realm=\"{}\"", operation.service);
  if (refusal.fault == Fault::missing || refusal.fault == Fault::insufficient_scope) {
    text += std::format(", scope=\"{}\"", tokens::service_scope(operation));
  }
  if (refusal.fault == Fault::missing) return text;  // 3.1: no error code when there were no credentials
  std::string why;
  for (const char c : refusal.message) why += c >= ' ' && c < '\x7f' && c != '"' && c != '\\' ? c : '\'';
  const auto* error = refusal.fault == Fault::insufficient_scope ? "insufficient_scope" : "invalid_token";
  return text + std::format(", error=\"{}\", error_description=\"{}\"", error, why);
}

// One request's look at tokens, from the headers to the verdict.
class Look {
 public:
  Look(Case& c, TokenGate& gate) : c_(c), gate_(gate) {
    occasion_ = {.caller = c.sender.nf,
                 .certificate = certificate_of(c.sender),
                 .producer = c.producer,
                 .operation = c.classified->operation,
                 .now = c.now};
  }

  Checked<void> check() {
    auto token = bearer_of(c_.request.headers);
    if (!token) return std::unexpected(token.error());
    const auto assertion = assertion_of(c_, gate_, c_.producer->type);
    if (!assertion) return std::unexpected(assertion.error());
    occasion_.assertion = *assertion;
    if (*assertion) {
      c_.assertion = assertion_words(**assertion);
      c_.words.assertion = &c_.assertion;
    }
    if (!*token && gate_.settings.mode == Mode::attach) token = attached();
    if (!token) return std::unexpected(token.error());
    return *token ? judged(**token) : missing();
  }

 private:
  // For NFs that cannot ask for tokens: what they would get, held against the same list.
  Checked<std::optional<std::string_view>> attached() {
    tokens::Requester requester{occasion_.caller, occasion_.certificate};
    if (occasion_.assertion && tokens::passes_on(*occasion_.caller)) {
      requester = {c_.protection.inventory.find(occasion_.assertion->instance), occasion_.assertion->certificate};
    }
    const auto made =
        gate_.authority->attach(requester, *c_.producer, tokens::service_scope(*occasion_.operation), c_.now);
    if (!made) return tokens::refuse("token-not-attached", made.error().message);
    c_.verdict.authorization = "Bearer ";
    c_.verdict.authorization->append(*made);
    return *made;
  }

  Checked<void> missing() {
    // Nnrf_NFManagement and Nnrf_NFDiscovery come before any token (TS 33.501 13.3.1, 13.4.1.1).
    const bool needed = gate_.settings.mode == Mode::required &&
                        !std::ranges::contains(gate_.settings.tokenless, occasion_.operation->service);
    if (!needed) return {};
    gate_.missing.add();
    return tokens::refuse("token-missing", std::format("{} brings no access token", c_.caller()), Fault::missing);
  }

  Checked<void> judged(std::string_view text) {
    const auto known = gate_.verifier.token(text, c_.now);
    if (!known) return std::unexpected(known.error());
    if (auto fault = first_fault((*known)->claims, occasion_, gate_.settings.rules))
      return std::unexpected(std::move(*fault));
    gate_.good.add();
    c_.words.token = &words_of(**known);
    if (!gate_.settings.forward) c_.verdict.authorization = "";
    return {};
  }

  Case& c_;
  TokenGate& gate_;
  tokens::Occasion occasion_;
};

}  // namespace

// Allocates nothing: every request comes by.
std::optional<crypto::Sha256Digest> certificate_of(const Sender& sender) {
  crypto::Sha256Digest digest;
  const std::string_view text = sender.certificate;
  if (text.size() != 2 * digest.size()) return std::nullopt;  // cleartext
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const auto* start = text.data() + 2 * i;
    if (std::from_chars(start, start + 2, digest[i], 16).ptr != start + 2) return std::nullopt;
  }
  return digest;
}

Checked<const tokens::Assertion*> assertion_of(const Case& c, TokenGate& gate, std::string_view audience) {
  const auto& rules = gate.settings.rules;
  if (rules.assertion == tokens::Demand::never) return nullptr;
  const auto text = only(c.request.headers, kAssertion);
  if (!text) return std::unexpected(text.error());
  if (!*text) return nullptr;
  const auto made = gate.verifier.assertion(**text, c.protection.inventory, c.now);
  if (!made) return made;
  if (auto fault = check_assertion(**made, audience, c.now, rules.leeway, rules.longest)) {
    return std::unexpected(std::move(*fault));
  }
  return made;
}

Verdict refuse_token(Case& c, const tokens::Refusal& refusal) {
  wire::Problem problem{401, "The access token is not good for this", "", refusal.message, ""};
  switch (refusal.fault) {
    case Fault::missing:
    case Fault::invalid_token:
      break;
    case Fault::insufficient_scope:
      problem.status = 403;
      break;
    case Fault::assertion:
    case Fault::mismatch:
      // TS 29.500 table 5.2.7.2-1
      problem.status = 403;
      problem.title = "The client credentials assertion is not good for this";
      problem.cause = refusal.fault == Fault::mismatch ? "TOKEN_CCA_MISMATCH" : "CCA_VERIFICATION_FAILURE";
      return c.refuse(std::string(refusal.rule), std::move(problem));
  }
  problem.challenge = challenge(refusal, *c.classified->operation);
  return c.refuse(std::string(refusal.rule), std::move(problem));
}

std::optional<Verdict> check_token(Case& c, TokenGate* gate) {
  if (!gate) return std::nullopt;
  const auto& operation = *c.classified->operation;
  // TS 33.501 13.4.1.0: notifications carry no token. TS 29.510 6.3.3.2.1: neither does a request for one.
  if (operation.callback || operation.service == "nnrf-oauth2") return std::nullopt;
  gate->follow(c.protection.sequence);
  const auto checked = Look(c, *gate).check();
  if (checked) return std::nullopt;
  (checked.error().fault == Fault::missing ? gate->missing : gate->refused).add();
  return refuse_token(c, checked.error());
}

void put_authorization(wire::Headers& headers, const std::optional<std::string>& authorization) {
  if (!authorization) return;
  std::erase_if(headers, [](const auto& header) { return header.name == "authorization"; });
  if (!authorization->empty()) headers.push_back({"authorization", *authorization});
}

}  // namespace cordon::enforcement
