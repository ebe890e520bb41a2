#include "cordon/analysis/prove.h"

#include <algorithm>
#include <array>
#include <format>
#include <map>

#include "cordon/analysis/smt_expression.h"
#include "cordon/base/clock.h"
#include "cordon/notation/notation.h"

namespace cordon::analysis {

namespace {

using policy::Policy;
using policy::PolicySet;
using smt::kFalse;
using smt::Term;

constexpr std::array<std::string_view, 4> kClaims = {"never-errors", "always-denies", "equivalent",
                                                     "no-more-permissive"};

// What a policy means, without its annotations: policies with equal meaning texts answer alike.
std::string meaning(const Policy& policy) {
  Policy plain = policy;
  plain.annotations.clear();
  return notation::to_text(plain);
}

using Chosen = std::vector<const Policy*>;

struct Meanings {
  explicit Meanings(const PolicySet* set) {
    if (!set) return;
    for (const Policy& policy : set->trees()) of.push_back({&policy, meaning(policy), mentions_action(policy)});
  }
  struct Each {
    const Policy* policy;
    std::string text;
    bool mentions_action;
  };
  std::vector<Each> of;
};

// The policies of one set that may apply in an environment.
struct Relevant {
  Chosen policies;
  std::vector<std::string_view> texts;  // sorted
  bool mentions_action = false;

  Relevant(const Meanings& meanings, const Environment& environment, const schema::Schema& schema) {
    for (const auto& each : meanings.of) {
      if (!may_apply(*each.policy, environment, schema)) continue;
      policies.push_back(each.policy);
      texts.push_back(each.text);
      mentions_action |= each.mentions_action;
    }
    std::ranges::sort(texts);
  }
};

// Environments in which the same policies say the same about the same types: one question answers for all.
struct Group {
  std::vector<Environment> environments;
  Relevant candidate;
  Relevant other;
};

std::string key_of(const Environment& environment, const Relevant& candidate, const Relevant& other,
                   const schema::Schema& schema) {
  std::string key = environment.principal + '\n' + environment.resource + '\n';
  for (const auto& text : candidate.texts) key += std::format("{}\n", text);
  key += "\n\n";
  for (const auto& text : other.texts) key += std::format("{}\n", text);
  if (candidate.mentions_action || other.mentions_action) key += environment.action.text();
  for (const auto& [name, attribute] : schema.action(environment.action)->applies_to.context) {
    key += std::format("{}{}:{}\n", name, attribute.required ? "" : "?", attribute.type.text());
  }
  return key;
}

bool settled(Claim claim, const Relevant& candidate, const Relevant& other) {
  const auto permits = std::ranges::any_of(candidate.policies, [](const Policy* policy) { return !policy->forbid; });
  switch (claim) {
    case Claim::never_errors:
      return std::ranges::all_of(candidate.policies, [](const Policy* policy) { return policy->clauses.empty(); });
    case Claim::always_denies:
      return !permits;
    case Claim::no_more_permissive:
      return !permits || candidate.texts == other.texts;
    case Claim::equivalent:
      return candidate.texts == other.texts;
  }
  return false;
}

struct SetTerms {
  Term allow = kFalse;
  Term erring = kFalse;
};

Result<SetTerms> encode(const Chosen& policies, smt::Encoder& encoder, smt::Script& script, policy::Profile profile) {
  Term permitted = kFalse;
  Term forbidden = kFalse;
  Term erring = kFalse;
  for (const Policy* policy : policies) {
    const auto terms = encoder.policy(*policy);
    if (!terms) return std::unexpected(terms.error());
    auto& said = policy->forbid ? forbidden : permitted;
    said = script.share("Bool", smt::either(said, terms->satisfied));
    if (policy->forbid && profile == policy::Profile::fail_closed) {
      forbidden = script.share("Bool", smt::either(forbidden, terms->erring));
    }
    erring = script.share("Bool", smt::either(erring, terms->erring));
  }
  return SetTerms{script.share("Bool", smt::both(permitted, smt::no(forbidden))), erring};
}

Term violation(Claim claim, const SetTerms& candidate, const SetTerms& other) {
  switch (claim) {
    case Claim::never_errors:
      return candidate.erring;
    case Claim::always_denies:
      return candidate.allow;
    case Claim::equivalent:
      return candidate.allow == other.allow ? kFalse : smt::no(smt::apply("=", {candidate.allow, other.allow}));
    case Claim::no_more_permissive:
      return smt::both(candidate.allow, smt::no(other.allow));
  }
  return kFalse;
}

bool violated(Claim claim, const policy::Decision& candidate, const policy::Decision& other) {
  switch (claim) {
    case Claim::never_errors:
      return !candidate.errors.empty();
    case Claim::always_denies:
      return candidate.allow;
    case Claim::equivalent:
      return candidate.allow != other.allow;
    case Claim::no_more_permissive:
      return candidate.allow && !other.allow;
  }
  return false;
}

class Prover {
 public:
  Prover(Claim claim, const PolicySet& candidate, const PolicySet* other, const schema::Schema& schema,
         const std::filesystem::path& program, const ProofOptions& options)
      : claim_(claim),
        candidate_(candidate),
        other_(other),
        schema_(schema),
        program_(program),
        options_(options),
        until_(system_clock().steady() + options.total) {}

