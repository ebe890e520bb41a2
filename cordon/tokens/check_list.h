// The check list of TS 33.501 13.4.1.1.2 step 2, after issuer and signature: claims against one request.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/identity/inventory.h"
#include "cordon/tokens/assertion.h"
#include "cordon/tokens/claims.h"
#include "cordon/tokens/refusal.h"
#include "cordon/wire/sbi/catalogue.h"

namespace cordon::tokens {

enum class Demand { never, optional, required };  // of an assertion

struct Rules {
  std::chrono::seconds leeway{5};        // between our clock and the issuer's
  std::chrono::seconds longest{86'400};  // no token is good for longer than this from now
  std::chrono::seconds oldest{0};        // by iat, which is then demanded; 0: whatever its age
  bool require_binding = false;          // to the caller's certificate (RFC 8705 3)
  Demand assertion = Demand::optional;   // what is there is verified; an SCP must always bring one
};

// One request. Everything pointed to outlives the check.
struct Occasion {
  const identity::ExpectedNf* caller = nullptr;  // by its certificate
  std::optional<crypto::Sha256Digest> certificate{};
  const identity::ExpectedNf* producer = nullptr;
  const wire::sbi::Operation* operation = nullptr;  // null: the scope is not asked about
  const Assertion* assertion = nullptr;             // verified; null: there is none
  WallTime now{};
};

// The first check the claims fail, in the standard's order. Nothing: the token is good for this request. Allocates
// only for a refusal.
std::optional<Refusal> first_fault(const Claims& claims, const Occasion& occasion, const Rules& rules);

struct Finding {
  int number;  // of the check list: 3 to 10
  std::string_view name;
  std::optional<Refusal> fault;
};
std::vector<Finding> findings(const Claims& claims, const Occasion& occasion, const Rules& rules);

bool passes_on(const identity::ExpectedNf& caller);  // an SCP: the assertion says who the consumer is
bool is_border(const identity::ExpectedNf& caller);  // a SEPP

std::string_view service_scope(const wire::sbi::Operation& operation);  // "nudm-sdm"
bool covers(const Claims& claims, const wire::sbi::Operation& operation);

}  // namespace cordon::tokens
