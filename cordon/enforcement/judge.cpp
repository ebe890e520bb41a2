#include "cordon/enforcement/judge.h"

#include <algorithm>

#include "cordon/enforcement/case.h"
#include "cordon/enforcement/check_certificate.h"
#include "cordon/enforcement/check_indirect.h"
#include "cordon/enforcement/check_inspection.h"
#include "cordon/enforcement/check_notification.h"
#include "cordon/enforcement/check_quarantine.h"
#include "cordon/enforcement/check_rate.h"
#include "cordon/enforcement/check_state.h"
#include "cordon/enforcement/check_token.h"
#include "cordon/enforcement/learn.h"
#include "cordon/enforcement/operation_groups.h"
#include "cordon/enforcement/own_instance.h"
#include "cordon/enforcement/question.h"
#include "cordon/enforcement/serve_token.h"
#include "cordon/wire/sbi/catalogue.h"

namespace cordon::enforcement {

namespace {

// W3C Trace Context 3.2: 00-<32>-<16>-<2 hexadecimal digits>. Anything else is a text of the caller's, and stays out.
std::string trace_of(const wire::Request& request) {
  constexpr std::string_view kForm = "00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
  const auto value = wire::find_header(request.headers, "traceparent").value_or("");
  const bool good = std::ranges::equal(value, kForm, [](char c, char form) {
    return form == 'h' ? (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') : c == form;
  });
  return good ? std::string(value) : std::string();
}

Verdict as_new(Verdict&& earlier) {
  evidence::clear(earlier.record);
  return {.problem = {}, .record = std::move(earlier.record)};
}

void describe(Case& c) {
  auto& record = c.verdict.record;
  record.time = c.now;
  record.policy_set = c.protection.digest;
  record.peer = c.sender.address;
  record.certificate = c.sender.certificate;
  record.method = c.hide(c.request.method);  // any token, so anything may stand in it
  record.resource = c.hide(c.request.path);
  record.trace = trace_of(c.request);
  if (!c.sender.tls.version.empty()) (record.tls = c.sender.tls.version).append(" ").append(c.sender.tls.group);
  if (c.sender.nf) {
    record.caller = c.sender.nf->instance.text();
    record.caller_type = c.sender.nf->type;
    record.caller_name = c.sender.nf->name;
  }
  if (c.producer) {
    record.producer = c.producer->instance.text();
    record.producer_type = c.producer->type;
  }
}

// What policy was told beside the path, so that the decision can be replayed through another policy.
void note_claims(Case& c) {
  const auto& facts = *c.facts;
  auto& record = c.verdict.record;
  if (facts.kind != wire::sbi::BodyKind::none) record.body = name_of(facts.kind);
  for (const auto& [name, value] : facts.asserted) {
    record.claims.push_back(name + '=' + c.hide(value));
  }
}

bool is_port(std::string_view text) {
  return text.starts_with(':') && std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

// The names under which the producer may be asked: its listener, its DNS names, each with or without the port.
bool authority_fits(const identity::ExpectedNf& producer, std::string_view authority) {
  const auto matches = [&](std::string_view name) {
    return authority == name || (authority.starts_with(name) && is_port(authority.substr(name.size())));
  };
  return matches(producer.name) || std::ranges::any_of(producer.dns_names, matches) ||
         (producer.listen && (authority == producer.listen->address || authority == producer.listen->text()));
}

Verdict refuse_expired(Case& c) {
  return c.refuse("snapshot-expired",
                  {503, "Protection out of date", "",
                   std::format("the last snapshot expired at {} and the engine has sent no newer one",
                               format_time(c.protection.expires)),
                   ""});
}

std::optional<Verdict> check_connection(Case& c) {
  c.expired = c.now >= c.protection.expires;
  if (c.expired && !c.protection.has_emergency) return refuse_expired(c);
  if (!c.sender.nf) {
    return c.refuse(c.sender.unidentified.rule,
                    {403, "Caller not identified", "", c.sender.unidentified.message, ""});
  }
  if (!c.producer) {
    return c.refuse(
        "producer-unknown",
        {404, "No such NF", "", std::format("no NF of the inventory answers to '{}'", c.request.authority), ""});
  }
  if (!authority_fits(*c.producer, c.request.authority)) {
    // RFC 9110 15.5.20: the request was sent to a server that does not answer for this authority.
    return c.refuse("authority-mismatch", {421, "Misdirected request", "",
                                           std::format("':authority' is '{}', but this listener stands in for {}",
                                                       c.request.authority, c.producer->name),
                                           ""});
  }
  return std::nullopt;
}

Verdict refuse_unknown(Case& c, const wire::sbi::Unclassified& why) {
  const bool malformed = (why.status == 400 && why.cause != "INVALID_API") || why.status == 414;
  return c.refuse(malformed ? "malformed-path" : "not-in-catalogue",
                  {why.status, malformed ? "Malformed request" : "Not a known operation", std::string(why.cause),
                   why.message, ""});
}

std::optional<Verdict> check_service(Case& c) {
  const auto& operation = *c.classified->operation;
  // A callback is served by the consumer that subscribed, so any NF may be asked; policy says by whom.
  if (operation.callback || serving_type(operation) == c.producer->type) return std::nullopt;
  return c.refuse("service-not-here", {404, "No such service here", "INVALID_API",
                                       std::format("{} is a service of {}, and {} is of type {}", operation.service,
                                                   operation.producer, c.producer->name, c.producer->type),
                                       ""});
}

std::string refusal_words(const Case& c, const policy::Decision& decision, std::string_view action) {
  const auto who = c.caller();
  if (!decision.forbidden) return std::format("{} may not {}: no rule permits it", who, action);
  if (decision.erring_forbid) {
    const auto error =
        std::ranges::find(decision.errors, decision.determining.back(), &policy::EvaluationError::policy);
    return std::format("{} may not {}: a rule that forbids could not be evaluated: {}", who, action,
                       error == decision.errors.end() ? "" : error->message);
  }
  const auto* rule = c.protection.policies.find(decision.determining.back());
  for (const auto& [name, value] : rule ? rule->annotations : decltype(rule->annotations){}) {
    if (name == "because") return std::format("{} may not {}: {}", who, action, value);
  }
  return std::format("{} may not {}: forbidden by {}", who, action, decision.determining.back());
}

std::string rule_of(const policy::Decision& decision) {
  // Rules are written from general to special: the last that holds says it best.
  return decision.determining.empty() ? "no-permit" : decision.determining.back();
}

void explain(Case& c, const policy::Decision& decision, const policy::Request& asked) {
  auto& details = c.verdict.record.details;
  for (const auto& error : decision.errors) {
    details.push_back(c.hide(std::format("error in {}: {}", error.policy, error.message)));
  }
  if (decision.allow || decision.forbidden) return;
  for (const auto& near : c.protection.policies.near_misses(asked, c.protection.entities)) {
    details.push_back(c.hide(std::format("nearest: {}: {} fails: {}", near.policy, near.clause, near.because)));
  }
}

// Only when every policy that determined the permit says so (docs/decisions/0009).
bool may_be_queued(const policy::PolicySet& policies, const std::vector<std::string>& determining) {
  const auto says_queued = [&](const std::string& id) {
    const auto* rule = policies.find(id);
    return rule && std::ranges::any_of(rule->annotations, [](const auto& annotation) {
             return annotation.first == "evidence" && annotation.second == "queued";
           });
  };
  return !determining.empty() && std::ranges::all_of(determining, says_queued);
}

// Emergency services go on under the last word there was (TS 23.501 5.16.4); one policy that says so is enough.
bool goes_on(const Case& c, const policy::Decision& decision) {
  return decision.allow && std::ranges::any_of(decision.determining, [&c](const std::string& id) {
           const auto* rule = c.protection.policies.find(id);
           return rule && is_emergency(*rule);
         });
}

Verdict ask_policy(Case& c, const Checks& checks, policy::Decider& decider, QuestionForm& form) {
  const auto& operation = *c.classified->operation;
  form.say_emergency(c.emergency);
  const auto& asked = form.fill(c.sender, *c.producer, *c.classified, *c.facts, c.words, c.now);
  decider.decide(asked, c.protection.entities);
  const auto decision = decider.in_words(asked, c.protection.entities);
  c.verdict.record.policies = decision.determining;
  explain(c, decision, asked);
  if (c.expired && !goes_on(c, decision)) return refuse_expired(c);
  if (!decision.allow) {
    const bool writes = operation.access != wire::sbi::Access::read;
    return c.refuse(rule_of(decision), {403, "Refused by policy", writes ? "MODIFICATION_NOT_ALLOWED" : "",
                                        refusal_words(c, decision, operation.action), ""});
  }
  if (auto refused = check_notification(c, checks.ledger)) return std::move(*refused);
  if (auto refused = check_state(c, checks.ledger)) return std::move(*refused);
  if (auto refused = check_own_addresses(c)) return std::move(*refused);
  if (auto refused = check_rate(c, checks.rates, decision.determining)) return std::move(*refused);
  if (checks.ledger) c.verdict.prospect = foresee(c, *checks.ledger);
  c.verdict.permit = true;
  c.verdict.queued = may_be_queued(c.protection.policies, decision.determining);
  if (c.verdict.queued) c.verdict.record.obligations.emplace_back("evidence=queued");
  c.verdict.record.decision = "permit";
  c.verdict.record.rule = rule_of(decision);
  return std::move(c.verdict);
}

}  // namespace

Judge::Judge(std::shared_ptr<const Protection> protection, Checks checks)
    : protection_(std::move(protection)), checks_(checks), decider_(protection_->policies) {}

Verdict Judge::judge(const Sender& sender, const identity::ExpectedNf* producer, const wire::Request& request,
                     const evidence::Pseudonyms& pseudonyms, WallTime now, Verdict earlier) {
  Case c{*protection_, sender, producer, request, pseudonyms, now, as_new(std::move(earlier))};
  describe(c);
  if (auto refused = check_connection(c)) return std::move(*refused);
  if (auto refused = check_certificate(c)) return std::move(*refused);
  if (auto refused = check_quarantine(c)) return std::move(*refused);

  if (auto shown = show_token_keys(c, checks_.tokens)) return std::move(*shown);
  auto classified = wire::sbi::classify(request.method, request.path);
  if (!classified) return refuse_unknown(c, classified.error());
  c.classified = &*classified;
  c.verdict.record.action = classified->operation->action;
  if (auto refused = check_target(c)) return std::move(*refused);
  if (auto refused = check_service(c)) return std::move(*refused);

  const auto type = wire::find_header(request.headers, "content-type").value_or("");
  auto facts = wire::sbi::read_body(body_, *classified->operation, type, request.body).and_then([&] {
    return wire::sbi::body_facts(*classified->operation, *classified, body_);
  });
  if (!facts) {
    return c.refuse("malformed-body", {400, "Malformed body", "INVALID_MSG_FORMAT", facts.error().message, ""});
  }
  c.body = &body_;
  c.facts = &*facts;
  know_by_own_instance(c, *classified, *facts, checks_.ledger);
  note_claims(c);
  recall(c, checks_.ledger);
  if (auto refused = check_contained_request(c)) return std::move(*refused);
  if (auto refused = check_token(c, checks_.tokens)) return std::move(*refused);
  auto* inspection = issues_token(c, checks_.tokens) ? nullptr : checks_.inspection;
  if (auto refused = check_inspection(c, body_, inspection)) return std::move(*refused);
  std::optional<Sender> consumer;
  if (auto refused = check_consumer(c, consumer)) return std::move(*refused);
  if (!consumer) return serve_token(c, ask_policy(c, checks_, decider_, form_), checks_.tokens);
  auto theirs = c.on_behalf_of(*consumer);
  if (auto refused = check_quarantine(theirs)) return std::move(*refused);
  return ask_policy(theirs, checks_, decider_, form_);
}

}  // namespace cordon::enforcement
