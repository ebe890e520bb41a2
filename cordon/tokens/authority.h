// A token authority for cores that have none: Nnrf_AccessToken (TS 29.510 6.3), in the name of an NRF.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/identity/inventory.h"
#include "cordon/tokens/assertion.h"
#include "cordon/tokens/authority_keys.h"
#include "cordon/tokens/slot_cache.h"
#include "cordon/tokens/token_request.h"
#include "cordon/tokens/verifier.h"

namespace cordon::tokens {

// Whom a token is for: by its certificate, or by its assertion where an SCP asks for it.
struct Requester {
  const identity::ExpectedNf* nf = nullptr;
  std::optional<crypto::Sha256Digest> certificate{};
};

// Whether policy permits that NF any operation under that scope at all, of producers of that type or of that one.
using MayAsk = std::function<bool(const identity::ExpectedNf& consumer, std::string_view scope,
                                  std::string_view producer_type, const identity::ExpectedNf* producer)>;

class Authority {
 public:
  // issuer: the NF instance of the NRF in whose name it speaks.
  Authority(std::string issuer, std::vector<AuthorityKey> keys, std::chrono::seconds life);

  struct Granted {
    Claims claims;
    std::string body;  // AccessTokenRsp
  };
  std::expected<Granted, TokenError> answer(std::string_view form, const Requester& requester,
                                            const identity::Inventory& inventory, const MayAsk& may,
                                            WallTime now) const;

  // A token for one request of an NF that cannot get one itself; the same again while three quarters of its life are
  // not over. The view lives until the next call.
  Result<std::string_view> attach(const Requester& requester, const identity::ExpectedNf& producer,
                                  std::string_view scope, WallTime now);

  Result<std::string> sign(const Claims& claims) const;
  const std::string& issuer() const { return issuer_; }
  Issuer as_issuer() const;  // for a verifier
  const std::string& jwks() const { return jwks_; }
  void set_keys(std::vector<AuthorityKey> keys);
  void revoke() { ++generation_; }  // forgets what attach made

 private:
  Claims claims_for(const Requester& requester, WallTime now) const;

  std::string issuer_;
  std::vector<AuthorityKey> keys_;
  std::string jwks_;
  std::chrono::seconds life_;
  std::uint64_t generation_ = 1;
  SlotCache<std::string> attached_{1024};
};

// {"error": ..., "error_description": ...}
std::string to_json(const TokenError& error);

}  // namespace cordon::tokens
