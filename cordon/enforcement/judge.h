// The decision path: one request with what is known of its sender becomes a verdict with its reason and its record.
#pragma once

#include <string>

#include "cordon/enforcement/sender.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/evidence/pseudonym.h"
#include "cordon/evidence/record.h"
#include "cordon/wire/message.h"
#include "cordon/wire/problem.h"

namespace cordon::enforcement {

struct Verdict {
  bool permit = false;
  wire::Problem problem;    // when refused; its instance is filled in when the record has its number
  evidence::Record record;  // complete but for the sequence
};

// producer: the NF whose listener was asked; null when the shared listener knows no NF of that :authority.
Verdict judge(const Protection& protection, const Sender& sender, const identity::ExpectedNf* producer,
              const wire::Request& request, const evidence::Pseudonyms& pseudonyms, WallTime now);

}  // namespace cordon::enforcement
