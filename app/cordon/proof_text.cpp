#include "app/cordon/proof_text.h"

#include <print>

#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "cordon/notation/notation.h"

namespace cordon::app {

namespace {

using analysis::Environment;
using analysis::ProofOutcome;
using analysis::ProofStep;

std::string_view word_for(ProofOutcome outcome) {
  return outcome == ProofOutcome::proved ? "proved" : outcome == ProofOutcome::refuted ? "refuted" : "unknown";
}

// "Nf asks nudm-sdm:GetAmData of Service, and 12 more operations alike"
std::string words(const std::vector<Environment>& environments) {
  if (environments.size() == 1) return environments.front().text();
  return std::format("{}, and {} more alike", environments.front().text(), environments.size() - 1);
}

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text += (text.empty() ? "" : ", ") + id;
  return text.empty() ? "no permit" : text;
}

void print_request(const policy::Request& request) {
  std::println("    principal {}", request.principal.text());
  std::println("    action    {}", request.action.text());
  std::println("    resource  {}", request.resource.text());
  if (!request.context.empty()) std::println("    context   {}", policy::Value(request.context).text());
}

// The entities that carry something, without the schema's actions.
void print_entities(const std::vector<policy::Entity>& entities) {
  for (const auto& entity : entities) {
    const bool action = entity.uid.type == "Action" || entity.uid.type.ends_with("::Action");
    if (action || (entity.attributes.empty() && entity.parents.empty() && entity.tags.empty())) continue;
    std::string line = entity.uid.text();
    for (const auto& parent : entity.parents) line += std::format(" in {}", parent.text());
    if (!entity.attributes.empty()) line += " " + policy::Value(entity.attributes).text();
    if (!entity.tags.empty()) line += " tags " + policy::Value(entity.tags).text();
    std::println("    {}", line);
  }
}

void print_example(const ProofStep& step) {
  if (!step.counterexample) return;
  print_request(step.counterexample->request);
  print_entities(step.counterexample->entities);
}

wire::Json step_json(const ProofStep& step) {
  wire::JsonArray environments;
  for (const auto& each : step.environments) {
    wire::Json one{wire::JsonObject{}};
    one.set("principal", each.principal).set("action", each.action.text()).set("resource", each.resource);
    environments.push_back(std::move(one));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("outcome", std::string(word_for(step.outcome))).set("environments", std::move(environments));
  if (!step.reason.empty()) json.set("reason", step.reason);
  if (!step.counterexample) return json;
  wire::JsonArray entities;
  for (const auto& entity : step.counterexample->entities) {
    if (entity.uid.type != "Action" && !entity.uid.type.ends_with("::Action")) {
      entities.push_back(notation::to_json(entity));
    }
  }
  json.set("request", notation::to_json(step.counterexample->request)).set("entities", std::move(entities));
  json.set("answer", decision_json(step.answer)).set("other", decision_json(step.other));
  return json;
}

wire::JsonArray steps_json(const analysis::Proof& proof) {
  wire::JsonArray steps;
  for (const auto& step : proof.steps) steps.push_back(step_json(step));
  return steps;
}

std::string_view word_for(analysis::PolicyChangeKind kind) {
  switch (kind) {
    case analysis::PolicyChangeKind::added:
      return "added";
    case analysis::PolicyChangeKind::removed:
      return "removed";
    case analysis::PolicyChangeKind::changed:
      return "changed";
    case analysis::PolicyChangeKind::annotations:
      return "annotations";
  }
  return "";
}

void print_direction(std::string_view what, const analysis::Proof& proof, bool after_permits) {
  for (const auto& step : proof.steps) {
    if (step.outcome == ProofOutcome::unknown) {
      std::println("unknown whether {}: {}: {}", what, words(step.environments), step.reason);
      continue;
    }
    // The candidate of this direction's question is the set that permits.
    const auto& permitting = step.answer;
    const auto& refusing = step.other;
    std::println("{}: {}", tinted(after_permits ? Tint::bad : Tint::bold, what), words(step.environments));
    std::println("  permitted by {}, refused by {}; for instance", joined(permitting.determining),
                 joined(refusing.determining));
    print_example(step);
  }
}

}  // namespace

void print_proof(analysis::Claim claim, const analysis::Proof& proof) {
  for (const auto& step : proof.steps) {
    if (step.outcome == ProofOutcome::unknown) {
      std::println("unknown: {}: {}", words(step.environments), step.reason);
      continue;
    }
    std::println("{}: {}", tinted(Tint::bad, "refuted"), words(step.environments));
    print_example(step);
    std::println("    answer    {} by {}", step.answer.allow ? "allow" : "deny", joined(step.answer.determining));
    for (const auto& error : step.answer.errors) std::println("    error     {}: {}", error.policy, error.message);
  }
  std::println("{}: {} ({} request environments, {} of them at a glance, {} questions to the solver)", name_of(claim),
               tinted(proof.outcome == ProofOutcome::proved ? Tint::good : Tint::bad, word_for(proof.outcome)),
               proof.environments, proof.trivial, proof.questions);
}

wire::Json proof_json(analysis::Claim claim, const analysis::Proof& proof) {
  wire::Json json{wire::JsonObject{}};
  json.set("claim", std::string(name_of(claim))).set("outcome", std::string(word_for(proof.outcome)));
  json.set("environments", std::uint64_t{proof.environments}).set("atAGlance", std::uint64_t{proof.trivial});
  json.set("questions", std::uint64_t{proof.questions}).set("steps", steps_json(proof));
  return json;
}

void print_difference(const analysis::Difference& difference) {
  for (const auto& change : difference.policies) {
    std::println("{:<11} {} {} ({}:{})", word_for(change.kind), change.forbid ? "forbid" : "permit", change.id,
                 change.place.file, change.place.line);
  }
  print_direction("newly allowed", difference.newly_allowed, true);
  print_direction("newly refused", difference.newly_refused, false);
  if (difference.newly_allowed.steps.empty() && difference.newly_refused.steps.empty()) {
    std::println("no answer changes ({} request environments, proved)", difference.newly_allowed.environments);
  }
}

wire::Json difference_json(const analysis::Difference& difference) {
  wire::JsonArray policies;
  for (const auto& change : difference.policies) {
    wire::Json one{wire::JsonObject{}};
    one.set("change", std::string(word_for(change.kind))).set("id", change.id);
    policies.push_back(one.set("effect", change.forbid ? "forbid" : "permit"));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("policies", std::move(policies)).set("newlyAllowed", steps_json(difference.newly_allowed));
  json.set("newlyRefused", steps_json(difference.newly_refused));
  return json;
}

}  // namespace cordon::app
