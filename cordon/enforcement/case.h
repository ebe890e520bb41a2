// One request on its way through the steps of a judgement. A step returns nothing to let it go on, or its refusal.
#pragma once

#include <format>
#include <string>
#include <utility>

#include "cordon/enforcement/judge.h"
#include "cordon/enforcement/ledger.h"
#include "cordon/enforcement/token_words.h"

namespace cordon::enforcement {

// Everything the steps of one judgement share; the verdict grows in it.
struct Case {
  // Every text that is recorded passes here: subscribers leave it as pseudonyms, and stand in the record once,
  // sealed.
  std::string hide(std::string_view text) { return pseudonyms.pseudonymise(text, verdict.record.subjects); }

  const Protection& protection;
  const Sender& sender;
  const identity::ExpectedNf* producer;
  const wire::Request& request;
  const evidence::Pseudonyms& pseudonyms;
  WallTime now;
  Verdict verdict;
  const wire::sbi::Classified* classified = nullptr;  // set once the operation is known
  const wire::sbi::Body* body = nullptr;              // set once it is read
  const wire::sbi::BodyFacts* facts = nullptr;        // set with it
  TokenWords words{};                                 // set once the token is verified
  policy::Record assertion{};                         // that words point to
  bool expired = false;                               // the snapshot: only emergency policies still permit
  bool emergency = false;                             // about emergency services, says the caller
  const Ledger::Entry* made = nullptr;                // the resource asked for, or one above it, as it was made
  Mark resource{};                                    // its name
  int depth = 0;                                      // how many segments the path goes below it

  std::string caller() const { return std::format("{} ({})", sender.nf->name, sender.nf->type); }

  // The same request as that NF's: this case outlives it.
  Case on_behalf_of(const Sender& consumer) {
    return {protection, consumer, producer, request, pseudonyms, now,  std::move(verdict), classified, body,
            facts,      words,    {},       expired, emergency,  made, resource,           depth};
  }

  Verdict refuse(std::string rule, wire::Problem problem) {
    verdict.permit = false;
    verdict.record.decision = "refuse";
    verdict.record.rule = std::move(rule);
    verdict.record.reason = hide(problem.detail);
    verdict.record.status = problem.status;
    verdict.problem = std::move(problem);
    return std::move(verdict);
  }
};

}  // namespace cordon::enforcement
