// The decision path: one request with what is known of its sender becomes a verdict with its reason and its record.
#pragma once

#include <memory>

#include "cordon/enforcement/question.h"
#include "cordon/enforcement/sender.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/evidence/pseudonym.h"
#include "cordon/evidence/record.h"
#include "cordon/policy/decider.h"
#include "cordon/wire/message.h"
#include "cordon/wire/problem.h"
#include "cordon/wire/sbi/body.h"

namespace cordon::enforcement {

class Inspection;
class Ledger;
class Rates;
struct Prospect;
class TokenGate;

// What the steps of a judgement consult beside the protection; null: that check is off. All of it outlives the judge.
struct Checks {
  TokenGate* tokens = nullptr;       // check_token.h
  Rates* rates = nullptr;            // check_rate.h
  Inspection* inspection = nullptr;  // check_inspection.h
  Ledger* ledger = nullptr;          // check_notification.h, check_state.h
};

struct Verdict {
  bool permit = false;
  bool queued = false;                     // the permit may take effect while its record is on the way
  wire::Problem problem;                   // when refused; its instance is filled in when the record has its number
  evidence::Record record;                 // complete but for the sequence
  std::optional<wire::Response> answer{};  // Cordon's own, once recorded; the producer is not asked
  std::optional<std::string> authorization{};  // what the producer sees in place of the caller's; "": nothing
  std::shared_ptr<const Prospect> prospect{};  // what a good answer teaches (learn.h); null: nothing
};

// Judges request after request under one protection, reusing its memory. One thread uses a judge.
class Judge {
 public:
  explicit Judge(std::shared_ptr<const Protection> protection, Checks checks = {});

  // producer: the NF whose listener was asked; null when the shared listener knows no NF of that :authority. earlier:
  // a verdict that is done with, for its memory.
  Verdict judge(const Sender& sender, const identity::ExpectedNf* producer, const wire::Request& request,
                const evidence::Pseudonyms& pseudonyms, WallTime now, Verdict earlier = {});

 private:
  std::shared_ptr<const Protection> protection_;
  Checks checks_;
  policy::Decider decider_;
  QuestionForm form_;
  wire::sbi::Body body_;
};

}  // namespace cordon::enforcement
