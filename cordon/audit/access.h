// Access for a purpose: finds what an auditor asks for, lets the policy engine decide, records the access whatever
// was decided, and only then hands out the keys of exactly these records.
#pragma once

#include <string>
#include <vector>

#include "cordon/audit/find.h"
#include "cordon/audit/release_file.h"
#include "cordon/audit/rules.h"
#include "cordon/base/clock.h"
#include "cordon/crypto/kem.h"

namespace cordon::audit {

struct AccessContext {
  Sources sources;
  const AccessRules& rules;
  const Auditors& auditors;
  const KeepRecord& keep;
  const Clock& clock;
  // Pseudonyms of the subject in closed epochs, when custodians have unlocked them.
  std::vector<vault::Pseudonym> earlier = {};
};

// What was decided, and recorded.
struct Authorised {
  Ruling ruling;
  std::uint64_t record = 0;               // which tells of this access
  std::string question;                   // the filter in words, subscribers as pseudonyms
  Finding finding;                        // when it was permitted
  std::vector<vault::Pseudonym> subject;  // whom the question names, in all epochs; empty: nobody
};
// An error: the access record could not be kept, and nobody may learn anything. A question that cannot be answered
// (its form, a broken index) is a refusal, and recorded.
Result<Authorised> authorise(const AccessContext& context, const Question& question,
                             const crypto::KemPublicKey& auditor_key);

struct Access {
  Ruling ruling;
  std::uint64_t record = 0;
  std::optional<ReleaseFile> file;  // when it was permitted
};
// authorise(), and what was permitted as the file for the auditor.
Result<Access> ask(const AccessContext& context, const Question& question, const crypto::KemPublicKey& auditor_key);

std::string fingerprint(const crypto::KemPublicKey& key);  // SHA-256, hexadecimal

}  // namespace cordon::audit
