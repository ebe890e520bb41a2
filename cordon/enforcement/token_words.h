// A verified token and a verified assertion in the words of policies/sbi.cedarschema (Token, Assertion).
#pragma once

#include <memory>

#include "cordon/policy/value.h"
#include "cordon/tokens/assertion.h"
#include "cordon/tokens/verifier.h"

namespace cordon::enforcement {

policy::Record token_words(const tokens::Claims& claims);
policy::Record assertion_words(const tokens::Assertion& assertion);

// What policy is told of the tokens of one request; the records must outlive the question. Null: there is none.
struct TokenWords {
  const policy::Record* token = nullptr;
  const policy::Record* assertion = nullptr;
};

// Made at the first use of a token, and kept with it.
const policy::Record& words_of(tokens::KnownToken& token);

}  // namespace cordon::enforcement