  Result<Proof> run() {
    const auto groups = group();
    std::size_t done = 0;
    for (const auto& [key, group] : groups) {
      auto step = settle(group);
      if (!step) return std::unexpected(step.error());
      if (step->outcome != ProofOutcome::proved) {
        step->environments = group.environments;
        if (proof_.outcome != ProofOutcome::refuted) proof_.outcome = step->outcome;
        proof_.steps.push_back(std::move(*step));
      }
      if (options_.progress) options_.progress(++done, groups.size());
    }
    return std::move(proof_);
  }

 private:
  std::map<std::string, Group> group() {
    std::map<std::string, Group> groups;
    const Meanings mine(&candidate_);
    const Meanings theirs(other_);
    for (const auto& environment : environments(schema_)) {
      if (options_.about && !options_.about(environment)) continue;
      ++proof_.environments;
      Relevant candidate(mine, environment, schema_);
      Relevant other(theirs, environment, schema_);
      if (settled(claim_, candidate, other)) {
        ++proof_.trivial;
        continue;
      }
      auto key = key_of(environment, candidate, other, schema_);
      groups.try_emplace(std::move(key), Group{{}, std::move(candidate), std::move(other)})
          .first->second.environments.push_back(environment);
    }
    return groups;
  }

  Result<ProofStep> settle(const Group& group) {
    smt::Script script;
    const auto& environment = group.environments.front();
    smt::World world(schema_, environment, script);
    smt::Encoder encoder(world);
    const auto candidate = encode(group.candidate.policies, encoder, script, options_.profile);
    const auto other = candidate ? encode(group.other.policies, encoder, script, options_.profile) : candidate;
    if (!other) return unknown(other.error().message);
    const Term wrong = violation(claim_, *candidate, *other);
    if (wrong == kFalse) return ProofStep{};
    world.close();
    script.assume(wrong);
    return ask(script, world, environment);
  }

  Result<ProofStep> ask(const smt::Script& script, smt::World& world, const Environment& environment) {
    if (!solver_) {
      auto started = Solver::start(program_, options_.limit);
      if (!started) return std::unexpected(started.error());
      solver_.emplace(std::move(*started));
    }
    if (system_clock().steady() >= until_) return unknown("the time for all questions is over");
    ++proof_.questions;
    const auto answer = solver_->check(script.text());
    if (!answer) {
      solver_.reset();  // the next question gets a new one
      if (answer.error().kind == ErrorKind::internal) return std::unexpected(answer.error());
      return unknown(answer.error().message);
    }
    if (*answer == Satisfiable::no) return ProofStep{};
    if (*answer == Satisfiable::unknown) {
      return unknown(std::format("the solver found no answer within {} ms", options_.limit.count()));
    }
    auto found = read_counterexample(world, *solver_, environment);
    if (!found) return unknown(found.error().message);
    return confirm(std::move(*found));
  }

  // A solver's model is a claim as any other: the engine has the last word.
  ProofStep confirm(Counterexample found) const {
    policy::Entities entities;
    for (const auto& entity : found.entities) {
      if (auto added = entities.add(entity); !added) return unknown(added.error().message);
    }
    ProofStep step{.outcome = ProofOutcome::refuted};
    step.answer = candidate_.decide(found.request, entities, options_.profile);
    if (other_) step.other = other_->decide(found.request, entities, options_.profile);
    if (!violated(claim_, step.answer, step.other)) {
      return unknown("the solver's counterexample is not confirmed by the engine");
    }
    step.counterexample = std::move(found);
    return step;
  }

  static ProofStep unknown(std::string reason) {
    ProofStep step{.outcome = ProofOutcome::unknown};
    step.reason = std::move(reason);
    return step;
  }

  Claim claim_;
  const PolicySet& candidate_;
  const PolicySet* other_;
  const schema::Schema& schema_;
  const std::filesystem::path& program_;
  const ProofOptions& options_;
  SteadyTime until_;
  Proof proof_;
  std::optional<Solver> solver_;
};

}  // namespace

std::string_view name_of(Claim claim) { return kClaims[static_cast<std::size_t>(claim)]; }

std::optional<Claim> claim_named(std::string_view name) {
  const auto found = std::ranges::find(kClaims, name);
  if (found == kClaims.end()) return std::nullopt;
  return static_cast<Claim>(found - kClaims.begin());
}

Result<Proof> prove(Claim claim, const PolicySet& candidate, const PolicySet* other, const schema::Schema& schema,
                    const std::filesystem::path& solver, const ProofOptions& options) {
  const bool compares = claim == Claim::equivalent || claim == Claim::no_more_permissive;
  if (compares && !other) {
    return fail(ErrorKind::invalid_input, std::format("{} compares two policy sets; name the other", name_of(claim)));
  }
  return Prover(claim, candidate, other, schema, solver, options).run();
}

}  // namespace cordon::analysis
