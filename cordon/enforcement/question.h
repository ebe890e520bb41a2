// A classified request in the words policy uses.
#pragma once

#include "cordon/enforcement/sender.h"
#include "cordon/policy/policy.h"
#include "cordon/wire/message.h"
#include "cordon/wire/sbi/catalogue.h"
#include "cordon/wire/sbi/facts.h"

namespace cordon::enforcement {

// What policy is asked. entities lies over the snapshot's and must not outlive it.
struct Question {
  policy::Request request;
  policy::Entities entities;
};

// principal Nf::"<instance>", action Action::"<service>:<operation>", resource Service::"<producer>/<service>" in
// NfType; context: method, access, callback, path, query, body (asserted identities), tls. See README.md.
Question make_question(const policy::Entities& beneath, const Sender& sender, const identity::ExpectedNf& producer,
                       const wire::sbi::Classified& classified, const wire::sbi::BodyFacts& facts);

}  // namespace cordon::enforcement
