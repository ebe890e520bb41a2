// Tokens and assertions from text to what they say, verified once and then known for a while. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/tokens/assertion.h"
#include "cordon/tokens/claims.h"
#include "cordon/tokens/jwk.h"
#include "cordon/tokens/refusal.h"
#include "cordon/tokens/slot_cache.h"

namespace cordon::tokens {

struct Issuer {
  std::string name;  // iss
  std::vector<VerifyKey> keys;
};

// A token whose issuer (1) and signature (2) are verified.
struct KnownToken {
  Claims claims;
  std::shared_ptr<const void> made{};  // what the verifier's user made of the claims; goes with them
};

class Verifier {
 public:
  struct Sizes {
    std::size_t tokens = 4096;
    std::size_t refusals = 256;
    std::size_t assertions = 1024;
  };

  // anchors: of the callers' certificates, for assertions.
  Verifier(std::vector<Issuer> issuers, std::vector<Anchors> anchors)
      : Verifier(std::move(issuers), std::move(anchors), Sizes()) {}
  Verifier(std::vector<Issuer> issuers, std::vector<Anchors> anchors, Sizes sizes);

  // Checks 1 and 2 of TS 33.501 13.4.1.1.2. What it points to lives until the next call. Not judged here: whether the
  // token is for this request and still good (check_list.h); only that entries leave the cache in time.
  Checked<KnownToken*> token(std::string_view text, WallTime now);

  // As verify_assertion.
  Checked<const Assertion*> assertion(std::string_view text, const identity::Inventory& inventory, WallTime now);

  // Each makes the caches forget everything.
  void set_issuers(std::vector<Issuer> issuers);
  void set_anchors(std::vector<Anchors> anchors);
  void revoke() { ++generation_; }

  bool take_unknown_key() { return std::exchange(unknown_key_, false); }  // a token named a key nobody knows
  std::uint64_t hits() const { return hits_; }
  std::uint64_t misses() const { return misses_; }

 private:
  Checked<Claims> verified(std::string_view text);

  std::vector<Issuer> issuers_;
  std::vector<Anchors> anchors_;
  std::uint64_t generation_ = 1;
  SlotCache<KnownToken> tokens_;
  SlotCache<Refusal> refusals_;  // of tokens that failed 1 or 2
  SlotCache<Assertion> assertions_;
  bool unknown_key_ = false;
  std::uint64_t hits_ = 0, misses_ = 0;
};

}  // namespace cordon::tokens
