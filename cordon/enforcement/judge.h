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

namespace cordon::enforcement {

struct Verdict {
  bool permit = false;
  bool queued = false;      // the permit may take effect while its record is on the way
  wire::Problem problem;    // when refused; its instance is filled in when the record has its number
  evidence::Record record;  // complete but for the sequence
};

// Judges request after request under one protection, reusing its memory. One thread uses a judge.
class Judge {
 public:
  explicit Judge(std::shared_ptr<const Protection> protection);

  // producer: the NF whose listener was asked; null when the shared listener knows no NF of that :authority.
  Verdict judge(const Sender& sender, const identity::ExpectedNf* producer, const wire::Request& request,
                const evidence::Pseudonyms& pseudonyms, WallTime now);

 private:
  std::shared_ptr<const Protection> protection_;
  policy::Decider decider_;
  QuestionForm form_;
};

}  // namespace cordon::enforcement
